"""Two landscapes side by side: the cells both have, and the mean over seeds."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats, Landscape
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.reading import NAN


def pairs(measured: Sequence[Measured]) -> Iterator[tuple[Measured, Measured]]:
    """Every two landscapes, in the study's order."""
    for i, first in enumerate(measured):
        for second in measured[i + 1 :]:
            yield first, second


def common(first: Landscape, second: Landscape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions in each landscape of the cells that both have, in the order of their hashes."""
    _, one, two = np.intersect1d(first.cells, second.cells, assume_unique=True, return_indices=True)
    return one, two


def over_seeds(landscape: Landscape) -> Floats:
    """(n, B) mean fitness over the seeds that have one; NaN where none has."""
    if landscape.seeds == 1:
        return np.asarray(landscape.fitness[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(landscape.fitness, axis=0))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (Holm 1979); NaN stays NaN and is not counted as a test."""
    values = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    found = np.full(len(values), NAN)
    steps = values[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in found]
