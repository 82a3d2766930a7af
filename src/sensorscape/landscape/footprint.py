"""The footprint of a study's landscapes: every table, the metrics and the words, and their writing."""

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from sensorscape.files import write_json
from sensorscape.landscape import answer, compare, features, noise, proxies, published, replay, words
from sensorscape.landscape.frames import FRAMES
from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.measured import Measured, fill
from sensorscape.landscape.plots import plots
from sensorscape.landscape.reading import rounded
from sensorscape.landscape.schema import METRICS, PLOTS, READINGS, TABLES, write_table
from sensorscape.landscape.settings import Settings

Rows = list[dict[str, Any]]
LISTED = ("fitness", "cells", "pruned")


@dataclass(frozen=True)
class Footprint:
    """The footprint of one or several landscapes.

    Attributes:
        tables: `schema.TABLES` by name.
        plots: `schema.PLOTS` by name.
        metrics: sensor → metric → number: the paper reading, defined ones only.
        undefined: sensor → metric → reason.
        content: footprint.json.
    """

    tables: Mapping[str, pd.DataFrame]
    plots: Mapping[str, pd.DataFrame]
    metrics: Mapping[str, Mapping[str, float]]
    undefined: Mapping[str, Mapping[str, str]]
    content: Mapping[str, Any]

    def write(self, reports: Path) -> None:
        """Write metrics.json, undefined.json, plots/ and footprint/ below `reports`; tables of an earlier version go."""
        for folder in ("plots", "footprint"):
            shutil.rmtree(reports / folder, ignore_errors=True)
        for name, table in TABLES.items():
            write_table(reports / "footprint", table, self.tables[name])
        for name, table in PLOTS.items():
            write_table(reports / "plots", table, self.plots[name])
        write_json(reports / "footprint" / "footprint.json", self.content)
        write_json(reports / "metrics.json", self.metrics)
        write_json(reports / "undefined.json", self.undefined)


def footprint_of(
    landscapes: Sequence[Landscape],
    settings: Settings,
    *,
    study: str = "",
    listed: Mapping[str, Rows] | None = None,
    conditions: Mapping[str, Any] | None = None,
    processes: int = 1,
) -> Footprint:
    """All measures of `landscapes`, in the order given: pure, and the same bytes whenever the input is the same.

    Args:
        landscapes: one per sensor.
        settings: budgets, sizes and seed of the statistics.
        study: its name.
        listed: rows of the tables `LISTED`, which records tell and landscapes do not.
        conditions: `schema.CONDITIONS`.
        processes: how many work at once, each in memory of its own (`sensorscape.forking.side_by_side`).

    Raises:
        ValueError: for two landscapes of one name.
    """
    names = [one.name for one in landscapes]
    if len(set(names)) < len(names):
        raise ValueError(f"landscapes need distinct names, got {names}")
    measured = [Measured(one, settings) for one in landscapes]
    fill(measured, processes=processes)
    rows: dict[str, Rows] = {name: [] for name in TABLES} | dict(listed or {})
    for name, make in FRAMES.items():
        rows[name] = [row for one in measured for row in make(one)]
    rows |= {"published": published.rows()}
    compared = partial(compare.tables, processes=processes)
    for part in (noise.tables, compared, proxies.tables, features.tables, replay.tables):
        for name, found in part(measured).items():
            rows[name] = rows[name] + found
    tables = {name: pd.DataFrame(rows[name], columns=TABLES[name].names) for name in TABLES}
    metrics, undefined = _metrics(measured)
    content = _content(measured, study, tables, conditions or {})
    return Footprint(tables, plots(tables, settings.budget, settings.late_budget, names), metrics, undefined, content)


def _metrics(measured: Sequence[Measured]) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, str]]]:
    metrics: dict[str, dict[str, float]] = {}
    undefined: dict[str, dict[str, str]] = {}
    for one in measured:
        own, lacking = metrics.setdefault(one.landscape.name, {}), undefined.setdefault(one.landscape.name, {})
        for name in METRICS:
            reading = one.metric(name, "paper")
            value = rounded(reading.value)
            if value is None:
                lacking[name] = reading.reason or "undefined"
            else:
                own[name] = value
    return metrics, undefined


def _content(measured: Sequence[Measured], study: str, tables: Mapping[str, pd.DataFrame], conditions: Mapping[str, Any]) -> dict[str, Any]:
    settings = measured[0].settings
    budgets = sorted({budget for one in measured for budget in one.landscape.budgets})
    return {
        "study": study,
        "sensors": [one.landscape.name for one in measured],
        "budgets": budgets,
        "budget": settings.budget,
        "late_budget": settings.late_budget,
        "settings": asdict(settings),
        "neighbourhood": measured[0].landscape.neighbourhood,
        "conditions": dict(conditions),
        "summary": {one.landscape.name: _summary(one) for one in measured},
        "best_density": {one.landscape.name: _best_density(one) for one in measured},
        "statements": words.statements(measured)
        + answer.statements(tables)
        + noise.statements(tables)
        + proxies.statements(tables, settings)
        + replay.statements(tables),
        "cannot": words.cannot(measured),
        "tables": {name: len(frame) for name, frame in tables.items()},
    }


def _summary(one: Measured) -> dict[str, dict[str, Any]]:
    return {name: {reading: one.metric(name, reading).to_dict() for reading in READINGS} for name in METRICS}


def _best_density(one: Measured) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for budget, density in one.densities.items():
        best = next((fit.family for fit in density.fits if fit.best), None)
        reasons = [fit.reason for fit in density.fits if math.isnan(fit.aic) and fit.reason]
        found[str(budget)] = {"aic": best, "reason": None if best else next(iter(reasons), "no family could be fitted")}
    return found
