"""Labelled graphs of NASBench-101 as three integers: number of vertices, edge mask, label.

Vertex 0 is the input, the last one the output. Bit ``x + y (y - 1) / 2`` of the mask is the edge x → y (x < y), as in
NASBench-101's enumeration; the label is the number in base 3 whose digits are the inner vertices' operations, the first
vertex most significant, with NASBench-101's own digits (`OPERATIONS`). So comparing (vertices, mask, label) as numbers is
comparing positions in NASBench-101's enumeration by vertices, edge bit mask and operations.

Source: Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search" (2019), ``generate_graph.py``.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
"""Operations by digit, the order in which NASBench-101 hashes and enumerates them."""
MAX_VERTICES = 7
MAX_EDGES = 9

INPUT, OUTPUT = -1, -2


def edge_bit(x: int, y: int) -> int:
    """Position of the edge x → y (x < y) in an edge mask."""
    return x + y * (y - 1) // 2


@cache
def edge_ends(vertices: int) -> tuple[tuple[int, int], ...]:
    """The pairs (x, y), x < y < `vertices`, in the order of their bits."""
    return tuple((x, y) for y in range(vertices) for x in range(y))


def mask_of(matrix: NDArray[np.uint8]) -> int:
    """Edge mask of a strictly upper-triangular 0/1 matrix [V, V]."""
    return sum(1 << edge_bit(int(x), int(y)) for x, y in zip(*np.nonzero(matrix), strict=True))


def matrix_of(vertices: int, mask: int) -> NDArray[np.uint8]:
    """Adjacency matrix [V, V] of an edge mask, uint8, read-only."""
    matrix = np.zeros((vertices, vertices), dtype=np.uint8)
    for bit, (x, y) in enumerate(edge_ends(vertices)):
        matrix[x, y] = mask >> bit & 1
    matrix.flags.writeable = False
    return matrix


def label_of(digits: Sequence[int]) -> int:
    """Label of the inner vertices' operation digits, in vertex order."""
    label = 0
    for digit in digits:
        label = label * 3 + digit
    return label


def digits_of(vertices: int, label: int) -> tuple[int, ...]:
    """Operation digits of the `vertices` - 2 inner vertices, in vertex order."""
    return tuple(label // 3**power % 3 for power in reversed(range(vertices - 2)))


def kept_vertices(matrix: NDArray[np.uint8]) -> list[int]:
    """Vertices on a path from input to output of an upper-triangular matrix [V, V]; empty when there is no path."""
    vertices = len(matrix)
    forward, backward = {0}, {vertices - 1}
    for y in range(1, vertices):
        if any(matrix[x, y] for x in forward):
            forward.add(y)
    for x in reversed(range(vertices - 1)):
        if any(matrix[x, y] for y in backward):
            backward.add(x)
    return sorted(forward & backward)


@cache
def inner_orders(vertices: int) -> NDArray[np.int64]:
    """All renumberings of the inner vertices, [(V-2)!, V]: entry v is the new number of vertex v; the ends stay."""
    inner = permutations(range(1, vertices - 1))
    orders = np.array([(0, *order, vertices - 1) for order in inner], dtype=np.int64)
    orders.flags.writeable = False
    return orders


def representative(vertices: int, mask: int, label: int) -> tuple[int, int]:
    """Mask and label of the first graph of the same cell in NASBench-101's enumeration; the graph must be pruned."""
    orders = inner_orders(vertices)
    forward = np.ones(len(orders), dtype=bool)
    masks = np.zeros(len(orders), dtype=np.int64)
    for bit, (x, y) in enumerate(edge_ends(vertices)):
        if mask >> bit & 1:
            new_x, new_y = orders[:, x], orders[:, y]
            forward &= new_x < new_y
            masks |= np.int64(1) << (new_x + new_y * (new_y - 1) // 2)
    labels = np.zeros(len(orders), dtype=np.int64)
    for vertex, digit in enumerate(digits_of(vertices, label), start=1):
        labels += digit * 3 ** (vertices - 2 - orders[:, vertex])
    first = int(np.min(np.where(forward, masks << 8 | labels, np.iinfo(np.int64).max)))
    return first >> 8, first & 0xFF


def graph_hash(matrix: NDArray[np.uint8], digits: Sequence[int]) -> str:
    """NASBench-101's isomorphism hash: 32 hex digits, equal for two pruned graphs exactly when they are the same cell.

    Args:
        matrix: [V, V] adjacency of the pruned graph, entries 0 or 1.
        digits: operation digits of the V - 2 inner vertices.
    """
    vertices = len(matrix)
    edges = [[bool(entry) for entry in row] for row in matrix.tolist()]
    inward = [[x for x in range(vertices) if edges[x][y]] for y in range(vertices)]
    outward = [[y for y in range(vertices) if edges[x][y]] for x in range(vertices)]
    labels = (INPUT, *digits, OUTPUT)
    hashes = [md5(str((len(outward[v]), len(inward[v]), labels[v]))) for v in range(vertices)]
    for _ in range(vertices):
        hashes = [
            md5(f"{''.join(sorted(hashes[x] for x in inward[v]))}|{''.join(sorted(hashes[y] for y in outward[v]))}|{hashes[v]}")
            for v in range(vertices)
        ]
    return md5(str(sorted(hashes)))


def depth_of(matrix: NDArray[np.uint8]) -> int:
    """Length in edges of the longest path from input to output."""
    longest = [0] * len(matrix)
    for y in range(1, len(matrix)):
        longest[y] = max((longest[x] + 1 for x in range(y) if matrix[x, y]), default=0)
    return longest[-1]


def width_of(matrix: NDArray[np.uint8]) -> int:
    """Maximum directed cut: most edges that leave a set of vertices which holds the input and which no edge enters."""
    vertices = len(matrix)
    widest = 0
    for size in range(vertices - 1):
        for chosen in combinations(range(1, vertices - 1), size):
            source = np.zeros(vertices, dtype=bool)
            source[[0, *chosen]] = True
            if not matrix[np.ix_(~source, source)].any():
                widest = max(widest, int(matrix[np.ix_(source, ~source)].sum()))
    return widest


def md5(text: str) -> str:
    """MD5 of a text, 32 hex digits; for identity, not for security."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
