"""N on the whole of S: the three neighbourhoods as sparse symmetric graphs.

``hamming``: codes differ in one bit. ``edge``: one edge flip under isomorphism, no vertex lost. ``edit``: some unpruned labelled
graphs of the two cells differ in one edge or one label (the symmetric closure of NASBench-101's mutation). Source: Traoré et
al., Section 2 (``hamming``), Ying et al., Section 4 (mutation).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from sensorscape.cells import graph
from sensorscape.cells.skeletons import deletions, label_digits, skeletons
from sensorscape.cells.space import Space, keys_of, space
from sensorscape.errors import SensorscapeError

NEIGHBOURHOODS = ("hamming", "edge", "edit")


@dataclass(frozen=True)
class Neighbourhood:
    """A symmetric neighbourhood over the rows of `Space`.

    Attributes:
        name: one of `NEIGHBOURHOODS`.
        matrix: (n, n) CSR with sorted indices, data all 1.
    """

    name: str
    matrix: sparse.csr_array

    def of(self, row: int) -> NDArray[np.int64]:
        """Rows of the neighbours of `row`, ascending."""
        start, stop = self.matrix.indptr[row : row + 2]
        return np.asarray(self.matrix.indices[start:stop], dtype=np.int64)

    @property
    def pairs(self) -> int:
        """Number of unordered pairs of neighbours."""
        return int(self.matrix.nnz) // 2

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """(n,) int64 number of neighbours of every cell."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.int64)

    @cached_property
    def components(self) -> NDArray[np.int64]:
        """(n,) int64 number of the connected component of every cell, from 0."""
        return np.asarray(csgraph.connected_components(self.matrix, directed=False)[1], dtype=np.int64)

    @cached_property
    def component_sizes(self) -> NDArray[np.int64]:
        """Cells of each component, by component number."""
        return np.bincount(self.components)

    def summary(self) -> dict[str, Any]:
        """Pairs, components and degrees, plain values for JSON: what every walk and optimum on this graph depends on."""
        sizes = self.component_sizes
        return {
            "cells": len(self.degrees),
            "pairs": self.pairs,
            "components": len(sizes),
            "isolated": int((self.degrees == 0).sum()),
            "largest_component": int(sizes.max()),
            "mean_degree": round(float(self.degrees.mean()), 6),
            "maximum_degree": int(self.degrees.max()),
        }


@cache
def neighbourhood(name: str) -> Neighbourhood:
    """Build a neighbourhood over `space()`; kept for the life of the process.

    Raises:
        SensorscapeError: for an unknown name.
    """
    if name not in NEIGHBOURHOODS:
        raise SensorscapeError(f"there is no neighbourhood {name!r}", f"one of: {', '.join(NEIGHBOURHOODS)}")
    pairs = pairs_of(name)
    count = len(space())
    both = np.concatenate([pairs, pairs[:, ::-1]])
    matrix = sparse.csr_array((np.ones(len(both), dtype=np.uint8), (both[:, 0], both[:, 1])), shape=(count, count))
    matrix.sort_indices()
    return Neighbourhood(name, matrix)


def pairs_of(name: str) -> NDArray[np.int64]:
    """Unordered pairs of neighbouring rows of `space()`, (p, 2) int64, distinct."""
    cells = space()
    parts = [_deleted(cells, vertices, keep=name != "edit") for vertices in range(3, graph.MAX_VERTICES + 1)]
    if name == "edit":
        parts += [_relabelled(cells, vertices) for vertices in range(3, graph.MAX_VERTICES + 1)]
    larger, smaller = np.concatenate(parts).T
    numbers = np.maximum(larger, smaller) * len(cells) + np.minimum(larger, smaller)
    numbers.sort()  # ten times faster here than np.unique, which hashes
    pairs = np.stack(np.divmod(numbers[np.diff(numbers, prepend=-1) > 0], len(cells)), axis=1)
    if name == "hamming":
        difference = np.bitwise_count(cells.words[pairs[:, 0]] ^ cells.words[pairs[:, 1]]).sum(axis=1)
        pairs = pairs[difference == 1]
    return np.asarray(pairs)


def _deleted(cells: Space, vertices: int, *, keep: bool) -> NDArray[np.int64]:
    """Rows of the parents and of what is left after deleting one edge, (p, 2); with `keep` only where no vertex is lost."""
    table = deletions(vertices)
    chosen = np.flatnonzero(table.child_vertices == vertices) if keep else np.arange(len(table.parent))
    family = skeletons(vertices)
    labels = np.arange(table.label.shape[1])
    entry, label = np.nonzero(family.label[family.rows(table.parent[chosen])] == labels)
    entry = chosen[entry]
    parents = keys_of(np.full(len(entry), vertices), table.parent[entry], label)
    children = keys_of(table.child_vertices[entry], table.child[entry], table.label[entry, label].astype(np.int64))
    return np.stack([cells.rows(parents), cells.rows(children)], axis=1)


def _relabelled(cells: Space, vertices: int) -> NDArray[np.int64]:
    """Rows of cells and of what they become when one operation is replaced, (p, 2)."""
    rows = np.flatnonzero(cells.vertices == vertices)
    family = skeletons(vertices)
    digits = label_digits(vertices)
    parts = []
    for place in range(vertices - 2):
        unit = 3 ** (vertices - 3 - place)
        for step in (1, 2):
            labels = cells.labels[rows]
            digit = digits[labels, place]
            changed = labels + ((digit + step) % 3 - digit) * unit
            label = family.label[family.rows(cells.masks[rows]), changed].astype(np.int64)
            parts.append(np.stack([rows, cells.rows(keys_of(cells.vertices[rows], cells.masks[rows], label))], axis=1))
    return np.concatenate(parts)
