"""Fitness-distance correlation: fitness against the distance to the best evaluated model x* (Figures 6-7).

Jones and Forrest 1995; "Fitness Landscape Footprint" (arXiv 2111.01584). Paper: all points, x* included. Robust: x* left out (its point
(0, max) biases r by about -0.18 at n = 16), p by permutation with x* drawn again, and the range over the five best as x*. Pearson's
interval is Fisher's z with the bootstrap's standard error: at n = 100 it covers 94-95 %, the plain percentile interval 93 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.bootstrap import LEAST, draw_any, generator, interval, replicates
from sensorscape.landscape.landscape import Floats, Landscape, code_distances
from sensorscape.landscape.ranks import mid_ranks, pearson, spearman
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

LEAST_MODELS = 4
BEST = 5
PERMUTATION_LIMIT = 6_000_000
T = 1.98


@dataclass(frozen=True)
class Fdc:
    """FDC at one budget in one distance.

    Attributes:
        budget, distance: epochs; ``code`` or ``edit``.
        best: position of x* (first of ties by hash); -1 when there is no model.
        positions, d, fitness: (m,) measured cells, their distances to x*, their fitness, x* included.
        intercept, slope, pearson_paper: through all points.
        slope_robust, pearson, spearman: without x*.
        p: permutation p of `pearson`, two-sided; NaN where undefined.
        five: smallest and largest Pearson with each of the five best as x*.
        reason: why the robust values are undefined.
    """

    budget: int
    distance: str
    best: int
    positions: NDArray[np.int64]
    d: Floats
    fitness: Floats
    intercept: float
    slope: float
    pearson_paper: float
    slope_robust: Reading
    pearson: Reading
    spearman: Reading
    p: float
    five: tuple[float, float]
    reason: str = ""


@dataclass(frozen=True)
class Box:
    """The fitness at one distance, x* left out: mean, spread (ddof 1), quartiles, whiskers of 1.5 quartile ranges."""

    d: float
    n: int
    mean: float
    sd: float
    whisker_low: float
    quarter: float
    median: float
    three_quarters: float
    whisker_high: float


@dataclass(frozen=True)
class Change:
    """Change of ``pearson``, ``slope`` or ``spread`` (pooled within distances) from an early to a late budget."""

    distance: str
    quantity: str
    early: float
    late: float
    change: Reading


def distances(landscape: Landscape) -> list[str]:
    """The distances that the landscape knows: ``code``, ``edit`` or both."""
    return [name for name, known in (("code", landscape.code), ("edit", landscape.edit)) if known is not None]


def rows(landscape: Landscape, distance: str, to: NDArray[np.integer]) -> Floats:
    """Distances from the cells at `to` (k,) to all cells, (k, n)."""
    if distance == "code" and landscape.code is not None:
        return code_distances(landscape.code, to).astype(np.float64)
    if distance == "edit" and landscape.edit is not None:
        return landscape.edit[np.asarray(to)].astype(np.float64)
    raise KeyError(f"{landscape.name} has no {distance} distances")


def fdc(landscape: Landscape, budget: int, distance: str, *, count: int, seed: int) -> Fdc:
    """`Fdc` at a budget. Fewer than 4 models, constant fitness, or one distance for all: undefined with that reason."""
    positions, fitness = landscape.measured(budget)
    best = int(positions[np.argmax(fitness)]) if len(positions) else -1
    reason = too_few(len(positions), LEAST_MODELS) or ("the fitness is constant: no model is the best" if np.ptp(fitness) == 0 else "")
    if reason:
        d = rows(landscape, distance, np.array([best]))[0, positions] if best >= 0 else np.empty(0)
        nothing = undefined(reason, len(positions))
        return Fdc(budget, distance, best, positions, d, fitness, NAN, NAN, NAN, nothing, nothing, nothing, NAN, (NAN, NAN), reason)
    d = rows(landscape, distance, np.array([best]))[0, positions]
    others = positions != best
    slope, intercept = line(d, fitness)
    rng = generator(seed, landscape.name, "fdc", budget, distance)
    bands = _readings(d[others], fitness[others], landscape, count, rng)
    p = _permutation_p(landscape, distance, positions, fitness, bands[1].value, count, rng)
    five = _five(landscape, distance, positions, fitness)
    why = bands[1].reason
    return Fdc(budget, distance, best, positions, d, fitness, intercept, slope, _number(pearson(d, fitness)), *bands, p, five, why)


def line(d: Floats, fitness: Floats) -> tuple[float, float]:
    """Slope and intercept of the least-squares line; NaN when all distances are equal."""
    centred = d - d.mean()
    bottom = centred @ centred
    if bottom == 0:
        return NAN, NAN
    slope = float(centred @ fitness / bottom)
    return slope, float(fitness.mean() - slope * d.mean())


def boxes(one: Fdc) -> list[Box]:
    """`Box` at every distance that occurs, ascending."""
    others = one.positions != one.best
    d, fitness = one.d[others], one.fitness[others]
    return [_box(float(at), fitness[d == at]) for at in np.unique(d)]


def change(early: Fdc, late: Fdc, landscape: Landscape, *, count: int, seed: int) -> list[Change]:
    """`Change` of each quantity, paired over the cells measured at both budgets (each budget's own x* kept and left out)."""
    both = np.intersect1d(early.positions, late.positions)
    both = both[(both != early.best) & (both != late.best)]
    reason = early.reason or late.reason or too_few(len(both), LEAST_MODELS, "cells measured at both budgets")
    if reason:
        return [Change(early.distance, name, NAN, NAN, undefined(reason, len(both))) for name in QUANTITIES]
    sides = [(one.d[np.searchsorted(one.positions, both)], one.fitness[np.searchsorted(one.positions, both)]) for one in (early, late)]
    values = [_quantities(d[None], fitness[None])[0] for d, fitness in sides]
    drawn = draw_any(len(both), replicates(count, len(both)), generator(seed, landscape.name, "fdc change", early.distance))
    samples = [_quantities(d[drawn], fitness[drawn]) for d, fitness in sides]
    low, high = interval(samples[1] - samples[0])
    found = []
    for i, name in enumerate(QUANTITIES):
        difference = float(values[1][i] - values[0][i])
        lack = "" if not np.isnan(difference) else "one distance or one fitness for all"
        ends = (NAN, NAN) if landscape.complete else (float(low[i]), float(high[i]))
        found.append(
            Change(early.distance, name, float(values[0][i]), float(values[1][i]), Reading(difference, *ends, len(both), reason=lack))
        )
    return found


QUANTITIES = ("pearson", "slope", "spread")


def _quantities(d: Floats, fitness: Floats) -> Floats:
    """(R, n) → (R, 3): Pearson, slope, pooled standard deviation within distances."""
    return np.stack([pearson(d, fitness), _slope(d, fitness), _spread(d, fitness)], axis=1)


def _slope(d: Floats, fitness: Floats) -> Floats:
    """(R, n) → (R,): least-squares slopes; NaN where all distances are equal."""
    centred = d - d.mean(axis=1, keepdims=True)
    bottom = np.einsum("ij,ij->i", centred, centred)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("ij,ij->i", centred, fitness) / np.where(bottom > 0, bottom, np.nan))


def _spread(d: Floats, fitness: Floats) -> Floats:
    """(R, n) → (R,): standard deviation of the fitness within equal distances, pooled."""
    levels = d.astype(np.int64)  # bits or edits: whole numbers
    span = int(levels.max()) + 1
    flat = (levels + span * np.arange(len(d))[:, None]).ravel()
    size = np.bincount(flat, minlength=span * len(d)).reshape(len(d), span)
    total = np.bincount(flat, fitness.ravel(), span * len(d)).reshape(len(d), span)
    square = np.bincount(flat, (fitness**2).ravel(), span * len(d)).reshape(len(d), span)
    with np.errstate(invalid="ignore", divide="ignore"):
        within = np.where(size > 0, square - total**2 / size, 0.0).sum(axis=1)
        freedom = (np.maximum(size - 1, 0)).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(within, 0) / np.where(freedom > 0, freedom, np.nan)))


def _readings(d: Floats, fitness: Floats, landscape: Landscape, count: int, rng: np.random.Generator) -> tuple[Reading, Reading, Reading]:
    n = len(d)
    values = (line(d, fitness)[0], _number(pearson(d, fitness)), _number(spearman(d, fitness)))
    if any(np.isnan(value) for value in values):
        reason = "all models are at one distance from the best" if np.ptp(d) == 0 else "the other models are all equally fit"
        return undefined(reason, n), undefined(reason, n), undefined(reason, n)
    if landscape.complete:
        slope, linear, rank = (Reading(value, n=n, reference=0.0, note="every cell is measured") for value in values)
        return slope, linear, rank
    drawn = draw_any(n, max(LEAST, replicates(count, n)), rng)
    low, high = interval(_slope(d[drawn], fitness[drawn]))
    slope = Reading(values[0], float(low), float(high), n, 0.0)
    found = []
    ranked = mid_ranks(np.stack([d, fitness], axis=1))
    for value, one, two in ((values[1], d, fitness), (values[2], ranked[:, 0], ranked[:, 1])):
        found.append(Reading(value, *fisher(value, pearson(one[drawn], two[drawn])), n, 0.0))
    return slope, found[0], found[1]


def fisher(value: float, samples: Floats) -> tuple[float, float]:
    """95 % interval of a correlation: tanh(atanh r ± 1.98 · bootstrap standard error of atanh r)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(np.clip(samples[~np.isnan(samples)], -1 + 1e-12, 1 - 1e-12))
    if len(z) < 2:
        return NAN, NAN
    centre, spread = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12)), z.std(ddof=1)
    return float(np.tanh(centre - T * spread)), float(np.tanh(centre + T * spread))


def _permutation_p(
    landscape: Landscape,
    distance: str,
    positions: NDArray[np.int64],
    fitness: Floats,
    observed: float,
    count: int,
    rng: np.random.Generator,
) -> float:
    """Two-sided p of r under permuted fitness: the best of each permutation is its x*, left out as in the observed."""
    if np.isnan(observed):
        return NAN
    n = len(positions)
    count = min(count, max(LEAST, PERMUTATION_LIMIT // n))
    null = np.empty(count)
    step = max(1, 2_000_000 // n)
    for start in range(0, count, step):
        shuffled = rng.permuted(np.broadcast_to(fitness, (min(step, count - start), n)), axis=1)
        best = shuffled.argmax(axis=1)
        d = rows(landscape, distance, positions[best])[:, positions]
        keep = np.ones(shuffled.shape, dtype=bool)
        keep[np.arange(len(best)), best] = False
        null[start : start + len(best)] = pearson(d[keep].reshape(-1, n - 1), shuffled[keep].reshape(-1, n - 1))
    present = null[~np.isnan(null)]
    return (1 + int((np.abs(present) >= abs(observed) - 1e-12).sum())) / (1 + len(present))


def _five(landscape: Landscape, distance: str, positions: NDArray[np.int64], fitness: Floats) -> tuple[float, float]:
    best = np.argsort(-fitness, kind="stable")[:BEST]
    d = rows(landscape, distance, positions[best])[:, positions]
    values = [_number(pearson(np.delete(d[i], one), np.delete(fitness, one))) for i, one in enumerate(best)]
    defined = [value for value in values if not np.isnan(value)]
    return (min(defined), max(defined)) if defined else (NAN, NAN)


def _box(d: float, values: Floats) -> Box:
    quarter, median, three = np.percentile(values, [25, 50, 75])
    reach = 1.5 * (three - quarter)
    low, high = values[values >= quarter - reach].min(), values[values <= three + reach].max()
    spread = float(values.std(ddof=1)) if len(values) > 1 else NAN
    return Box(d, len(values), float(values.mean()), spread, float(low), float(quarter), float(median), float(three), float(high))


def _number(value: Floats) -> float:
    return float(value)
