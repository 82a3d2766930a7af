"""Resampling: draws of cells (and of one seed per drawn cell), percentile intervals, reproducible generators.

Every measure draws from a generator of its own name, so that adding a measure or a sensor changes no other number.
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats

LIMIT = 6_000_000
LEAST = 200
SLAB = 1_000_000


def generator(seed: int, *labels: object) -> np.random.Generator:
    """A generator that depends on the study's seed and on what it is used for, and on nothing else."""
    digest = hashlib.sha256("/".join(map(str, labels)).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()])


def replicates(wanted: int, n: int) -> int:
    """How many of the wanted replicates a sample of n affords: all up to n = 6,000 for 1,000, at least 200."""
    return min(wanted, max(LEAST, LIMIT // max(n, 1)))


def draw_cells(n: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(count, n) positions of cells drawn with replacement, each row ascending (the order in which ties are broken)."""
    return np.sort(rng.integers(0, n, (count, n)), axis=1)


def draw_items(fitness: Floats, count: int, rng: np.random.Generator, cells: NDArray[np.int64] | None = None) -> Floats:
    """Bootstrap samples of a (S, n, B) fitness, (count, n, B): cells drawn with replacement, for each draw one of its seeds.

    A seed is drawn among those of the cell that are complete at all budgets; a cell without one gives NaN.
    """
    drawn = draw_cells(fitness.shape[1], count, rng) if cells is None else cells
    if fitness.shape[0] == 1:
        return np.asarray(fitness[0][drawn])
    whole = ~np.isnan(fitness).any(axis=2)
    order = np.argsort(~whole, axis=0, kind="stable")
    choices = np.maximum(whole.sum(axis=0), 1)[drawn]
    pick = (rng.random(drawn.shape) * choices).astype(np.int64)
    return np.asarray(fitness[order[pick, drawn], drawn])


def in_slabs(measure: Callable[[Floats], Floats], fitness: Floats, count: int, rng: np.random.Generator) -> Floats:
    """`measure` of `count` bootstrap samples, in slabs of bounded memory: (count, …)."""
    step = max(1, SLAB // max(1, fitness.shape[1] * fitness.shape[2]))
    return np.concatenate([measure(draw_items(fitness, min(step, count - start), rng)) for start in range(0, count, step)])


def interval(samples: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Percentile interval along the first axis; NaN where more than half of the samples are undefined."""
    tail = 50 * (1 - level)
    missing = np.isnan(samples)
    with np.errstate(all="ignore"):
        low, high = (
            (np.percentile(samples, [tail, 100 - tail], axis=0)) if not missing.any() else _nan_percentiles(samples, [tail, 100 - tail])
        )
    bad = missing.mean(axis=0) > 0.5
    return np.where(bad, math.nan, low), np.where(bad, math.nan, high)


def _nan_percentiles(samples: Floats, at: list[float]) -> Floats:
    flat = samples.reshape(len(samples), -1)
    found = np.full((len(at), flat.shape[1]), math.nan)
    for column in range(flat.shape[1]):
        present = flat[~np.isnan(flat[:, column]), column]
        if len(present):
            found[:, column] = np.percentile(present, at)
    return found.reshape(len(at), *samples.shape[1:])


def two_sided(samples: Floats, null: float = 0.0) -> float:
    """Two-sided bootstrap p of "the value is `null`": twice the smaller share beyond it, never 0; NaN without samples."""
    present = samples[~np.isnan(samples)]
    if not len(present):
        return math.nan
    below, above = int((present <= null).sum()), int((present >= null).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(present) + 1))


def exceedance(observed: float, null: Floats) -> float:
    """Share of null values at least as large as the observed one, the observed counted among them."""
    present = null[~np.isnan(null)]
    return (1 + int((present >= observed * (1 - 1e-12)).sum())) / (1 + len(present))
