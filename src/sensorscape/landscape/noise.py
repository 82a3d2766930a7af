"""Noise taken out: how much of a fitness is the cell's and how much the seed's, and what remains of ruggedness, persistence and agreement.

f = μ + a_cell + e_run: one-way random effects by the analysis of variance (Searle, Casella and McCulloch 1992), cells with unequal
numbers of seeds included. Undefined with one seed: "rugged" and "noisy" are then the same picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.landscape.bootstrap import draw_cells, generator, interval, replicates, share_interval
from sensorscape.landscape.chance import copula_root
from sensorscape.landscape.landscape import Floats
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import common, pairs
from sensorscape.landscape.persistence import SIGNS, counts, cuts, percentages, rank_entry
from sensorscape.landscape.ranks import mid_ranks, pearson
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

Rows = list[dict[str, Any]]
LEAST = 16
CORRECTED_MODELS, CORRECTED_SAMPLES = 5_000, 200  # of a copula, to know its P to half a percent; of the bootstrap
ONE_SEED = "one training seed per cell: noise and landscape cannot be told apart (training.seeds)"


@dataclass(frozen=True)
class Components:
    """Variance of the cells (cut at 0) and of the seeds, and the reliability R = σ²_a / (σ²_a + σ²_e); arrays over samples."""

    cells: Floats
    noise: Floats

    @property
    def reliability(self) -> Floats:
        """R; NaN when there is no variance at all."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.cells / (self.cells + self.noise))


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `reliability`, `agreement`, `persistence_seeds`, and the rows `corrected` of `ruggedness`."""
    reliable = {(one.landscape.name, budget): reliability(one, budget) for one in measured for budget in one.landscape.budgets}
    rows = [_row(one, budget, *reliable[one.landscape.name, budget]) for one in measured for budget in one.landscape.budgets]
    return {
        "reliability": rows,
        "agreement": [_agreement(*pair, budget) for pair in pairs(measured) for budget in pair[0].landscape.budgets],
        "persistence_seeds": [row for one in measured for row in _persistence(one)],
        "ruggedness": [row for one in measured for row in _corrected(one, reliable)],
    }


def statements(frames: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """Reliability and agreement in words; nothing where there is one seed."""
    found = []
    for row in frames["reliability"].dropna(subset="value").to_dict("records"):
        text = f"{row['sensor']}: after {row['budget']} epochs {row['value']:.0%} of the variance of the fitness is the cell's, "
        text += f"the rest the seed's (n = {row['n']})"
        if not np.isnan(row["rho_corrected"]):
            text += f"; of the walk's ρ̂ {row['rho']:.2f}, {row['rho_corrected']:.2f} with the noise taken out"
            if not np.isnan(row["rho_corrected_low"]) and not np.isnan(row["rho_corrected_high"]):
                text += f" ({row['rho_corrected_low']:.2f} to {row['rho_corrected_high']:.2f})"
        text += "."
        found.append({"topic": "noise", "text": text})
    for row in frames["agreement"].dropna(subset="value").to_dict("records"):
        text = f"{row['first']} and {row['second']} after {row['budget']} epochs: correlation of the cells {row['value']:.2f} with noise "
        text += f"taken out, {row['raw']:.2f} as measured."
        found.append({"topic": "noise", "text": text})
    return found


def components(values: Floats) -> Components:
    """Variance components of (…, S, n) fitness with NaN where a run is missing; cells without a run are left out.

    σ²_e is the mean square within cells, σ²_a = (mean square between - σ²_e) / n₀, cut at 0, n₀ the mean number of seeds of a cell
    (Searle's for unequal numbers). NaN without a cell that has two seeds.
    """
    present = ~np.isnan(values)
    sizes = present.sum(axis=-2)
    total, cells = sizes.sum(axis=-1), (sizes > 0).sum(axis=-1)
    filled = np.where(present, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = filled.sum(axis=-2) / sizes
        grand = filled.sum(axis=(-2, -1)) / total
        within = np.where(present, (values - means[..., None, :]) ** 2, 0.0).sum(axis=(-2, -1)) / (total - cells)
        between = np.where(sizes > 0, sizes * (means - grand[..., None]) ** 2, 0.0).sum(axis=-1) / (cells - 1)
        usual = (total - (sizes**2).sum(axis=-1) / total) / (cells - 1)
        return Components(np.maximum((between - within) / usual, 0.0), np.asarray(within))


def reliability(one: Measured, budget: int) -> tuple[Reading, Components]:
    """R at a budget with its bootstrap interval over cells, and the components; undefined below 16 cells with several seeds."""
    landscape = one.landscape
    values = landscape.fitness[:, :, landscape.at(budget)]
    several = (~np.isnan(values)).sum(axis=0) >= 2
    nothing = Components(np.array(NAN), np.array(NAN))
    n = int(several.sum())
    reason = ONE_SEED if landscape.seeds < 2 else too_few(n, LEAST, "cells with several seeds")
    if reason:
        return undefined(reason, n), nothing
    found = components(values[:, several])
    value = float(found.reliability)
    if np.isnan(value):
        return undefined("all runs are equally fit", n), found
    rng = generator(one.settings.seed, landscape.name, "reliability", budget)
    drawn = draw_cells(n, replicates(one.settings.bootstrap, n), rng)
    samples = components(np.moveaxis(values[:, several][:, drawn], 0, 1)).reliability
    low, high = interval(samples)
    return Reading(value, float(low), float(high), n), found


def _row(one: Measured, budget: int, reading: Reading, found: Components) -> dict[str, Any]:
    rho = one.autocorrelation(budget, "robust").rho
    corrected = rho.value / reading.value if reading.defined and reading.value > 0 else NAN
    low, high = _ends(rho, reading) if not np.isnan(corrected) else (NAN, NAN)
    seeds = int((~np.isnan(one.landscape.fitness[:, :, one.landscape.at(budget)])).sum(axis=0).max(initial=0))
    row = {"sensor": one.landscape.name, "budget": budget, "seeds": seeds, "value": reading.value, "low": reading.low, "high": reading.high}
    row |= {"variance_cells": float(found.cells), "variance_noise": float(found.noise), "rho": rho.value}
    row |= {"rho_corrected": corrected, "rho_corrected_low": low, "rho_corrected_high": high}
    return row | {"n": reading.n, "reason": reading.reason}


def _corrected(one: Measured, reliable: Mapping[tuple[str, int], tuple[Reading, Components]]) -> Rows:
    rows: Rows = []
    for budget in one.landscape.budgets:
        share = reliable[one.landscape.name, budget][0]
        rho = one.autocorrelation(budget, "robust").rho
        if not share.defined or not rho.defined:
            continue
        row = {"sensor": one.landscape.name, "budget": budget, "neighbourhood": one.landscape.neighbourhood, "estimate": "corrected"}
        if share.value <= 0:
            rows.append(row | {"n": rho.n, "reason": "no variance between cells beyond noise: nothing is left to correct"})
            continue
        value = rho.value / share.value
        row["low"], row["high"] = _ends(rho, share)
        row |= {"rho": value, "tau": 1 / value if value > 0 else NAN, "n": rho.n, "reason": "" if value > 0 else "ρ̂(1) is not above 0"}
        row |= {
            "correlation_length": -1 / np.log(value) if 0 < value < 1 else NAN,
            "missing": one.autocorrelation(budget, "robust").missing,
        }
        rows.append(row)
    return rows


def _ends(rho: Reading, share: Reading) -> tuple[float, float]:
    """Ends of ρ̂ / R from the farther ends of both 95 % intervals: the truth of both lies within in at least 90 % of studies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.divide(rho.low, share.high if rho.low > 0 else share.low)
        high = np.divide(rho.high, share.low if rho.high > 0 else share.high)
    return tuple(float(end) if np.isfinite(end) else NAN for end in (low, high))  # type: ignore[return-value]


def _agreement(first: Measured, second: Measured, budget: int) -> dict[str, Any]:
    own = {"first": first.landscape.name, "second": second.landscape.name, "budget": budget}
    if budget not in second.landscape.budgets:
        return own | {"n": 0, "reason": second.no_budget(budget).reason}
    left, right = common(first.landscape, second.landscape)
    sides = [first.landscape.fitness[:, left, first.landscape.at(budget)], second.landscape.fitness[:, right, second.landscape.at(budget)]]
    if min(len(side) for side in sides) < 2:
        return own | {"n": 0, "reason": ONE_SEED}
    both = np.logical_and(*[(~np.isnan(side)).sum(axis=0) >= 2 for side in sides])
    n = int(both.sum())
    if reason := too_few(n, LEAST, "cells with several seeds at both"):
        return own | {"n": n, "reason": reason}
    kept = [side[:, both] for side in sides]
    value, raw = (float(number[0]) for number in _agreements(*(side[None] for side in kept)))
    if np.isnan(value):
        return own | {"raw": raw, "n": n, "reason": "a sensor has no variance between cells beyond noise"}
    rng = generator(first.settings.seed, first.landscape.name, second.landscape.name, "agreement", budget)
    drawn = draw_cells(n, replicates(first.settings.bootstrap, n), rng)
    samples, _ = _agreements(*(np.moveaxis(side[:, drawn], 0, 1) for side in kept))
    low, high = interval(samples)
    return own | {"raw": raw, "value": value, "low": float(low), "high": float(high), "n": n}


def _agreements(one: Floats, two: Floats) -> tuple[Floats, Floats]:
    """cov(a_s, a_t) / (σ_a,s σ_a,t) and the Pearson of the cells' means, of (R, S, n) fitness."""
    means = [np.nanmean(side, axis=-2) for side in (one, two)]
    centred = [side - side.mean(axis=-1, keepdims=True) for side in means]
    covariance = (centred[0] * centred[1]).sum(axis=-1) / (means[0].shape[-1] - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        bottom = np.sqrt(components(one).cells * components(two).cells)
        return np.asarray(np.where(bottom > 0, covariance / bottom, NAN)), pearson(*means)


def _persistence(one: Measured) -> Rows:
    """P at `persistence_to` with another seed at every budget, and under the copula of the noise-corrected rank correlations."""
    landscape, percent = one.landscape, one.settings.persistence_to
    own = {"sensor": landscape.name, "budgets": len(landscape.budgets), "percent": percent}
    reason = ONE_SEED if landscape.seeds < 2 else "persistence needs at least two budgets" if len(landscape.budgets) < 2 else ""
    whole = ~np.isnan(landscape.fitness).any(axis=(0, 2))
    n = int(whole.sum())
    if reason := reason or too_few(n, LEAST, "cells with every seed at every budget"):
        return [own | {"sign": sign, "kind": kind, "n": n, "reason": reason} for sign in SIGNS for kind in ("cross-seed", "corrected")]
    values = landscape.fitness[:, whole]
    rng = generator(one.settings.seed, landscape.name, "persistence seeds")
    drawn = draw_cells(n, replicates(one.settings.bootstrap, n), rng)
    crossed = crossings(values)
    matrices = [corrected_correlations(part) for part in (values, *(values[:, cells] for cells in drawn[:CORRECTED_SAMPLES]))]
    base = generator(one.settings.seed, landscape.name, "corrected copula").standard_normal((CORRECTED_MODELS, values.shape[2]))
    rows: Rows = []
    for sign in SIGNS:
        value = np.mean([_at(crossing, sign, percent) for crossing in crossed])
        samples = np.mean([_at(crossing[drawn], sign, percent) for crossing in crossed], axis=0)
        low, high = (100 * end for end in share_interval(np.array(value / 100), samples / 100, cuts(n)[percent]))
        rows.append(own | {"sign": sign, "kind": "cross-seed", "value": float(value), "low": float(low), "high": float(high), "n": n})
        if np.isnan(matrices[0]).any():
            rows.append(own | {"sign": sign, "kind": "corrected", "n": n, "reason": "a budget has no variance between cells beyond noise"})
            continue
        found = np.array([_under(matrix, base, sign, percent) for matrix in matrices])
        low, high = interval(found[1:])
        rows.append(own | {"sign": sign, "kind": "corrected", "value": float(found[0]), "low": float(low), "high": float(high), "n": n})
    return rows


def crossings(values: Floats) -> list[Floats]:
    """(S, n, B) → S arrays (n, B): budget b takes seed (b + shift) mod S, so that neighbouring budgets never share a run."""
    seeds, _, budgets = values.shape
    return [np.stack([values[(b + shift) % seeds, :, b] for b in range(budgets)], axis=-1) for shift in range(seeds)]


def corrected_correlations(values: Floats) -> Floats:
    """(B, B) rank correlations of the cells between budgets, the seeds' noise taken out; NaN where a budget has no reliability.

    Spearman's of *different* seeds as Pearson's of a Gaussian copula (2 sin(π ρ_S / 6)), which reliabilities may correct: divided by the
    root of those of the two budgets, cut to -1 … 1, and back.
    """
    seeds, n, budgets = values.shape
    ranks = mid_ranks(np.moveaxis(values, 1, 0).reshape(n, seeds * budgets))
    with np.errstate(invalid="ignore", divide="ignore"):
        pearsons = 2 * np.sin(np.pi * np.corrcoef(ranks, rowvar=False).reshape(seeds, budgets, seeds, budgets) / 6)
        across = (pearsons.sum(axis=(0, 2)) - np.einsum("sbsc->bc", pearsons)) / (seeds * (seeds - 1))  # no seed with itself
        roots = np.sqrt(components(np.moveaxis(values, 2, 0)).reliability)
        found = 6 / np.pi * np.arcsin(np.clip(across / np.outer(roots, roots), -1, 1) / 2)
    found[:, roots == 0] = found[roots == 0] = NAN
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def _under(matrix: Floats, base: Floats, sign: str, percent: int) -> float:
    """P under the copula of some rank correlations, of the same independent draws `base` (m, B) for all of them."""
    return NAN if np.isnan(matrix).any() else float(_at(base @ copula_root(matrix).T, sign, percent))


def _at(values: Floats, sign: str, percent: int) -> Floats:
    return percentages(*counts(rank_entry(values, sign)))[..., -1, percent - 1]
