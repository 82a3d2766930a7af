"""Numbers of a cell that may explain its fitness, for the whole space at once: depth, width, parameters."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph
from sensorscape.cells.parameters import parameters_of_space
from sensorscape.cells.space import space

CHANNELS, CLASSES = 3, 10  # of the images that NASBench-101's networks are trained on


@lru_cache(maxsize=1)
def features_of_space() -> dict[str, NDArray[np.float64]]:
    """``depth``, ``width`` and ``parameters`` (decimal logarithm, in NASBench-101's network for CIFAR-10) of every cell of the space, (n,).

    Depth and width depend on the skeleton alone and are worked out once for each, all of one size together.
    """
    cells = space()
    _, first, which = np.unique(cells.vertices << 32 | cells.masks, return_index=True, return_inverse=True)
    depth, width = np.empty(len(first)), np.empty(len(first))
    sizes = cells.vertices[first]
    for vertices in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == vertices)
        matrices = np.stack([graph.matrix_of(vertices, int(cells.masks[first[row]])) for row in rows])
        depth[rows], width[rows] = _depths(matrices), _widths(matrices)
    parameters = np.log10(parameters_of_space(cells, CHANNELS, CLASSES))
    return {"depth": depth[which], "width": width[which], "parameters": np.asarray(parameters, dtype=np.float64)}


def _depths(matrices: NDArray[np.uint8]) -> NDArray[np.int64]:
    """`graph.depth_of` of (m, V, V) adjacencies."""
    longest = np.zeros(matrices.shape[:2], dtype=np.int64)
    for y in range(1, matrices.shape[1]):
        longest[:, y] = np.where(matrices[:, :y, y] > 0, longest[:, :y] + 1, 0).max(axis=1)
    return longest[:, -1]


def _widths(matrices: NDArray[np.uint8]) -> NDArray[np.int64]:
    """`graph.width_of` of (m, V, V) adjacencies."""
    inner = matrices.shape[1] - 2
    widest = np.zeros(len(matrices), dtype=np.int64)
    for bits in range(2**inner):
        source = np.array([True, *(bool(bits >> vertex & 1) for vertex in range(inner)), False])
        back = matrices[:, ~source][:, :, source].any(axis=(1, 2))
        cut = matrices[:, source][:, :, ~source].sum(axis=(1, 2), dtype=np.int64)
        widest = np.maximum(widest, np.where(back, 0, cut))
    return widest
