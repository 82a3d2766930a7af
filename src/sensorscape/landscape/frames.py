"""The tables of one landscape's measures, row by row as `schema.TABLES` describes them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sensorscape.landscape import density_frames, fdc, persistence, radar
from sensorscape.landscape.edits import MOST
from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.optima import Optima
from sensorscape.landscape.reading import NAN, Reading
from sensorscape.landscape.ruggedness import Autocorrelation, smoothed
from sensorscape.landscape.schema import EIGHT, METRICS, READINGS

Rows = list[dict[str, Any]]

AT_EVERY_BUDGET = ("mean", "sd", "ruggedness", "autocorrelation", "fdc")
MOST_POINTS = 5_000


def metrics(measured: Measured) -> Rows:
    """Table `metrics`."""
    settings, name = measured.settings, measured.landscape.name
    rows: Rows = []
    for metric in METRICS:
        own = settings.late_budget if metric.endswith("_late") else settings.budget
        budgets = sorted({own, *measured.landscape.budgets}) if metric in AT_EVERY_BUDGET else [own]
        for budget in budgets:
            for reading in READINGS:
                found = measured.metric(metric, reading, budget)
                row = {
                    "sensor": name,
                    "budget": budget,
                    "metric": metric,
                    "reading": reading,
                    "reference": found.reference,
                    "note": found.note,
                }
                rows.append(row | _reading(found))
    return rows


def means(measured: Measured) -> Rows:
    """Table `means`."""
    rows: Rows = []
    for budget, one in measured.moments.items():
        mean, sd, change = one.mean, one.sd, one.change
        rows.append(
            {
                "sensor": measured.landscape.name,
                "budget": budget,
                **_named("mean", mean),
                **_named("sd", sd),
                "previous_budget": one.previous,
                **_named("change", change),
                "n_change": change.n,
                "n": mean.n,
                "reason": mean.reason,
            }
        )
    return rows


def sensitivity(measured: Measured) -> Rows:
    """Table `sensitivity`: the paper's eight metrics without the flagged runs; no row where nothing was flagged."""
    landscape = measured.landscape
    if landscape.flagged is None or not landscape.flagged.any():
        return []
    plain = replace(measured.settings, bootstrap=2)  # only values are asked for
    without = Measured(landscape.keep(np.flatnonzero(~landscape.flagged)), plain)
    rows: Rows = []
    for metric in EIGHT:
        one, other = measured.metric(metric, "paper"), without.metric(metric, "paper")
        reason = one.reason or other.reason
        row = {"sensor": landscape.name, "metric": metric, "value": one.value, "n": one.n}
        rows.append(row | {"value_unflagged": other.value, "n_unflagged": other.n, "reason": reason})
    return rows


def fdc_points(measured: Measured) -> Rows:
    """Table `fdc_points`; beyond 5,000 cells the best model and an even draw by hash of the others."""
    landscape, rows = measured.landscape, Rows()
    for (budget, distance), one in measured.fdc.items():
        chosen = np.arange(len(one.positions))
        if len(chosen) > MOST_POINTS:
            chosen = np.union1d(
                np.linspace(0, len(chosen) - 1, MOST_POINTS - 1).round().astype(int), np.flatnonzero(one.positions == one.best)
            )
        for i in chosen:
            row = {"sensor": landscape.name, "budget": budget, "distance": distance, "cell": landscape.cells[one.positions[i]]}
            rows.append(row | {"d": one.d[i], "fitness": one.fitness[i], "best": bool(one.positions[i] == one.best)})
    return rows


def fdc_fits(measured: Measured) -> Rows:
    """Table `fdc_fits`."""
    rows: Rows = []
    for (budget, distance), one in measured.fdc.items():
        rows.append(
            {
                "sensor": measured.landscape.name,
                "budget": budget,
                "distance": distance,
                "best_cell": measured.landscape.cells[one.best] if one.best >= 0 else "",
                "intercept": one.intercept,
                "slope": one.slope,
                "pearson_paper": one.pearson_paper,
                "slope_robust": one.slope_robust.value,
                "slope_low": one.slope_robust.low,
                "slope_high": one.slope_robust.high,
                **_named("pearson", one.pearson),
                **_named("spearman", one.spearman),
                "p": one.p,
                "five_best_low": one.five[0],
                "five_best_high": one.five[1],
                "n": len(one.fitness),
                "reason": one.reason,
            }
        )
    landscape = measured.landscape
    if landscape.edit is None and landscape.n > MOST:
        reason = f"edit distances are computed of at most {MOST} cells, here are {landscape.n:,}"
        rows += [
            {"sensor": landscape.name, "budget": budget, "distance": "edit", "n": landscape.n, "reason": reason}
            for budget in landscape.budgets
        ]
    return rows


def fdc_boxes(measured: Measured) -> Rows:
    """Table `fdc_boxes`."""
    return [
        {"sensor": measured.landscape.name, "budget": budget, "distance": distance} | vars(box)
        for (budget, distance), one in measured.fdc.items()
        if one.best >= 0
        for box in fdc.boxes(one)
    ]


def fdc_change(measured: Measured) -> Rows:
    """Table `fdc_change`."""
    settings = measured.settings
    return [
        {
            "sensor": measured.landscape.name,
            "distance": one.distance,
            "quantity": one.quantity,
            "budget": settings.budget,
            "late_budget": settings.late_budget,
            "early": one.early,
            "late": one.late,
            **_named("change", one.change, low="low", high="high"),
            "n": one.change.n,
            "reason": one.change.reason,
        }
        for one in measured.fdc_change
    ]


def walks(measured: Measured) -> Rows:
    """Table `walks`: budgets to which at least one point was trained."""
    landscape, rows = measured.landscape, Rows()
    for number, walk in enumerate(landscape.walks):
        for column, budget in enumerate(landscape.budgets):
            values = walk.fitness[:, column]
            if np.isnan(values).all():
                continue
            smooth = smoothed(values)
            rows += [
                {
                    "sensor": landscape.name,
                    "budget": budget,
                    "walk": number,
                    "step": step,
                    "cell": walk.cells[step],
                    "fitness": values[step],
                    "smoothed": smooth[step],
                }
                for step in range(len(values))
            ]
    return rows


def ruggedness(measured: Measured) -> Rows:
    """Table `ruggedness`."""
    return [_autocorrelation(measured.landscape, one) for one in measured.ruggedness]


def _autocorrelation(landscape: Landscape, one: Autocorrelation) -> dict[str, Any]:
    return {
        "sensor": landscape.name,
        "budget": one.budget,
        "neighbourhood": one.neighbourhood,
        "estimate": one.estimate,
        "walk": one.walk,
        **_named("rho", one.rho, low="low", high="high"),
        "tau": one.tau.value,
        "correlation_length": one.length,
        "bias": one.bias,
        "white_noise": one.white_noise,
        "n": one.rho.n,
        "missing": one.missing,
        "reason": one.rho.reason,
    }


def persistences(measured: Measured) -> Rows:
    """Table `persistence`: one row per sign, reading, number of budgets and N."""
    rows: Rows = []
    for (sign, reading), one in measured.persistence.items():
        for number in range(len(one.value)):
            for column in range(persistence.LAST):
                empty = not one.reason and not one.start[column]
                row = {"sensor": measured.landscape.name, "sign": sign, "reading": reading, "budgets": number + 2, "percent": column + 1}
                numbers = {
                    "value": one.value,
                    "low": one.low,
                    "high": one.high,
                    "independence": one.chance.mean,
                    "independence_low": one.chance.low,
                    "independence_high": one.chance.high,
                    "copula": one.copula,
                    "copula_low": one.copula_low,
                    "copula_high": one.copula_high,
                }
                row |= {name: values[number, column] for name, values in numbers.items()}
                row |= {"kept": int(one.kept[number, column]), "start": int(one.start[column]), "n": one.n}
                rows.append(row | {"reason": one.reason or ("the first set is empty" if empty else "")})
    return rows


def auc(measured: Measured) -> Rows:
    """Table `auc`."""
    to, rows = measured.settings.persistence_to, Rows()
    for (sign, reading), one in measured.persistence.items():
        for number in range(len(one.value)):
            found = persistence.area(one, to, number + 2)
            empty = persistence.empty_at(one, to)
            null = persistence.areas(one.copula_samples[:, number], to) if reading == "robust" and len(one.copula_samples) else np.empty(0)
            low, high = np.nanpercentile(null, [2.5, 97.5]) if len(null) and not np.isnan(null).all() else (NAN, NAN)
            row = {"sensor": measured.landscape.name, "sign": sign, "reading": reading, "budgets": number + 2}
            row |= {"independence": float(persistence.areas(one.chance.mean[number], to)), "copula_low": low, "copula_high": high}
            row |= {"copula": float(persistence.areas(one.copula[number], to)) if reading == "robust" else NAN}
            rows.append(row | {"defined": to - len(empty), "empty": " ".join(map(str, empty))} | _reading(found))
    return rows


def optima(measured: Measured) -> Rows:
    """Table `optima`."""
    return [_optima(measured.landscape, one) for one in measured.optima]


def _optima(landscape: Landscape, one: Optima) -> dict[str, Any]:
    row = {"sensor": landscape.name, "budget": one.budget, "method": one.method, "neighbourhood": one.neighbourhood}
    row |= {"expected": one.count.reference, "expected_low": one.expected[0], "expected_high": one.expected[1]}
    return row | {"isolated": one.isolated, "plateaus": one.plateaus, "searches": one.searches} | _reading(one.count)


def radars(measured: Measured) -> Rows:
    """Table `radar`."""
    rows: Rows = []
    for axis in radar.radar(measured):
        row: dict[str, Any] = {"sensor": measured.landscape.name, "axis": axis.name, "label": axis.label, "reason": axis.raw.reason}
        row |= {"raw": axis.raw.value, "raw_low": axis.raw.low, "raw_high": axis.raw.high, "null": axis.null, "ceiling": axis.ceiling}
        places = {"position": axis.raw.value, "position_low": axis.raw.low, "position_high": axis.raw.high}
        rows.append(row | {name: axis.position(value) for name, value in places.items()})
    return rows


FRAMES: dict[str, Callable[[Measured], Rows]] = {
    "metrics": metrics,
    "means": means,
    "sensitivity": sensitivity,
    "densities": density_frames.densities,
    "vuong": density_frames.vuong,
    "histogram": density_frames.histogram,
    "curves": density_frames.curves,
    "ecdf": density_frames.ecdf,
    "fdc_points": fdc_points,
    "fdc_fits": fdc_fits,
    "fdc_boxes": fdc_boxes,
    "fdc_change": fdc_change,
    "walks": walks,
    "ruggedness": ruggedness,
    "persistence": persistences,
    "auc": auc,
    "optima": optima,
    "radar": radars,
}
"""Table → the function that makes a landscape's rows of it."""


def _reading(found: Reading) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n, "reason": found.reason}


def _named(name: str, found: Reading, *, low: str = "", high: str = "") -> dict[str, float]:
    return {name: found.value, low or f"{name}_low": found.low, high or f"{name}_high": found.high}
