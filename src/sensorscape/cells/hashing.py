"""NASBench-101's hash of many cells at once; `sensorscape.cells.graph.graph_hash` is the same for one."""

from collections.abc import Sequence

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
    names = _start(outward.reshape(-1), inward.reshape(-1), labels.reshape(-1))
    groups = _groups(matrices, inward.reshape(-1), outward.reshape(-1))
    for _ in range(vertices):
        after = np.empty_like(names)
        for own, sources, targets in groups:
            after[own] = md5_hex(_joined([*_sorted(names[sources]).T, b"|", *_sorted(names[targets]).T, b"|", names[own]]))
        names = after
    ordered = np.sort(names.reshape(-1, vertices), axis=1)
    pieces: list[NDArray[np.bytes_] | bytes] = [b"['"]
    for column in ordered.T:
        pieces += [column, b"', '"]
    return md5_hex(_joined([*pieces[:-1], b"']"]))


def _start(outward: NDArray[np.int64], inward: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """First hashes of all vertices (n·V,), from a table: few are distinct."""
    degrees, kinds = range(graph.MAX_VERTICES), range(graph.OUTPUT, len(graph.OPERATIONS))
    table = np.array([graph.md5(str((out, into, label))) for out in degrees for into in degrees for label in kinds], dtype="S32")
    first: NDArray[np.bytes_] = table[(outward * len(degrees) + inward) * len(kinds) + labels - graph.OUTPUT]
    return first


def _groups(
    matrices: NDArray[np.bool_], inward: NDArray[np.int64], outward: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Vertices with equal degrees: their flat numbers (g,), their in-neighbours' (g, in) and out-neighbours' (g, out)."""
    vertices = matrices.shape[1]
    ins, outs = matrices.transpose(0, 2, 1).reshape(-1, vertices), matrices.reshape(-1, vertices)
    groups = []
    for degrees in np.unique(inward * vertices + outward):
        own = np.flatnonzero(inward * vertices + outward == degrees)
        first = own[:, None] // vertices * vertices
        sources = np.nonzero(ins[own])[1].reshape(len(own), -1) + first
        targets = np.nonzero(outs[own])[1].reshape(len(own), -1) + first
        groups.append((own, sources, targets))
    return groups


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
