"""Walks measured twice (on two sensors, or after two budgets): difference of their autocorrelations, and whether they look alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensorscape.landscape.autoregression import series
from sensorscape.landscape.bootstrap import generator
from sensorscape.landscape.landscape import Floats
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined
from sensorscape.landscape.ruggedness import LEAST_POINTS, pooled, scattered

DRAWS = 1000
LEAST_EFFECTIVE = 4.0
Z = 1.959963984540054
LIMIT = 0.98


@dataclass(frozen=True)
class Difference:
    """ρ̂(first) - ρ̂(second) on the points that both measured; `error` is its standard error, `p` two-sided."""

    first: float
    second: float
    reading: Reading
    error: float = NAN
    p: float = NAN


@dataclass(frozen=True)
class Likeness:
    """Correlation of two curves along the same walk, raw and without each walk's linear trend."""

    raw: float
    detrended: Reading
    p: float
    effective: float


def difference(first: Sequence[Floats], second: Sequence[Floats], *, seed: int = 0) -> Difference:
    """Difference of the pooled autocorrelations of the same walks measured twice.

    The two estimates are not independent: pairs of AR(1) series with the estimated parameters and correlation of their steps are
    simulated (on the measured points); their spread is the standard error, their mean less the truth the bias, which the interval is
    freed of.

    Args:
        first, second: (L,) fitness of each walk, NaN where missing.
        seed: of the simulation.
    """
    one, two = _both(first, second)
    n = int(sum((~np.isnan(walk)).sum() for walk in one))
    rhos = pooled(one), pooled(two)
    reason = too_few(n, LEAST_POINTS, "walk points measured by both") or scattered(one)
    if reason:
        return Difference(NAN, NAN, undefined(reason, n))
    if np.isnan(rhos).any():
        return Difference(*rhos, undefined("the fitness along the walk is constant", n))
    truth = [float(np.clip(rho + (1 + 4 * rho) / n, -LIMIT, LIMIT)) for rho in rhos]
    simulated = _simulated(truth, _steps(one, two, truth), [~np.isnan(walk) for walk in one], seed)
    error = float(simulated.std(ddof=1))
    bias = float(simulated.mean()) - (truth[0] - truth[1])
    value = rhos[0] - rhos[1]
    p = float(2 * special.ndtr(-abs(value - bias) / error)) if error > 0 else NAN
    low, high = value - bias - Z * error, value - bias + Z * error
    return Difference(*rhos, Reading(value, max(low, -2.0), min(high, 2.0), n, 0.0), error, p)


def likeness(first: Sequence[Floats], second: Sequence[Floats]) -> Likeness:
    """Do two curves of the same walks look alike?

    Pearson of the raw curves, and of the curves less each walk's linear trend; the latter's interval is Fisher's with the effective
    number of points n (1 - ρ₁ρ₂)/(1 + ρ₁ρ₂) of two autocorrelated series (Bartlett 1935).
    """
    one, two = _both(first, second)
    present = [~np.isnan(walk) for walk in one]
    n = int(sum(mask.sum() for mask in present))
    if reason := too_few(n, LEAST_POINTS, "walk points measured by both"):
        return Likeness(NAN, undefined(reason, n), NAN, NAN)
    raw = _correlation(_joined(one, present), _joined(two, present))
    flat = [_detrended(walk) for walk in one], [_detrended(walk) for walk in two]
    value = _correlation(_joined(flat[0], present), _joined(flat[1], present))
    if np.isnan(value):
        return Likeness(raw, undefined("a curve is a straight line or constant", n), NAN, NAN)
    product = float(np.nan_to_num(pooled(flat[0])) * np.nan_to_num(pooled(flat[1])))
    effective = n * (1 - product) / (1 + product) if product > 0 else float(n)
    if effective <= LEAST_EFFECTIVE:
        return Likeness(raw, Reading(value, n=n, note=f"{effective:.2g} independent points: no interval"), NAN, effective)
    z, error = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12)), 1 / np.sqrt(effective - 3)
    low, high = np.tanh(z - Z * error), np.tanh(z + Z * error)
    return Likeness(raw, Reading(value, float(low), float(high), n, 0.0), float(2 * special.ndtr(-abs(z) / error)), effective)


def _both(first: Sequence[Floats], second: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    masks = [np.isnan(a) | np.isnan(b) for a, b in zip(first, second, strict=True)]
    blank = [[np.where(mask, NAN, walk) for mask, walk in zip(masks, side, strict=True)] for side in (first, second)]
    return blank[0], blank[1]


def _joined(walks: Sequence[Floats], present: Sequence[NDArray[np.bool_]]) -> Floats:
    return np.concatenate([walk[mask] for walk, mask in zip(walks, present, strict=True)])


def _steps(one: Sequence[Floats], two: Sequence[Floats], rhos: Sequence[float]) -> float:
    """Correlation of the innovations x_t - ρ x_{t-1} of the two series."""
    parts = []
    for side, rho in ((one, rhos[0]), (two, rhos[1])):
        centred = [walk - np.nanmean(walk) for walk in side if not np.isnan(walk).all()]
        parts.append(np.concatenate([walk[1:] - rho * walk[:-1] for walk in centred]))
    a, b = parts
    there = ~np.isnan(a) & ~np.isnan(b)
    found = _correlation(a[there], b[there]) if there.sum() >= LEAST_POINTS else 0.0
    return float(np.clip(np.nan_to_num(found), -0.999, 0.999))


def _simulated(rhos: Sequence[float], correlation: float, masks: Sequence[NDArray[np.bool_]], seed: int) -> Floats:
    rng = generator(seed, "alongside", sum(len(mask) for mask in masks))
    tops, bottoms = np.zeros((2, DRAWS)), np.zeros((2, DRAWS))
    for mask in masks:
        normal = rng.standard_normal((2, len(mask), DRAWS))
        normal[1] = correlation * normal[0] + np.sqrt(1 - correlation**2) * normal[1]
        for side in range(2):
            walk = series(rhos[side], normal[side])
            if np.count_nonzero(mask) >= LEAST_POINTS:
                centred = np.where(mask[:, None], walk - walk[mask].mean(axis=0), 0.0)
                tops[side] += np.einsum("ij,ij->j", centred[:-1], centred[1:])
                bottoms[side] += np.einsum("ij,ij->j", centred, centred)
    return np.asarray(tops[0] / bottoms[0] - tops[1] / bottoms[1])


def _detrended(walk: Floats) -> Floats:
    there = ~np.isnan(walk)
    if there.sum() < LEAST_POINTS:
        return np.where(there, 0.0, NAN)
    steps = np.arange(len(walk), dtype=np.float64)
    slope, level = np.polyfit(steps[there], walk[there], 1)
    return np.asarray(walk - (slope * steps + level))


def _correlation(one: Floats, two: Floats) -> float:
    a, b = one - one.mean(), two - two.mean()
    bottom = float(np.sqrt((a @ a) * (b @ b)))
    scale = max(float(np.abs(one).max()) * float(np.abs(two).max()), 1e-300) * len(one)
    return float(np.clip(a @ b / bottom, -1, 1)) if bottom > 1e-13 * scale else NAN
