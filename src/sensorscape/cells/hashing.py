"""NASBench-101's hash of many cells at once; `sensorscape.cells.graph.graph_hash` is the same for one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph
from sensorscape.cells.cell import Cell
from sensorscape.cells.md5 import md5_hex
from sensorscape.cells.space import Space

_CELLS = 16384
"""Cells worked on together: their digests and messages fit into the cache."""


def hashes(cells: Space) -> NDArray[np.bytes_]:
    """Hashes (n,), 32 hex digits as ``S32``, of all rows of `cells`."""
    found = np.empty(len(cells), dtype="S32")
    for vertices in range(2, graph.MAX_VERTICES + 1):
        rows = np.flatnonzero(cells.vertices == vertices)
        for start in range(0, len(rows), _CELLS):
            part = rows[start : start + _CELLS]
            found[part] = _hashes(vertices, cells.masks[part], cells.digits[part, : vertices - 2])
    return found


def hashes_of(cells: Sequence[Cell]) -> list[str]:
    """Hashes of `cells` in their order, worked out together."""
    keys, order = np.unique(np.array([cell.key for cell in cells], dtype=np.int64), return_inverse=True)
    found: list[str] = hashes(Space(keys >> 32, keys >> 8 & 0xFFFFFF, keys & 0xFF))[order].astype(str).tolist()
    return found


def _hashes(vertices: int, masks: NDArray[np.int64], digits: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """Hashes of cells with the same number of vertices, from their masks (n,) and operation digits (n, V-2)."""
    matrices = np.zeros((len(masks), vertices, vertices), dtype=bool)
    for bit, (x, y) in enumerate(graph.edge_ends(vertices)):
        matrices[:, x, y] = masks >> bit & 1
    inward, outward = matrices.sum(axis=1), matrices.sum(axis=2)
    labels = np.pad(digits, ((0, 0), (1, 1)), constant_values=(graph.INPUT, graph.OUTPUT))
    labels[:, 0], labels[:, -1] = graph.INPUT, graph.OUTPUT
    first = _first(outward.reshape(-1), inward.reshape(-1), labels.reshape(-1))
    names = _FIRST_HASHES[first]
    groups = _groups(matrices, inward.reshape(-1), outward.reshape(-1))
    for turn in range(vertices):
        after = np.empty_like(names)
        for group in groups:
            if turn:
                after[group.own] = _next(names, group)
            else:  # few messages are distinct yet: of all cells with seven vertices 40,736 among 2,513,574
                distinct, back = _distinct(first, group)
                after[group.own] = _next(names, distinct)[back]
        names = after
    ordered = np.sort(names.reshape(-1, vertices), axis=1)
    pieces: list[NDArray[np.bytes_] | bytes] = [b"['"]
    for column in ordered.T:
        pieces += [column, b"', '"]
    return md5_hex(_joined([*pieces[:-1], b"']"]))


_DEGREES, _KINDS = range(graph.MAX_VERTICES), range(graph.OUTPUT, len(graph.OPERATIONS))
_FIRST_HASHES = np.array([graph.md5(str((out, into, kind))) for out in _DEGREES for into in _DEGREES for kind in _KINDS], dtype="S32")


def _first(outward: NDArray[np.int64], inward: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows (n·V,) of all vertices' first hashes in `_FIRST_HASHES`, below 256."""
    return (outward * len(_DEGREES) + inward) * len(_KINDS) + labels - graph.OUTPUT


class _Group(NamedTuple):
    """Vertices with equal degrees by their flat numbers: their own (g,), their in-neighbours' (g, in), their out-neighbours' (g, out)."""

    own: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]


def _groups(matrices: NDArray[np.bool_], inward: NDArray[np.int64], outward: NDArray[np.int64]) -> list[_Group]:
    vertices = matrices.shape[1]
    ins, outs = matrices.transpose(0, 2, 1).reshape(-1, vertices), matrices.reshape(-1, vertices)
    groups = []
    for degrees in np.unique(inward * vertices + outward):
        own = np.flatnonzero(inward * vertices + outward == degrees)
        first = own[:, None] // vertices * vertices
        sources = np.nonzero(ins[own])[1].reshape(len(own), -1) + first
        targets = np.nonzero(outs[own])[1].reshape(len(own), -1) + first
        groups.append(_Group(own, sources, targets))
    return groups


def _distinct(first: NDArray[np.int64], group: _Group) -> tuple[_Group, NDArray[np.int64]]:
    """One vertex for each distinct message of the first turn, and for every vertex the place of its own among them.

    At most six neighbours and the vertex itself: their rows of eight bits fit into one integer.
    """
    parts = [np.sort(first[group.sources], axis=1), np.sort(first[group.targets], axis=1), first[group.own][:, None]]
    columns = np.concatenate(parts, axis=1)
    _, rows, back = np.unique(columns @ (1 << 8 * np.arange(columns.shape[1])), return_index=True, return_inverse=True)
    return _Group(*(part[rows] for part in group)), back


def _next(names: NDArray[np.bytes_], group: _Group) -> NDArray[np.bytes_]:
    """Hashes (g,) after one more turn."""
    own, sources, targets = group
    return md5_hex(_joined([*_sorted(names[sources]).T, b"|", *_sorted(names[targets]).T, b"|", names[own]]))


def _sorted(names: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    return np.sort(names, axis=1) if names.shape[1] > 1 else names


def _joined(pieces: list[NDArray[np.bytes_] | bytes]) -> NDArray[np.uint8]:
    """Columns (n,) of equally long texts and constants side by side, (n, length) uint8."""
    count = next(len(piece) for piece in pieces if not isinstance(piece, bytes))
    columns = []
    for piece in pieces:
        if isinstance(piece, bytes):
            columns.append(np.broadcast_to(np.frombuffer(piece, dtype=np.uint8), (count, len(piece))))
        else:
            columns.append(np.ascontiguousarray(piece).view(np.uint8).reshape(count, -1))
    return np.concatenate(columns, axis=1)
