"""Skeletons: pruned graphs without labels. There are few (4,793 labelled by number with seven vertices, 423,624 cells), so
everything about whole S is worked out on them once and then carried over to all labels by table lookup.

Graphs are (vertices, mask, label) as in `sensorscape.cells.graph`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph

_BACKWARD = float(1 << 40)  # larger than any mask, so a renumbering with a backward edge is never the smallest


@dataclass(frozen=True)
class Skeletons:
    """All pruned graphs of `vertices` vertices and at most nine edges.

    Attributes:
        vertices: 2 to 7.
        masks: (m,) int64 edge masks, ascending.
        first: (m,) int64 row of the same unlabelled graph's smallest mask.
        label: (m, 3^(V-2)) uint8: for a graph of this row and each label, the label of its cell's representative, whose mask
            is ``masks[first[row]]``.
    """

    vertices: int
    masks: NDArray[np.int64]
    first: NDArray[np.int64]
    label: NDArray[np.uint8]

    @property
    def representatives(self) -> NDArray[np.int64]:
        """Rows that are the smallest mask of their unlabelled graph, ascending."""
        return np.flatnonzero(self.first == np.arange(len(self.masks)))

    def rows(self, masks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of pruned `masks`, any shape."""
        return np.searchsorted(self.masks, masks)


@cache
def skeletons(vertices: int) -> Skeletons:
    """All skeletons with `vertices` vertices; the numbers of V! renumberings are tried at once."""
    masks = _pruned_masks(vertices)
    orders = graph.inner_orders(vertices)
    ends = np.array(graph.edge_ends(vertices))
    x, y = orders[:, ends[:, 0]], orders[:, ends[:, 1]]
    weights = np.where(x < y, np.exp2(x + y * (y - 1) // 2), _BACKWARD)
    bits = (masks[:, None] >> np.arange(len(ends)) & 1).astype(np.float64)
    renumbered = bits @ weights.T
    best = renumbered.argmin(axis=1)
    first = np.searchsorted(masks, renumbered[np.arange(len(masks)), best].astype(np.int64))
    moved = _moved_labels(vertices)
    smallest = np.empty((len(masks), moved.shape[1]), dtype=np.uint8)
    for row in np.unique(first):
        smallest[row] = moved[renumbered[row] == masks[row]].min(axis=0)
    label = np.take_along_axis(smallest[first], moved[best].astype(np.int64), axis=1)
    return Skeletons(vertices, masks, first, label)


def label_digits(vertices: int) -> NDArray[np.int64]:
    """Operation digits of every label, (3^(V-2), V-2) int64."""
    inner = vertices - 2
    return np.arange(3**inner)[:, None] // 3 ** np.arange(inner)[::-1] % 3


def prune(vertices: int, masks: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Prune many graphs of the same raw size.

    Args:
        vertices: V of all of them.
        masks: (n,) raw edge masks.

    Returns:
        (n, V) which vertices are kept, all False without a path from input to output; (n,) masks of what is left, renumbered.
    """
    edge = {pair: masks >> bit & 1 for bit, pair in enumerate(graph.edge_ends(vertices))}
    forward, backward = np.zeros((2, vertices, len(masks)), dtype=np.int64)
    forward[0] = backward[-1] = 1
    for x, y in edge:
        forward[y] |= forward[x] & edge[x, y]
    for x, y in sorted(edge, reverse=True):
        backward[x] |= backward[y] & edge[x, y]
    kept = forward & backward
    rank = np.cumsum(kept, axis=0) - 1
    left = np.zeros(len(masks), dtype=np.int64)
    for (x, y), present in edge.items():
        left |= (present & kept[x] & kept[y]) << np.maximum(rank[x] + rank[y] * (rank[y] - 1) // 2, 0)
    return kept.T.astype(bool), left


def _pruned_masks(vertices: int) -> NDArray[np.int64]:
    """Masks with at most nine edges in which only the input lacks an in-edge and only the output an out-edge."""
    ends = graph.edge_ends(vertices)
    masks = np.arange(1 << len(ends), dtype=np.int64)
    masks = masks[np.bitwise_count(masks) <= graph.MAX_EDGES]
    for vertex in range(vertices):
        for end, without in ((0, vertices - 1), (1, 0)):
            if vertex != without:
                masks = masks[masks & sum(1 << bit for bit, pair in enumerate(ends) if pair[end] == vertex) != 0]
    return masks


def _moved_labels(vertices: int) -> NDArray[np.uint8]:
    """Label after renumbering: ((V-2)!, 3^(V-2)), rows as in `graph.inner_orders`."""
    orders = graph.inner_orders(vertices)[:, 1:-1]
    return (3 ** (vertices - 2 - orders) @ label_digits(vertices).T).astype(np.uint8)


@dataclass(frozen=True)
class Deletions:
    """Every edge deleted from every representative skeleton of one size, pruned.

    Attributes:
        vertices: of the parents.
        parent: (d,) int64 masks of the parents.
        child_vertices: (d,) int64 vertices of what is left; fewer than `vertices` when the edge carried others.
        child: (d,) int64 masks of the children's representatives.
        label: (d, 3^(V-2)) uint8 label of the child's representative by label of the parent.
    """

    vertices: int
    parent: NDArray[np.int64]
    child_vertices: NDArray[np.int64]
    child: NDArray[np.int64]
    label: NDArray[np.uint8]


@cache
def deletions(vertices: int) -> Deletions:
    """All deletions from skeletons with `vertices` vertices; those that cut the input off the output are left out."""
    table = skeletons(vertices)
    masks = table.masks[table.representatives]
    bits = np.arange(len(graph.edge_ends(vertices)))
    parent, bit = (column.reshape(-1) for column in np.broadcast_arrays(masks[:, None], bits))
    present = parent >> bit & 1 == 1
    parent, bit = parent[present], bit[present]
    kept, left = prune(vertices, parent & ~(np.int64(1) << bit))
    size = kept.sum(axis=1)
    parent, kept, left, size = (column[size > 0] for column in (parent, kept, left, size))
    digits = label_digits(vertices)
    child, label = np.empty_like(parent), np.empty((len(parent), len(digits)), dtype=np.uint8)
    for smaller in range(2, vertices + 1):
        here = np.flatnonzero(size == smaller)
        family = skeletons(smaller)
        rows = family.rows(left[here])
        child[here] = family.masks[family.first[rows]]
        for pattern in np.unique(kept[here], axis=0):
            same = (kept[here] == pattern).all(axis=1)
            inner = np.flatnonzero(pattern[1:-1])
            projected = digits[:, inner] @ 3 ** np.arange(len(inner))[::-1]
            label[here[same]] = family.label[rows[same]][:, projected]
    return Deletions(vertices, parent, size, child, label)
