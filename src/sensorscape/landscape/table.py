"""Landscapes whose fitness is looked up: a table of many cells, up to the whole space, with the neighbourhoods that it measures whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats, Graph, Landscape, Walk
from sensorscape.landscape.reading import NAN

if TYPE_CHECKING:
    from scipy import sparse

OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
"""Operations in the order of their digits."""


@dataclass(frozen=True)
class Space:
    """What a table needs to know of the search space; rows are the space's cells.

    Attributes:
        hashes: (m,) bytes ``S32``.
        words: (m, W) packed codes.
        digits: (m, 5) operation digits, -1 for none.
        neighbourhood: name → symmetric adjacency (m, m) as CSR.
        names: of the neighbourhoods to look at.
    """

    hashes: NDArray[np.bytes_]
    words: NDArray[np.unsignedinteger]
    digits: NDArray[np.integer]
    neighbourhood: Callable[[str], "sparse.csr_array"]
    names: tuple[str, ...] = ("hamming", "edge", "edit")


def table_landscape(
    name: str,
    hashes: Sequence[str],
    budgets: Sequence[int],
    fitness: Floats,
    space: Space,
    *,
    unit: str = "accuracy",
    scale: tuple[float, float] = (0.0, 1.0),
    walks: Sequence[Sequence[str]] = (),
    neighbourhood: str = "hamming",
) -> Landscape:
    """The landscape of a table.

    Only where *every* neighbour of its cells is in the table with a value at every budget does the landscape get that neighbourhood's
    graph; elsewhere measures that need all neighbours are undefined.

    Args:
        name: the sensor.
        hashes: of the n cells.
        budgets: B epochs, ascending.
        fitness: (n, B), NaN where the table has no value.
        space: the search space.
        unit: of the fitness.
        scale: fitness of chance and of perfection.
        walks: hashes of the points of walks; points that are not in the table are missing.
        neighbourhood: of the walks.

    Raises:
        ValueError: when a hash is not in the space.
    """
    names = np.array(hashes, dtype="U32")
    order = np.argsort(names, kind="stable")
    names, values = names[order], np.asarray(fitness, dtype=np.float64)[order]
    rows = _rows(names, space.hashes)
    whole = not np.isnan(values).any()
    graphs = _graphs(rows, space) if whole and len(rows) else {}
    complete = f"all {len(names):,} cells" if whole and len(names) == len(space.hashes) else ""
    digits = space.digits[rows]
    features = {operation: (digits == digit).sum(axis=1).astype(np.float64) for digit, operation in enumerate(OPERATIONS)}
    return Landscape(
        name=name,
        budgets=tuple(budgets),
        cells=names,
        fitness=values[None],
        code=space.words[rows] if len(rows) else None,
        features=features,
        walks=_looked_up(names, values, walks),
        neighbourhood=neighbourhood,
        graphs=graphs,
        complete=complete,
        shared=False,
        table=True,
        unit=unit,
        scale=scale,
    )


def _rows(names: NDArray[np.str_], known: NDArray[np.bytes_]) -> NDArray[np.int64]:
    order = np.argsort(known)
    wanted = names.astype("S32")
    places = np.minimum(np.searchsorted(known, wanted, sorter=order), max(len(known) - 1, 0))
    rows = order[places] if len(known) else np.empty(0, dtype=np.int64)
    wrong = np.flatnonzero(known[rows] != wanted) if len(known) else np.arange(len(names))
    if len(wrong):
        raise ValueError(f"{names[wrong[0]]} is not the hash of a cell of the space")
    return np.asarray(rows, dtype=np.int64)


def _graphs(rows: NDArray[np.int64], space: Space) -> Mapping[str, Graph]:
    found = {}
    for name in space.names:
        matrix = space.neighbourhood(name)
        inside = matrix[rows][:, rows]
        if int(inside.nnz) and inside.nnz == int(np.diff(matrix.indptr)[rows].sum()):
            found[name] = Graph(inside.indptr.astype(np.int64), inside.indices.astype(np.int32))
    return found


def _looked_up(names: NDArray[np.str_], values: Floats, walks: Sequence[Sequence[str]]) -> tuple[Walk, ...]:
    found = []
    for walk in walks:
        points = np.array(walk, dtype="U32")
        places = np.minimum(np.searchsorted(names, points), max(len(names) - 1, 0))
        known = (names[places] == points) if len(names) else np.zeros(len(points), dtype=bool)
        fitness = np.full((len(points), values.shape[1]), NAN)
        fitness[known] = values[places[known]]
        found.append(Walk(points, fitness))
    return tuple(found)
