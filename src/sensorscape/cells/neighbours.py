"""Neighbours of one cell without the table of the whole space: what `neighbourhoods` finds for all, from skeletons alone."""

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph
from sensorscape.cells.cell import Cell
from sensorscape.cells.neighbourhoods import NEIGHBOURHOODS
from sensorscape.cells.skeletons import deletions, label_digits, skeletons
from sensorscape.cells.space import keys_of
from sensorscape.errors import SensorscapeError


def neighbours(cell: Cell, name: str = "hamming") -> list[Cell]:
    """The neighbours of `cell` in one of `NEIGHBOURHOODS`, in the order of the space.

    Raises:
        SensorscapeError: for an unknown neighbourhood.
    """
    if name not in NEIGHBOURHOODS:
        raise SensorscapeError(f"there is no neighbourhood {name!r}", f"one of: {', '.join(NEIGHBOURHOODS)}")
    keep = name != "edit"
    parts = [_smaller(cell, keep=keep)]
    parts += [_larger(cell, vertices) for vertices in range(cell.vertices, cell.vertices + 1 if keep else graph.MAX_VERTICES + 1)]
    if name == "edit":
        parts.append(_relabelled(cell))
    found = [Cell.from_key(key) for key in np.unique(np.concatenate(parts)).tolist()]
    if name == "hamming":
        return [other for other in found if int((other.code != cell.code).sum()) == 1]
    return found


def _smaller(cell: Cell, *, keep: bool) -> NDArray[np.int64]:
    """Keys of what is left after deleting one edge; with `keep` only where no vertex is lost."""
    table = deletions(cell.vertices)
    entry = np.flatnonzero((table.parent == cell.mask) & ((table.child_vertices == cell.vertices) | (not keep)))
    return keys_of(table.child_vertices[entry], table.child[entry], table.label[entry, cell.label].astype(np.int64))


def _larger(cell: Cell, vertices: int) -> NDArray[np.int64]:
    """Keys of the cells with `vertices` vertices that lose one edge and become `cell`."""
    table = deletions(vertices)
    family = skeletons(vertices)
    chosen = np.flatnonzero((table.child_vertices == cell.vertices) & (table.child == cell.mask))
    place, label = np.nonzero(table.label[chosen] == cell.label)
    masks = table.parent[chosen][place]
    labels = family.label[family.rows(masks), label].astype(np.int64)
    return keys_of(np.full(len(masks), vertices), masks, labels)


def _relabelled(cell: Cell) -> NDArray[np.int64]:
    """Keys of the cells with one operation replaced."""
    family = skeletons(cell.vertices)
    digits = label_digits(cell.vertices)
    others = np.flatnonzero((digits != np.array(cell.digits, dtype=np.int64)).sum(axis=1) == 1)
    labels = family.label[family.rows(np.array(cell.mask)), others].astype(np.int64)
    return keys_of(np.full(len(labels), cell.vertices), np.full(len(labels), cell.mask), labels)
