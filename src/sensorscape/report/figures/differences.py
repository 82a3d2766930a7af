"""Comparing sensors: the difference of every metric between every two of them, with its interval."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, in_order, panels, required
from sensorscape.report.style import INK, MUTED, NULL_LINE, RULE, light_grid, styled
from sensorscape.report.words import metric_name

TITLE = "Differences between sensors"
READ = (
    "Each line: the difference of a metric between two sensors with its 95 % interval. Filled: more than noise after Holm's correction "
    "over all metrics and pairs; "
    "hollow: within noise. Grey band: a difference that a study of this size would miss more often than one time in five, so a hollow "
    "mark inside it means "
    "“not seen”, never “equal”."
)


def draw(differences: pd.DataFrame) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per metric, a line per pair.

    Args:
        differences: the footprint's table of this name.

    Raises:
        UndefinedFigure: when no two sensors can be compared.
    """
    rows = required(differences, "difference", "a study of one sensor has no pair to compare")
    metrics = in_order(rows["metric"])
    pairs = in_order(zip(rows["first"], rows["second"], strict=True))
    with styled():
        height = 0.32 * len(pairs) + 0.35
        grid = panels(len(metrics), columns=3, size=(2.3, height), left=1.25, gap=(0.35, 0.72), share_y=True, top=0.4, right=0.15)
        for index, (axes, metric) in enumerate(zip(grid, metrics, strict=True)):
            axes.axvline(0, **NULL_LINE)
            for place, (first, second) in enumerate(pairs):
                mine = at(rows, metric=metric, first=first, second=second)
                if len(mine):
                    _line(axes, mine.iloc[0], place)
            axes.set_title(metric_name(metric), fontsize=8.5)
            axes.set_ylim(len(pairs) - 0.5, -0.5)
            axes.tick_params(axis="x", labelsize=7.5)
            axes.locator_params(axis="x", nbins=5)
            light_grid(axes, "x")
            if index % 3 == 0:
                axes.set_yticks(range(len(pairs)), [f"{first} − {second}" for first, second in pairs])
    return grid, rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    clear = table[table["verdict"] == "more than noise"]
    found = "; ".join(
        f"{row['first']} − {row['second']}, {metric_name(row['metric'])}: {row['difference']:+.3f}" for _, row in clear.iterrows()
    )
    return f"{len(clear)} of {len(table)} differences are more than noise" + (f": {found}." if found else ".")


def _line(axes: Axes, row: pd.Series, place: int) -> None:
    smallest = row["smallest_detectable"]
    if np.isfinite(smallest):
        axes.barh(place, 2 * smallest, left=-smallest, height=0.62, color=RULE, alpha=0.6, zorder=0.5)
    clear = row["verdict"] == "more than noise"
    if np.isfinite([row["low"], row["high"]]).all():
        axes.hlines(place, row["low"], row["high"], color=INK, linewidth=1.2)
    axes.plot(row["difference"], place, marker="o", color=INK if clear else MUTED, markerfacecolor=INK if clear else "white", markersize=5)
