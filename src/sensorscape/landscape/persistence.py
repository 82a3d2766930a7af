"""Persistence: which share of the best (worst) N % of models after the first budget stays among them at every later one.

"Fitness Landscape Footprint" (arXiv 2111.01584). Paper: sets by type-7 quantiles. Robust: rank cuts of round(n·N/100) models (halves to
even), ties by cell hash. Both work on the N at which each model enters every set: a model is in the intersection exactly when N has
passed the largest of them, so whole curves are one cumulated histogram and a thousand bootstrap samples cost one sort. Intervals are
those of a share with the bootstrap's variance (`bootstrap.share_interval`): the plain percentile interval misses small persistence.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.bootstrap import draw_items, generator, interval, replicates, share_interval
from sensorscape.landscape.chance import Chance, copula_samples, independence
from sensorscape.landscape.landscape import Floats, Landscape
from sensorscape.landscape.ranks import mid_ranks, order_codes
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

LAST = 50
SIGNS = ("positive", "negative")
SLAB = 1_000_000
LIMIT, LEAST = 2_000_000, 60  # models drawn in all, and samples at least: only their variance is used
COPULA_MODELS = 5_000  # of a copula's sample; of more models P has a smaller spread and nothing else
Entry = Callable[[Floats, str], NDArray[np.int16]]


@dataclass(frozen=True)
class Curves:
    """Persistence curves of one sign and reading; arrays are (B - 1, LAST): the first 2, 3, … budgets × N = 1 … LAST.

    Attributes:
        value, low, high: P(N), percent; NaN where the first set is empty.
        kept, start: models in the intersection and in the first set.
        chance: expected when rankings are independent, percent.
        copula, copula_low, copula_high: under the Gaussian copula with the observed rank correlations; NaN for the paper reading.
        n: models measured at every budget.
        reason: why nothing is defined; the arrays are then NaN.
    """

    sign: str
    reading: str
    value: Floats
    low: Floats
    high: Floats
    kept: NDArray[np.int64]
    start: NDArray[np.int64]
    chance: Chance
    copula: Floats
    copula_low: Floats
    copula_high: Floats
    area_samples: Floats
    value_samples: Floats
    copula_samples: Floats
    n: int
    reason: str = ""


def quantile_entry(fitness: Floats, sign: str) -> NDArray[np.int16]:
    """Smallest N (0 … 100) at which each model is in the set by type-7 quantiles: (…, n, B) → (…, n, B).

    f ≥ Q(1 - N/100) holds exactly when (n - 1)(100 - N) ≤ 100 j, j the 0-based last position of f among the sorted fitness; in whole
    numbers, so that no rounding of the quantile decides. Mirrored for the negative sign.
    """
    n = fitness.shape[-2]
    if n == 1:
        return np.zeros(fitness.shape, dtype=np.int16)
    columns = _columns(fitness if sign == "positive" else -fitness)
    order = np.argsort(columns, axis=-1, kind="stable")
    ordered = np.take_along_axis(columns, order, axis=-1)
    ends = np.ones(columns.shape, dtype=bool)
    ends[..., :-1] = ordered[..., 1:] != ordered[..., :-1]
    last = np.minimum.accumulate(np.where(ends, np.arange(n), n)[..., ::-1], axis=-1)[..., ::-1]
    return _at_models((100 - (100 * last) // (n - 1)).astype(np.int16), order)


def rank_entry(fitness: Floats, sign: str) -> NDArray[np.int16]:
    """Smallest N (1 … 100) at which each model is among the round(n·N/100) best (worst), ties by position: (…, n, B)."""
    n = fitness.shape[-2]
    order = np.argsort(_columns(-fitness if sign == "positive" else fitness), axis=-1, kind="stable")
    return _at_models(np.searchsorted(cuts(n), np.arange(1, n + 1)).astype(np.int16), order)


def _columns(fitness: Floats) -> Floats:
    """(…, n, B) → (…, B, n): models side by side in memory, which sorts twice as fast."""
    return np.ascontiguousarray(np.swapaxes(fitness, -1, -2))


def _at_models(entries: NDArray[np.int16], order: NDArray[np.intp]) -> NDArray[np.int16]:
    """Entries of the sorted models, (…, B, n) or (n,), back at their models: (…, n, B)."""
    found = np.empty(order.shape, dtype=np.int16)
    np.put_along_axis(found, order, np.broadcast_to(entries, order.shape), axis=-1)
    return np.swapaxes(found, -1, -2)


def cuts(n: int) -> NDArray[np.int64]:
    """(101,) models in a rank cut at N = 0 … 100: round(n·N/100), halves to even."""
    return np.array([_round_half_even(n * percent, 100) for percent in range(101)])


def counts(entry: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Models in the nested intersections over the first 2 … B budgets and in the first set, at N = 1 … LAST.

    Args:
        entry: (…, n, B) smallest N at which each model is in each set.

    Returns:
        (…, B - 1, LAST) and (…, LAST).
    """
    nested = np.maximum.accumulate(entry, axis=-1)
    lead, n, budgets = nested.shape[:-2], nested.shape[-2], nested.shape[-1]
    flat = np.moveaxis(nested.reshape(-1, n, budgets), 2, 1).reshape(-1, n)
    offsets = 101 * np.arange(len(flat))[:, None]
    histogram = np.bincount((flat + offsets).ravel(), minlength=101 * len(flat)).reshape(*lead, budgets, 101)
    passed = histogram.cumsum(axis=-1)[..., 1 : LAST + 1]
    return passed[..., 1:, :], passed[..., 0, :]


def percentages(kept: NDArray[np.int64], start: NDArray[np.int64]) -> Floats:
    """P(N) in percent, (…, B - 1, LAST); NaN where the first set is empty."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(100.0 * kept / start[..., None, :])


def areas(curves: Floats, to: int) -> Floats:
    """AuC: mean of P(N)/100 over the defined N of 1 … `to`: (…, LAST) → (…); NaN when none is defined."""
    part = curves[..., :to] / 100
    present = ~np.isnan(part)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(present, part, 0).sum(axis=-1) / present.sum(axis=-1))


def persistence(landscape: Landscape, *, to: int, count: int, seed: int) -> list[Curves]:
    """`Curves` of both signs and readings of the models measured at every budget.

    One budget, or no model: undefined with its reason. Complete landscapes have no interval.
    """
    whole = np.asarray(~np.isnan(landscape.fitness).any(axis=2))
    rows = whole.any(axis=0)
    n = int(rows.sum())
    reason = too_few(n, 1, "models measured at every budget")
    if len(landscape.budgets) < 2:
        reason = "persistence needs at least two budgets"
    if reason:
        return [_nothing(sign, reading, len(landscape.budgets), n, reason) for sign in SIGNS for reading in ("paper", "robust")]
    fitness = landscape.fitness[:, rows]
    samples = _samples(order_codes(fitness), landscape, count, seed)
    drawn = min(n, COPULA_MODELS)
    copula = copula_samples(_spearman(fitness), drawn, count, generator(seed, landscape.name, "copula"))
    found = []
    for sign in SIGNS:
        null = _narrowed(_in_slabs(copula, rank_entry, sign), (drawn / n) ** 0.5)
        for reading, entry in (("paper", quantile_entry), ("robust", rank_entry)):
            found.append(_curves(fitness, whole[:, rows], sign, reading, entry, samples, null, to))
    return found


def at(curves: Curves, percent: int, budgets: int | None = None) -> Reading:
    """P(`percent`) over the first `budgets` budgets (default all) as a reading, with a note when few models are behind it."""
    if curves.reason:
        return undefined(curves.reason, curves.n)
    row, column = (len(curves.value) - 1 if budgets is None else budgets - 2), percent - 1
    if not curves.start[column]:
        return undefined(f"round({curves.n}·{percent}/100) = 0 models: the first set is empty", curves.n)
    reference = curves.copula[row, column] if curves.reading == "robust" else curves.chance.mean[row, column]
    kept, start = int(curves.kept[row, column]), int(curves.start[column])
    note = f"{kept} of {start} models" + (f"; one model is {100 / start:.3g} %" if start < 50 else "")
    return Reading(
        float(curves.value[row, column]),
        float(curves.low[row, column]),
        float(curves.high[row, column]),
        curves.n,
        float(reference),
        note=note,
    )


def area(curves: Curves, to: int, budgets: int | None = None) -> Reading:
    """AuC over N = 1 … `to` as a reading; the note lists the N with an empty first set."""
    if curves.reason:
        return undefined(curves.reason, curves.n)
    row = len(curves.value) - 1 if budgets is None else budgets - 2
    value = float(areas(curves.value[row], to))
    if np.isnan(value):
        return undefined(f"the first set is empty at every N up to {to}", curves.n)
    low, high = np.array(NAN), np.array(NAN)
    if len(curves.area_samples):
        low, high = share_interval(np.array(value), curves.area_samples[:, row], curves.start[to - 1])
    reference = curves.copula[row] if curves.reading == "robust" else curves.chance.mean[row]
    empty = empty_at(curves, to)
    note = f"averaged over {to - len(empty)} of {to} N; the first set is empty at N = {', '.join(map(str, empty))}" if empty else ""
    return Reading(value, float(low), float(high), curves.n, float(areas(reference, to)), note=note)


def empty_at(curves: Curves, to: int) -> list[int]:
    """The N of 1 … `to` at which the first set is empty."""
    return [int(percent) for percent in np.flatnonzero(curves.start[:to] == 0) + 1]


def _samples(fitness: Floats, landscape: Landscape, count: int, seed: int) -> list[Floats]:
    n = fitness.shape[1]
    if landscape.complete or n < 3:
        return []
    rng = generator(seed, landscape.name, "persistence")
    wanted, step = replicates(count, n, limit=LIMIT, least=LEAST), max(1, SLAB // (n * fitness.shape[2]))
    return [draw_items(fitness, min(step, wanted - start), rng) for start in range(0, wanted, step)]


def _in_slabs(samples: list[Floats], entry: Entry, sign: str) -> Floats:
    if not samples:
        return np.empty((0, 0, LAST))
    return np.concatenate([percentages(*counts(entry(slab, sign))) for slab in samples])


def _narrowed(samples: Floats, factor: float) -> Floats:
    """Samples drawn in by `factor` to their mean: those of fewer models than there are stand for as many."""
    if factor == 1:
        return samples
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        centre = np.nanmean(samples, axis=0)
    return np.asarray(centre + factor * (samples - centre))


def _curves(
    fitness: Floats, whole: NDArray[np.bool_], sign: str, reading: str, entry: Entry, samples: list[Floats], null: Floats, to: int
) -> Curves:
    seeds = range(1) if reading == "paper" else range(len(fitness))
    runs = [fitness[s][whole[s]] for s in seeds if whole[s].any()] or [fitness[s][whole[s]] for s in range(len(fitness)) if whole[s].any()]
    pieces = [counts(entry(run, sign)) for run in runs]
    value = np.mean([percentages(*piece) for piece in pieces], axis=0)
    kept, start = pieces[0]
    boots = _in_slabs(samples, entry, sign)
    blank = np.full(value.shape, np.nan)
    low, high = share_interval(value / 100, boots / 100, start) if len(boots) else (blank, blank)
    sizes = _set_sizes(entry(runs[0], sign))
    robust = reading == "robust" and len(null) > 0
    copula_low, copula_high = interval(null) if robust else (blank, blank)
    with warnings.catch_warnings():  # an empty first set has no samples
        warnings.simplefilter("ignore", RuntimeWarning)
        copula = np.nanmean(null, axis=0) if robust else blank
    return Curves(
        sign,
        reading,
        value,
        100 * low,
        100 * high,
        kept,
        start,
        independence(fitness.shape[1], sizes),
        copula,
        copula_low,
        copula_high,
        areas(boots, to) if len(boots) else np.empty((0, len(value))),
        boots,
        null,
        int(whole.any(axis=0).sum()),
    )


def _set_sizes(entry: NDArray[np.int16]) -> NDArray[np.int64]:
    """(B, LAST) models in each budget's own set at N = 1 … LAST."""
    return np.stack([np.bincount(column, minlength=101).cumsum()[1 : LAST + 1] for column in entry.T])


def _spearman(fitness: Floats) -> Floats:
    """(B, B) rank correlations of the budgets, averaged over the seeds; a constant budget correlates 0 with others."""
    found = []
    for run in fitness:
        ranks = mid_ranks(run[~np.isnan(run).any(axis=1)])
        if len(ranks) < 3:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(np.nan_to_num(np.corrcoef(ranks, rowvar=False)))
    matrix = np.mean(found, axis=0) if found else np.eye(fitness.shape[2])
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def _round_half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    if 2 * rest != denominator:
        return whole + (2 * rest > denominator)
    return whole + whole % 2


def _nothing(sign: str, reading: str, budgets: int, n: int, reason: str) -> Curves:
    blank = np.full((max(budgets - 1, 1), LAST), np.nan)
    zero, none = np.zeros(LAST, dtype=np.int64), np.empty((0, max(budgets - 1, 1)))
    chance = Chance(blank, blank, blank)
    kept = np.zeros(blank.shape, dtype=np.int64)
    empty = np.empty((0, *blank.shape))
    return Curves(sign, reading, blank, blank, blank, kept, zero, chance, blank, blank, blank, none, empty, empty, n, reason)
