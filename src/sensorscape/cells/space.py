"""All of S: the 423,624 cells of NASBench-101, enumerated in NASBench-101's order.

Measured on one core: enumeration from nothing 0.7 s (see tests/bench/cells.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import codes, graph
from sensorscape.cells.cell import Cell
from sensorscape.cells.skeletons import label_digits, prune, skeletons


@dataclass(frozen=True)
class Space:
    """The whole space, one row per cell, in the order of the enumeration.

    Attributes:
        vertices: (n,) int64, 2 to 7.
        masks: (n,) int64 edge masks of the representatives.
        labels: (n,) int64 their operations in base 3.
    """

    vertices: NDArray[np.int64]
    masks: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.vertices)

    def cell(self, index: int) -> Cell:
        """The cell of row `index`."""
        return Cell(int(self.vertices[index]), int(self.masks[index]), int(self.labels[index]))

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(n,) int64 `Cell.key` of every cell, ascending."""
        return keys_of(self.vertices, self.masks, self.labels)

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """(n,) int64 number of edges, 1 to 9."""
        return np.bitwise_count(self.masks).astype(np.int64)

    @cached_property
    def digits(self) -> NDArray[np.int64]:
        """(n, 5) int64 operation digits of the inner vertices, -1 after the last."""
        digits = np.full((len(self), graph.MAX_VERTICES - 2), -1, dtype=np.int64)
        for vertices, rows in self._sizes():
            digits[rows, : vertices - 2] = label_digits(vertices)[self.labels[rows]]
        return digits

    @cached_property
    def words(self) -> NDArray[np.uint64]:
        """(n, 5) uint64 packed 289-bit codes."""
        words = np.zeros((len(self), codes.WORDS), dtype=np.uint64)
        for vertices, rows in self._sizes():
            slots = np.array([codes.slots_of(digits) for digits in label_digits(vertices)])[self.labels[rows]]
            masks, index = self.masks[rows], np.arange(rows.start, rows.stop)
            for bit, (x, y) in enumerate(graph.edge_ends(vertices)):
                present = np.flatnonzero(masks >> bit & 1)
                position = slots[present, x] * codes.SLOTS + slots[present, y]
                words[index[present], position // 64] |= np.uint64(1) << (position % 64).astype(np.uint64)
        return words

    @cached_property
    def multisets(self) -> NDArray[np.int64]:
        """(n,) int64 number of the cell's operation multiset: counts of conv3x3, conv1x1, maxpool3x3 in base 6."""
        counts = np.stack([(self.digits == digit).sum(axis=1) for digit in range(3)], axis=1)
        return np.asarray(counts @ (1, 6, 36), dtype=np.int64)

    def index_of(self, cells: Sequence[Cell]) -> NDArray[np.int64]:
        """Rows of `cells`."""
        return self.rows(np.array([cell.key for cell in cells], dtype=np.int64))

    def rows(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of cell keys."""
        return np.searchsorted(self.keys, keys)

    def _sizes(self) -> list[tuple[int, slice]]:
        """Number of vertices and the rows that have it."""
        bounds = np.searchsorted(self.vertices, np.arange(2, graph.MAX_VERTICES + 2))
        return [(vertices, slice(int(bounds[vertices - 2]), int(bounds[vertices - 1]))) for vertices in range(2, graph.MAX_VERTICES + 1)]


def keys_of(vertices: NDArray[np.int64], masks: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """`Cell.key` of many representatives."""
    return vertices << 32 | masks << 8 | labels


def canonical_keys(vertices: int, masks: NDArray[np.int64], digits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """`Cell.key` of many labelled graphs of the same raw size, which need not be pruned.

    Args:
        vertices: V of all of them, 2 to 7.
        masks: (n,) raw edge masks.
        digits: (n, V-2) operation digits of the inner vertices.

    Returns:
        (n,) keys, -1 where there is no cell; (n,) whether a path leads from the input to the output: without one there is no cell,
        with one there is none when more than nine edges are left.
    """
    kept, left = prune(vertices, masks)
    labels = np.zeros(len(masks), dtype=np.int64)
    for place in range(vertices - 2):
        labels = np.where(kept[:, place + 1], labels * 3 + digits[:, place], labels)
    sizes = kept.sum(axis=1)
    small = np.bitwise_count(left) <= graph.MAX_EDGES
    keys = np.full(len(masks), -1, dtype=np.int64)
    for size in range(2, vertices + 1):
        here = np.flatnonzero((sizes == size) & small)
        family = skeletons(size)
        rows = family.rows(left[here])
        label = family.label[rows, labels[here]].astype(np.int64)
        keys[here] = keys_of(np.full(len(here), size), family.masks[family.first[rows]], label)
    return keys, sizes > 0


def labelled_graphs() -> dict[int, int]:
    """Number of pruned labelled graphs that the enumeration passes through, by number of vertices."""
    return {vertices: skeletons(vertices).label.size for vertices in range(2, graph.MAX_VERTICES + 1)}


@cache
def space() -> Space:
    """Enumerate the space; kept for the life of the process."""
    parts: list[NDArray[np.int64]] = []
    for vertices in range(2, graph.MAX_VERTICES + 1):
        table = skeletons(vertices)
        rows = table.representatives
        row, label = np.nonzero(table.label[rows] == np.arange(table.label.shape[1]))
        parts.append(np.stack([np.full(len(row), vertices), table.masks[rows][row], label]))
    return Space(*np.concatenate(parts, axis=1))
