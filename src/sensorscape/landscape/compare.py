"""Sensors compared: differences of every metric with intervals, Holm-adjusted, and the difference that a study of this size could find.

Paired: both sensors are measured on the cells that both trained, and a bootstrap sample draws the same cells for both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensorscape.forking import side_by_side
from sensorscape.landscape import alongside, fdc
from sensorscape.landscape.bootstrap import draw_cells, generator, replicates
from sensorscape.landscape.landscape import Floats
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import common, holm, pairs
from sensorscape.landscape.persistence import SIGNS, areas, counts, cuts, percentages, rank_entry
from sensorscape.landscape.ranks import order_codes, pearson
from sensorscape.landscape.reading import NAN, too_few
from sensorscape.landscape.shares import difference as shares_difference

Rows = list[dict[str, Any]]
LEAST = 4
LEVEL = 0.05
POWER = 0.8
ALONG = ("autocorrelation",)
EXACT = "every cell is measured: the difference is exact, without an interval"
NO_BOOTSTRAP = "drawn with replacement a model would be its own nearest model: no interval for a difference of sample optima"


@dataclass(frozen=True)
class Compared:
    """A difference of two sensors in one metric, `error` its standard error; NaN where undefined, with the reason."""

    metric: str
    first: float = NAN
    second: float = NAN
    low: float = NAN
    high: float = NAN
    effect: float = NAN
    p: float = NAN
    error: float = NAN
    n: int = 0
    reason: str = ""


def tables(measured: Sequence[Measured], *, processes: int = 1) -> dict[str, Rows]:
    """Tables `differences`, `ruggedness_trend` and `walk_correlation`; the pairs of sensors on several cores."""
    return {"differences": _differences(measured, processes), "ruggedness_trend": _trend(measured), "walk_correlation": _likeness(measured)}


def compared(first: Measured, second: Measured) -> list[Compared]:
    """Every metric of two sensors on the cells that both trained, without adjusting for their number."""
    settings = first.settings
    found = []
    for suffix, budget in (("", settings.budget), ("_late", settings.late_budget)):
        found += [
            _at_budget(first, second, name, suffix, budget)
            for name in (("mean", "sd", "fdc") if suffix else ("mean", "sd", "fdc", "fdc_slope"))
        ]
    both = [_across(first, second, sign) for sign in SIGNS]
    found += [one for metric in zip(*both, strict=True) for one in metric]
    found += [_optima(first, second), _autocorrelation(first, second)]
    return found


def _differences(measured: Sequence[Measured], processes: int) -> Rows:
    both = list(pairs(measured))
    results = side_by_side(lambda pair: compared(*pair), both, processes=processes)
    found = [(first.landscape.name, second.landscape.name, one) for (first, second), all in zip(both, results, strict=True) for one in all]
    adjusted = holm([one.p for *_, one in found])
    reach = detectable(sum(not np.isnan(one.p) for *_, one in found))
    rows = []
    for (first, second, one), p in zip(found, adjusted, strict=True):
        verdict = "" if np.isnan(p) else "more than noise" if p < LEVEL else "within noise"
        row = {"first": first, "second": second, "metric": one.metric, "value_first": one.first, "value_second": one.second}
        row |= {"difference": one.first - one.second, "low": one.low, "high": one.high, "effect": one.effect, "p": one.p, "p_holm": p}
        rows.append(row | {"smallest_detectable": reach * one.error, "verdict": verdict, "n": one.n, "reason": one.reason})
    return rows


def detectable(tests: int) -> float:
    """Standard errors that a difference must measure to be called more than noise in four studies of five, whatever the other tests say.

    Two-sided at the level that Holm asks of the smallest p of so many `tests`.
    """
    return float(special.ndtri(1 - LEVEL / (2 * max(tests, 1))) + special.ndtri(POWER))


def _both(first: Measured, second: Measured, early: slice, late: slice) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Fitness (S, n, columns of the first, then of the second) of the cells that both trained, and their positions in each landscape.

    Of the seeds that both have, on cells that have them all; the first seed alone where these are fewer than half of its cells.
    """
    left, right = common(first.landscape, second.landscape)
    seeds = min(first.landscape.seeds, second.landscape.seeds)
    sides = [one.landscape.fitness[:seeds, at, columns] for one, at, columns in ((first, left, early), (second, right, late))]
    values = np.concatenate(sides, axis=2)
    there = np.asarray(~np.isnan(values).any(axis=2))
    kept = there.all(axis=0)
    if 2 * kept.sum() < there[0].sum():
        values, kept = values[:1], there[0]
    return values[:, kept], left[kept], right[kept]


def _at_budget(first: Measured, second: Measured, name: str, suffix: str, budget: int) -> Compared:
    """Metrics of one budget: mean, sd, fdc."""
    metric = name + suffix
    for one in (first, second):
        if budget not in one.landscape.budgets:
            return Compared(metric, reason=one.no_budget(budget).reason)
    places = (one.landscape.at(budget) for one in (first, second))
    values, left, right = _both(first, second, *(slice(place, place + 1) for place in places))
    n = values.shape[1]
    if reason := too_few(n, LEAST, "cells that both trained"):
        return Compared(metric, n=n, reason=reason)
    if not name.startswith("fdc"):
        statistic = (lambda x: x.mean(axis=-2)) if name == "mean" else (lambda x: x.std(axis=-2))
        return _bootstrapped(metric, first, second, values, statistic, paired=name == "mean")
    if first.landscape.code is None or second.landscape.code is None:
        return Compared(metric, n=n, reason="the cells' codes are not known")
    d, keep, run = [], np.ones(n, dtype=bool), values[0]  # of the first seed, as the metric beside it
    for side, one, at in ((0, first, left), (1, second, right)):
        best = int(run[:, side].argmax())
        d.append(fdc.rows(one.landscape, "code", at[[best]])[0, at])
        keep[best] = False
    joined = np.concatenate([run, np.stack(d, axis=-1)], axis=1)[keep]
    return _bootstrapped(metric, first, second, joined[None], _slope if name == "fdc_slope" else _pearson)


def _pearson(x: Floats) -> Floats:
    return np.stack([pearson(x[..., side], x[..., side + 2]) for side in range(2)], axis=-1)


def _slope(x: Floats) -> Floats:
    y, d = x[..., :2], x[..., 2:]
    centred = d - d.mean(axis=-2, keepdims=True)
    bottom = (centred**2).sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(bottom > 0, (centred * y).sum(axis=-2) / bottom, NAN))


def _across(first: Measured, second: Measured, sign: str) -> list[Compared]:
    """Metrics over all budgets: persistence and its area, robust reading, of the same bootstrap samples."""
    metrics = [f"persistence_{sign}", f"auc_{sign}"]
    if first.landscape.budgets != second.landscape.budgets or len(first.landscape.budgets) < 2:
        reason = "persistence needs the same budgets on both sensors, at least two"
        return [Compared(metric, reason=reason) for metric in metrics]
    fitness, _, _ = _both(first, second, slice(None), slice(None))
    n, values = fitness.shape[1], order_codes(fitness)
    if reason := too_few(n, LEAST, "cells that both trained to every budget"):
        return [Compared(metric, n=n, reason=reason) for metric in metrics]
    to, number = first.settings.persistence_to, len(first.landscape.budgets)

    def statistic(x: Floats) -> Floats:
        curves = [percentages(*counts(rank_entry(part, sign)))[..., -1, :] for part in (x[..., :number], x[..., number:])]
        return np.stack([np.stack([curve[..., to - 1], 100 * areas(curve, to)], axis=-1) for curve in curves], axis=-1)

    whole, samples = statistic(values).mean(axis=0), _samples(f"persistence_{sign}", first, second, values, statistic)
    found = []
    for place, (metric, unit) in enumerate(zip(metrics, (1.0, 100.0), strict=True)):
        shares = whole[place] / 100, samples[:, place] / 100
        ends = shares_difference(*shares, int(cuts(n)[to])) if len(samples) > 1 else (NAN, NAN, NAN)
        ends = 100 / unit * ends[0], 100 / unit * ends[1], ends[2]
        found.append(_judged(metric, first, second, n, whole[place] / unit, samples[:, place] / unit, ends))
    return found


def _bootstrapped(
    metric: str, first: Measured, second: Measured, values: Floats, statistic: Callable[[Floats], Floats], *, paired: bool = False
) -> Compared:
    """A metric of (S, n, k) values by Student's t with the bootstrap's standard error; for a mean the paired t-test."""
    n, samples = values.shape[1], _samples(metric, first, second, values, statistic)
    whole = statistic(values).mean(axis=0)
    gap, error = float(whole[0] - whole[1]), _spread(samples[:, 0] - samples[:, 1])
    if not paired:
        return _judged(metric, first, second, n, whole, samples, _student(gap, error, n))
    spread = float((values[..., 0] - values[..., 1]).mean(axis=0).std(ddof=1))
    judged = _judged(metric, first, second, n, whole, samples, _student(gap, spread / n**0.5, n))
    return judged if judged.reason or not spread > 0 else replace(judged, effect=gap / spread)


def _student(gap: float, error: float, n: int) -> tuple[float, float, float]:
    """95 % interval of a difference and the two-sided p of none, with n - 1 degrees of freedom."""
    if not error > 0:
        return (0.0, 0.0, 1.0) if gap == 0 else (NAN, NAN, NAN)
    reach = error * float(special.stdtrit(n - 1, 0.975))
    return gap - reach, gap + reach, float(2 * special.stdtr(n - 1, -abs(gap) / error))


def _spread(samples: Floats) -> float:
    present = samples[~np.isnan(samples)]
    return float(present.std(ddof=1)) if len(present) > 1 else NAN


def _samples(label: str, first: Measured, second: Measured, values: Floats, statistic: Callable[[Floats], Floats]) -> Floats:
    """The statistic, averaged over the seeds, of bootstrap samples of the cells; one of the whole where both landscapes are complete."""
    if first.landscape.complete and second.landscape.complete:
        return np.asarray(statistic(values).mean(axis=0)[None])
    n = values.shape[1]
    labels = (first.landscape.name, second.landscape.name, "compare", label)
    rng, wanted = generator(first.settings.seed, *labels), replicates(first.settings.bootstrap, n)
    step = max(1, 1_000_000 // values.size)
    drawn = (draw_cells(n, min(step, wanted - start), rng) for start in range(0, wanted, step))
    return np.concatenate([statistic(values[:, cells]).mean(axis=0) for cells in drawn])


def _judged(
    metric: str, first: Measured, second: Measured, n: int, whole: Floats, samples: Floats, ends: tuple[float, float, float]
) -> Compared:
    """`ends`: of the interval, and p."""
    one, two = (float(value) for value in whole)
    if np.isnan(one) or np.isnan(two):
        return Compared(metric, one, two, n=n, reason="undefined on the cells that both trained")
    if first.landscape.complete and second.landscape.complete:
        return Compared(metric, one, two, n=n, reason=EXACT)
    error = _spread(samples[:, 0] - samples[:, 1])
    low, high, p = ends
    return Compared(metric, one, two, low, high, (one - two) / error if error > 0 else NAN, p, error, n)


def _optima(first: Measured, second: Measured) -> Compared:
    one, two = first.metric("local_optima", "robust"), second.metric("local_optima", "robust")
    reason = one.reason or two.reason or NO_BOOTSTRAP
    return Compared("local_optima", one.value, two.value, n=min(one.n, two.n), reason=reason)


def _autocorrelation(first: Measured, second: Measured) -> Compared:
    budget = first.settings.budget
    exact = [one.autocorrelation(budget, "robust") for one in (first, second)]
    if all(one.estimate == "exact" and one.rho.defined for one in exact):
        one, two = (one.rho for one in exact)
        return Compared("autocorrelation", one.value, two.value, n=min(one.n, two.n), reason=EXACT)
    reason = _same_walks(first, second, budget)
    if reason:
        return Compared("autocorrelation", reason=reason)
    found = alongside.difference(*(_curves(one, budget) for one in (first, second)), seed=first.settings.seed)
    effect = found.reading.value / found.error if found.error > 0 else NAN
    reading = found.reading
    return Compared(
        "autocorrelation",
        found.first,
        found.second,
        reading.low,
        reading.high,
        effect,
        found.p,
        found.error,
        reading.n,
        reading.reason,
    )


def _same_walks(first: Measured, second: Measured, budget: int) -> str:
    for one in (first, second):
        if budget not in one.landscape.budgets:
            return one.no_budget(budget).reason
    walks, others = first.landscape.walks, second.landscape.walks
    if not walks or not others:
        return "the study has no walk"
    same = len(walks) == len(others) and all(np.array_equal(a.cells, b.cells) for a, b in zip(walks, others, strict=True))
    return "" if same else "the sensors were walked on different cells"


def _curves(one: Measured, budget: int) -> list[Floats]:
    return [walk.fitness[:, one.landscape.at(budget)] for walk in one.landscape.walks]


def _trend(measured: Sequence[Measured]) -> Rows:
    rows: Rows = []
    for one in measured:
        walked = [budget for budget in one.landscape.budgets if any((~np.isnan(curve)).any() for curve in _curves(one, budget))]
        steps = list(pairwise(walked)) + ([(walked[0], walked[-1])] if len(walked) > 2 else [])
        for early, late in steps:
            found = alongside.difference(_curves(one, late), _curves(one, early), seed=one.settings.seed)
            change = found.reading
            row: dict[str, Any] = {"sensor": one.landscape.name, "from_budget": early, "to_budget": late, "change": change.value}
            row["low"] = change.low
            rows.append(row | {"high": change.high, "p": found.p, "n": change.n, "reason": change.reason})
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["verdict"] = "" if np.isnan(p) else "not told apart" if p >= LEVEL else "less rugged" if row["change"] > 0 else "more rugged"
    return rows


def _likeness(measured: Sequence[Measured]) -> Rows:
    rows: Rows = []
    for first, second in pairs(measured):
        for budget in first.landscape.budgets:
            row: dict[str, Any] = {"first": first.landscape.name, "second": second.landscape.name, "budget": budget}
            reason = _same_walks(first, second, budget)
            if reason:
                rows.append(row | {"n": 0, "reason": reason})
                continue
            curves = [_curves(one, budget) for one in (first, second)]
            if any(all(np.isnan(curve).all() for curve in side) for side in curves):
                continue
            found = alongside.likeness(*curves)
            reading = found.detrended
            row |= {"raw": found.raw, "detrended": reading.value, "low": reading.low, "high": reading.high, "p": found.p}
            rows.append(row | {"n": reading.n, "effective_n": found.effective, "reason": reading.reason})
    return rows
