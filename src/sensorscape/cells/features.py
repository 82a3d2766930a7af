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

    Depth and width depend on the skeleton alone and are worked out once for each.
    """
    cells = space()
    _, first, which = np.unique(cells.vertices << 32 | cells.masks, return_index=True, return_inverse=True)
    matrices = [graph.matrix_of(int(cells.vertices[row]), int(cells.masks[row])) for row in first]
    found = {
        "depth": np.array([graph.depth_of(matrix) for matrix in matrices], dtype=np.float64)[which],
        "width": np.array([graph.width_of(matrix) for matrix in matrices], dtype=np.float64)[which],
        "parameters": np.log10(parameters_of_space(cells, CHANNELS, CLASSES)),
    }
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}
