"""Distances between cells: Hamming of the codes (the paper's d_H) and edit distance of the graphs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import codes, graph
from sensorscape.cells.cell import Cell

_ROWS, _COLUMNS = 64, 1024
"""Pairs worked on together: their differences, 512 KiB, stay in the second-level cache."""
_MANY = 512
"""From so many codes on either side it pays to leave out the bits that are equal in all of them (0.5 µs a code)."""


def hamming(first: NDArray[np.uint64], second: NDArray[np.uint64] | None = None) -> NDArray[np.uint8]:
    """Bits in which the packed codes of cells differ: at most 18, as a code has at most nine.

    The words are compared by exclusive or and population count. Many codes are first packed again without the bits that all of
    them share: of the 289 only 121 are ever set in NASBench-101 (five inner vertices cannot fill every slot), which fit into two words.

    Args:
        first: (m, 5) packed codes (`sensorscape.cells.codes.pack`).
        second: (n, 5); `first` again if None, and every pair is then counted once.

    Returns:
        (m, n) uint8.
    """
    others = first if second is None else second
    if min(len(first), len(others)) >= _MANY:
        first, others = _squeezed(first, others)
    words = np.ascontiguousarray(others.T)
    found = np.empty((len(first), len(others)), dtype=np.uint8)
    differ, counted = np.empty((_ROWS, _COLUMNS), dtype=np.uint64), np.empty((2, _ROWS, _COLUMNS), dtype=np.uint8)
    for top in range(0, len(first), _ROWS):
        rows = first[top : top + _ROWS]
        for left in range(0 if second is not None else top // _COLUMNS * _COLUMNS, len(others), _COLUMNS):
            tile = _tile(rows, words[:, left : left + _COLUMNS], differ, counted)
            found[top : top + _ROWS, left : left + _COLUMNS] = tile
            if second is None:
                found[left : left + _COLUMNS, top : top + _ROWS] = tile.T
    return found


def _squeezed(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The same codes in as few words as their differing bits need, at least one; distances stay."""
    lowest = np.bitwise_and.reduce(first) & np.bitwise_and.reduce(second)
    highest = np.bitwise_or.reduce(first) | np.bitwise_or.reduce(second)
    differing = np.flatnonzero(codes.unpack(lowest ^ highest))
    width = max(-(-len(differing) // 64), 1) * 64
    packed = []
    for part in (first, second):
        bits = np.zeros((len(part), width), dtype=np.uint8)
        bits[:, : len(differing)] = codes.unpack(part)[:, differing]
        packed.append(np.packbits(bits, axis=-1, bitorder="little").view(np.uint64))
    return packed[0], packed[1]


def _tile(rows: NDArray[np.uint64], words: NDArray[np.uint64], differ: NDArray[np.uint64], counted: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Differences (r, c) of r packed codes (r, 5) and c columns of words (5, c); works in the given buffers and returns one."""
    differ = differ[: len(rows), : words.shape[1]]
    once: NDArray[np.uint8] = counted[0, : len(rows), : words.shape[1]]
    total: NDArray[np.uint8] = counted[1, : len(rows), : words.shape[1]]
    for word, column in enumerate(words):
        np.bitwise_xor(rows[:, word, None], column, out=differ)
        np.bitwise_count(differ, out=once if word else total)
        if word:
            total += once
    return total


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
