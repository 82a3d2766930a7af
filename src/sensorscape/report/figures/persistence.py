"""Figures 10 and 11: how many of the best (worst) models stay among the best (worst) as training goes on."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, panels
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import MUTED, NULL_LINE, PUBLISHED, RULE, UndefinedFigure, legend_above, light_grid, shade, styled

TITLES = {"positive": "Positive persistence: the best stay the best", "negative": "Negative persistence: the worst stay the worst"}
READ = (
    "At N, the share of the N % {side} models after the smallest budget that are still among the N % {side} after every further budget "
    "(the darkest line: after "
    "all). Higher means that a short training already tells. Dashed: what budgets without any relation would give. Grey band: what the "
    "rank correlations between the "
    "budgets alone would give (Gaussian copula, 95 %); inside it the curve says nothing beyond them. Diamond: the published value at N "
    "= 25."
)
_PUBLISHED_AT = 25


def draw(
    persistence: pd.DataFrame,
    *,
    sign: Literal["positive", "negative"],
    to: int,
    sensors: Sequence[str],
    palette: Palette,
    published: Published,
) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per sensor, a line per number of budgets (the paper's reading), references of the robust one.

    Args:
        persistence: the footprint's table of this name.
        to: the N up to which AuC is taken and at which P is reported; marked by a line.

    Returns:
        The axes, and the table drawn: sensor, budgets, percent, value, low, high (paper reading), and for all budgets
        independence, copula, copula_low, copula_high.

    Raises:
        UndefinedFigure: when no P(N) is defined.
    """
    mine = at(persistence, sign=sign)
    paper, robust = at(mine, reading="paper"), at(mine, reading="robust")
    drawn = [sensor for sensor in sensors if at(paper, sensor=sensor)["value"].notna().any()]
    if not drawn:
        reasons = list(dict.fromkeys(reason for reason in mine["reason"] if reason))
        raise UndefinedFigure("; ".join(reasons) or "no sensor has models at all budgets")
    with styled():
        grid = panels(len(drawn), top=0.66, share_y=True)
        for axes, sensor in zip(grid, drawn, strict=True):
            lines = at(paper, sensor=sensor)
            every = int(lines["budgets"].max())
            _references(axes, at(robust, sensor=sensor, budgets=every))
            for count in range(1, every + 1):
                line = at(lines, budgets=count)
                colour = shade(palette.colour(sensor), 0.25 + 0.75 * count / every)
                axes.plot(line["percent"], line["value"], color=colour, linewidth=2.0 if count == every else 1.0)
            axes.axvline(to, color=MUTED, linewidth=0.6)
            _published(axes, published.value(sensor, f"persistence_{sign}"))
            axes.set_title(_title(sensor, at(lines, budgets=every), to))
            axes.set_xlabel("N (% of the models)")
            axes.set_xlim(0, float(lines["percent"].max()) + 1)
            axes.set_ylim(-2, 104)
            light_grid(axes)
        grid[0].set_ylabel("P(N) (%)")
        _legend(grid)
    columns = ["sensor", "budgets", "percent", "value", "low", "high"]
    references = robust[["sensor", "budgets", "percent", "independence", "copula", "copula_low", "copula_high"]]
    table = paper[columns].merge(references, on=["sensor", "budgets", "percent"], how="left", validate="one_to_one")
    return grid, table


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for sensor, rows in table.groupby("sensor", sort=False):
        last = rows[(rows["budgets"] == rows["budgets"].max()) & rows["value"].notna()]
        ends = last[last["percent"].isin([10, 25, 50])]
        parts.append(
            f"{sensor}: "
            + ", ".join(f"{value:.0f} % at N = {percent}" for percent, value in zip(ends["percent"], ends["value"], strict=True))
        )
    return "Share of models that stay in the group over all budgets. " + "; ".join(parts) + "."


def _references(axes: Axes, rows: pd.DataFrame) -> None:
    band: dict[str, Any] = {"color": RULE, "alpha": 0.55, "linewidth": 0, "label": "copula, 95 %"}
    axes.fill_between(rows["percent"].astype(float), rows["copula_low"], rows["copula_high"], **band)
    axes.plot(rows["percent"], rows["independence"], label="independent budgets", **NULL_LINE)


def _published(axes: Axes, value: float | None) -> None:
    if value is not None:
        diamond: dict[str, Any] = {"marker": "D", "markersize": 5, "markerfacecolor": "white", "markeredgecolor": PUBLISHED}
        axes.plot([_PUBLISHED_AT], [value], linestyle="", zorder=4, label=f"published, N = {_PUBLISHED_AT}", **diamond)


def _title(sensor: str, line: pd.DataFrame, to: int) -> str:
    here = at(line, percent=to)
    count = int(line["n"].max())
    if here.empty or not np.isfinite(here["value"].iloc[0]):
        return f"{sensor} (n = {count}), P({to}) undefined"
    return f"{sensor} (n = {count}), P({to}) = {here['value'].iloc[0]:.1f} %"


def _legend(grid: list[Axes]) -> None:
    found = {label: handle for axes in grid for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    legend_above(grid[0], list(found.values()), list(found))
