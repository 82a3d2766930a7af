"""Distances between cells: Hamming of the codes (the paper's d_H) and edit distance of the graphs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph
from sensorscape.cells.cell import Cell

_BLOCK = 256
"""Rows per block: the differences of one block stay in the cache."""


def hamming(first: NDArray[np.uint64], second: NDArray[np.uint64] | None = None) -> NDArray[np.uint16]:
    """Bits in which packed codes differ.

    Args:
        first: (m, 5) packed codes (`sensorscape.cells.codes.pack`).
        second: (n, 5); `first` again if None.

    Returns:
        (m, n) uint16.
    """
    columns = np.ascontiguousarray((first if second is None else second).T)
    found = np.zeros((len(first), columns.shape[1]), dtype=np.uint16)
    for start in range(0, len(first), _BLOCK):
        block = first[start : start + _BLOCK]
        for word, column in enumerate(columns):
            found[start : start + _BLOCK] += np.bitwise_count(block[:, word, None] ^ column)
    return found


def edit(first: Cell, second: Cell) -> int:
    """Edges and operations that differ, at the best renumbering of the inner vertices.

    The smaller graph is filled up with isolated vertices of no operation, so a vertex more costs 1 and its edges: the graph edit
    distance with all costs 1, a metric.
    """
    if first.vertices < second.vertices:
        first, second = second, first
    vertices = first.vertices
    inner = second.vertices - 2
    orders = graph.inner_orders(vertices)
    padded = np.zeros((vertices, vertices), dtype=np.int64)
    spread = [*range(inner + 1), vertices - 1]
    padded[np.ix_(spread, spread)] = second.matrix
    common = np.zeros(len(orders), dtype=np.int64)
    for x, y in np.argwhere(first.matrix):
        common += padded[orders[:, x], orders[:, y]]
    digits = np.array([-1, *second.digits, *[-1] * (vertices - 2 - inner), -1])
    unlike = (digits[orders[:, 1:-1]] != np.array(first.digits, dtype=np.int64)).sum(axis=1)
    return int((first.edges + second.edges - 2 * common + unlike).min())


def edit_distances(cells: Sequence[Cell], others: Sequence[Cell]) -> NDArray[np.int64]:
    """Edit distances (m, n) int64 of every pair."""
    return np.array([[edit(one, other) for other in others] for one in cells], dtype=np.int64).reshape(len(cells), len(others))
