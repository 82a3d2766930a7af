"""Landscapes whose fitness is looked up: a table of many cells, up to the whole space, with the neighbourhoods that it measures whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats, Graph, Landscape, Part, Walk
from sensorscape.landscape.reading import NAN

if TYPE_CHECKING:
    from scipy import sparse

OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
"""Operations in the order of their digits."""
LEAST_PART = 50  # cells of a subspace: there are 7 of at most three vertices, 91 of four
SMALLEST = (4, 91)


@dataclass(frozen=True)
class Space:
    """What a table needs to know of the search space; rows are the space's cells.

    Attributes:
        hashes: (m,) bytes ``S32``.
        words: (m, W) packed codes.
        digits: (m, 5) operation digits, -1 for none.
        neighbourhood: name → symmetric adjacency (m, m) as CSR.
        names: of the neighbourhoods to look at.
        features: name → (m,) more numbers of the cells: depth, width, edges, the logarithm of their parameters.
    """

    hashes: NDArray[np.bytes_]
    words: NDArray[np.unsignedinteger]
    digits: NDArray[np.integer]
    neighbourhood: Callable[[str], "sparse.csr_array"]
    names: tuple[str, ...] = ("hamming", "edge", "edit")
    features: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)

    @cached_property
    def vertices(self) -> NDArray[np.int64]:
        """(m,) vertices of every cell, input and output among them."""
        return np.asarray(2 + (self.digits >= 0).sum(axis=1))


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
    graph; elsewhere measures that need all neighbours are undefined. All cells of at most so many vertices are a space of their own:
    neighbours outside it do not count.

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
    digits = space.digits[rows]
    features = {operation: (digits == digit).sum(axis=1).astype(np.float64) for digit, operation in enumerate(OPERATIONS)}
    features |= {name: np.asarray(known[rows], dtype=np.float64) for name, known in space.features.items()}
    found = Landscape(
        name=name,
        budgets=tuple(budgets),
        cells=names,
        fitness=values[None],
        code=space.words[rows] if len(rows) else None,
        features=features,
        walks=_looked_up(names, values, walks),
        neighbourhood=neighbourhood,
        shared=False,
        table=True,
        unit=unit,
        scale=scale,
    )
    return with_neighbours(found, space, rows)


def with_neighbours(landscape: Landscape, space: Space, rows: NDArray[np.int64] | None = None) -> Landscape:
    """The landscape with its complete subspaces, and where all of it is one or closed, its neighbourhoods.

    Args:
        landscape: whose first seed counts.
        space: the search space.
        rows: (n,) of its cells in the space, where known.

    Raises:
        ValueError: when a cell is not in the space.
    """
    if not landscape.n:
        return landscape
    rows = _rows(landscape.cells, space.hashes) if rows is None else rows
    missing = np.isnan(landscape.fitness[0])
    parts = complete_parts(rows, ~missing.all(axis=1), space)
    own = next((part for part in parts if len(part.positions) == landscape.n), None)
    if missing.any():
        return replace(landscape, parts=parts)
    if own is None:
        return replace(landscape, parts=parts, graphs=_graphs(rows, space))
    bound = "" if landscape.n == len(space.hashes) else f" of at most {own.vertices} vertices"
    return replace(landscape, parts=parts, graphs=own.graphs, complete=f"all {landscape.n:,} cells{bound}")


def holds_subspace(landscape: Landscape, vertices: Mapping[str, int]) -> bool:
    """Whether all 91 cells of at most four vertices are in a landscape, told without the space; `vertices` by hash."""
    return sum(vertices[str(name)] <= SMALLEST[0] for name in landscape.cells) >= SMALLEST[1]


def complete_parts(rows: NDArray[np.int64], measured: NDArray[np.bool_], space: Space) -> tuple[Part, ...]:
    """The complete subspaces among some cells: for every v, all cells of the space of at most v vertices, where each is measured.

    Args:
        rows: (n,) of the cells in the space.
        measured: (n,) whether a cell has a fitness at some budget.
        space: the search space.
    """
    place = np.full(len(space.hashes), -1, dtype=np.int64)
    place[rows[measured]] = np.flatnonzero(measured)
    found: list[Part] = []
    for most in np.unique(space.vertices).tolist():
        wanted = np.flatnonzero(space.vertices <= most)
        if (place[wanted] < 0).any():
            break
        if len(wanted) < min(LEAST_PART, len(space.hashes)):
            continue
        inside = wanted[np.argsort(place[wanted])]
        graphs = {}
        for name in space.names:
            matrix = space.neighbourhood(name)[inside][:, inside]
            if matrix.nnz:
                graphs[name] = Graph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))
        found.append(Part(int(most), place[inside], graphs))
    return tuple(found)


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
