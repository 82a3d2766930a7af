"""Mean and standard deviation of the fitness, at each budget, and the change from one budget to the next.

Traoré et al. 2020, Section 4, and "Fitness Landscape Footprint", Section 3: mean fitness and its deviation (ddof 0).
"""

from dataclasses import dataclass

import numpy as np

from sensorscape.landscape.bootstrap import generator, in_slabs, interval, replicates
from sensorscape.landscape.landscape import Floats, Landscape
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

CENSUS = "every cell is measured: no sampling error"


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation at one budget, paper (first seed) and robust (mean over seeds, bootstrap interval)."""

    budget: int
    mean_paper: Reading
    sd_paper: Reading
    mean: Reading
    sd: Reading
    change: Reading
    previous: int | None


def moments(landscape: Landscape, *, count: int, seed: int) -> list[Moments]:
    """`Moments` at every budget.

    The change is the mean over cells of the fitness minus that at the budget before, paired. One model has a mean and a
    deviation of 0 (ddof 0) but no interval; no models: undefined.
    """
    found = []
    for position, budget in enumerate(landscape.budgets):
        now = landscape.fitness[:, :, position : position + 1]
        before = landscape.fitness[:, :, position - 1 : position] if position else None
        mean_paper, sd_paper = _plain(now[0, :, 0])
        mean, sd = _robust(now, landscape, count, seed, budget)
        change = undefined("the smallest budget") if before is None else _change(before, now, landscape, count, seed, budget)
        previous = landscape.budgets[position - 1] if position else None
        found.append(Moments(budget, mean_paper, sd_paper, mean, sd, change, previous))
    return found


def _plain(values: Floats) -> tuple[Reading, Reading]:
    present = values[~np.isnan(values)]
    if reason := too_few(len(present), 1):
        return undefined(reason), undefined(reason)
    return Reading(float(present.mean()), n=len(present)), Reading(float(present.std()), n=len(present))


def _robust(now: Floats, landscape: Landscape, count: int, seed: int, budget: int) -> tuple[Reading, Reading]:
    kept = _kept(now)
    n = kept.shape[1]
    if reason := too_few(n, 1):
        return undefined(reason), undefined(reason)
    values = kept[:, :, 0]
    mean, sd = float(np.nanmean(values)), float(np.mean([np.nanstd(row) for row in values if not np.isnan(row).all()]))
    if landscape.complete:
        return Reading(mean, n=n, note=CENSUS), Reading(sd, n=n, note=CENSUS)
    if n < 3:
        note = f"n = {n}: no interval"
        return Reading(mean, n=n, note=note), Reading(sd, n=n, note=note)
    samples = in_slabs(_both, kept, replicates(count, n), generator(seed, landscape.name, "moments", budget))
    (low, low_sd), (high, high_sd) = interval(samples)
    note = _seeds_note(landscape)
    return Reading(mean, float(low), float(high), n, note=note), Reading(sd, float(low_sd), float(high_sd), n, note=note)


def _change(before: Floats, now: Floats, landscape: Landscape, count: int, seed: int, budget: int) -> Reading:
    kept = _kept(now - before)
    n = kept.shape[1]
    if reason := too_few(n, 1, "cells with both budgets"):
        return undefined(reason)
    value = float(np.nanmean(kept))
    if landscape.complete or n < 3:
        return Reading(value, n=n, note=CENSUS if landscape.complete else f"n = {n}: no interval")
    samples = in_slabs(_both, kept, replicates(count, n), generator(seed, landscape.name, "change", budget))
    low, high = interval(samples[:, 0])
    return Reading(value, float(low), float(high), n)


def _kept(values: Floats) -> Floats:
    return values[:, ~np.isnan(values[:, :, 0]).all(axis=0)]


def _both(samples: Floats) -> Floats:
    """(…, n, 1) → (…, 2): mean and standard deviation (ddof 0)."""
    return np.stack([samples[..., 0].mean(axis=-1), samples[..., 0].std(axis=-1)], axis=-1)


def _seeds_note(landscape: Landscape) -> str:
    return f"mean over {landscape.seeds} seeds" if landscape.seeds > 1 else ""


__all__ = ["CENSUS", "NAN", "Moments", "moments"]
