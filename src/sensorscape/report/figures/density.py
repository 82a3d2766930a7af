"""Figures 3 and 4: the probability density of the fitness at a budget, as histogram and kernel density."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import FITNESS, at, panels, published_mark
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import PUBLISHED, UndefinedFigure, light_grid, shade, styled

TITLE = "Density of the fitness after {budget} epochs"
READ = (
    "Bars: the share of models per bin, divided by the bin's width. Line: a kernel density, reflected at the ends of the scale. Far to "
    "the right means that "
    "most cells are good whatever one picks; narrow means that the choice of the cell matters little. Dashed: this study's mean; "
    "dotted: the published mean."
)


def draw(
    histogram: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    budget: int,
    sensors: Sequence[str],
    palette: Palette,
    published: Published,
    late: bool = False,
) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per sensor.

    Args:
        histogram, curves: the footprint's tables of these names.
        budget: epochs.
        sensors: the study's sensors, in order.
        late: compare with the paper's 108 epochs in place of its 36.

    Returns:
        The axes, and a table with columns sensor, budget, curve (histogram or kernel), fitness (a bin's middle), density, count.

    Raises:
        UndefinedFigure: when no sensor has two models.
    """
    bars = at(histogram, budget=budget)
    kernel = at(curves, curve="kernel", budget=budget)
    drawn = [sensor for sensor in sensors if (bars["sensor"] == sensor).any()]
    if not drawn:
        raise UndefinedFigure(f"no sensor has models with a fitness after {budget} epochs")
    marks = [value for sensor in drawn if (value := published.value(sensor, "mean", late=late)) is not None]
    low, high = min([bars["left"].min(), *marks]), max([bars["right"].max(), *marks])
    pad = 0.04 * (high - low)
    with styled():
        grid = panels(len(drawn), share_x=True)
        for axes, sensor in zip(grid, drawn, strict=True):
            colour, mine, line = palette.colour(sensor), at(bars, sensor=sensor), at(kernel, sensor=sensor)
            axes.bar(
                mine["left"],
                mine["density"],
                width=mine["right"] - mine["left"],
                align="edge",
                color=shade(colour, 0.35),
                edgecolor="white",
                linewidth=0.5,
            )
            axes.plot(line["fitness"], line["density"], color=colour)
            count = int(mine["count"].sum())
            middle = (mine["left"] + mine["right"]) / 2
            mean = float((middle * mine["count"]).sum() / max(count, 1))
            axes.axvline(mean, color=colour, linewidth=0.9, linestyle=(0, (4, 2)))
            value = published.value(sensor, "mean", late=late)
            published_mark(axes, value, vertical=True)
            if value is not None:
                axes.text(1, 1.03, f"published μ {value}", transform=axes.transAxes, ha="right", color=PUBLISHED, fontsize=7.5)
            axes.set_title(f"{sensor} (n = {count})")
            axes.set_xlim(low - pad, high + pad)
            axes.set_xlabel(FITNESS)
            axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.12)
            light_grid(axes)
        grid[0].set_ylabel("density (1/kappa)")
    return grid, _table(bars, kernel)


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for sensor, rows in table[table["curve"] == "histogram"].groupby("sensor", sort=False):
        count = rows["count"].sum()
        mean = (rows["fitness"] * rows["count"]).sum() / max(count, 1)
        top = rows.sort_values("density").iloc[-1]
        parts.append(f"{sensor}: {count} models around {mean:.2f}, most often near {top['fitness']:.2f}")
    return "Histogram and kernel density of the fitness per sensor. " + "; ".join(parts) + "."


def _table(bars: pd.DataFrame, kernel: pd.DataFrame) -> pd.DataFrame:
    steps = bars.assign(curve="histogram", fitness=(bars["left"] + bars["right"]) / 2)
    columns = ["sensor", "budget", "curve", "fitness", "density", "count"]
    smooth = kernel.assign(count=pd.array([pd.NA] * len(kernel), dtype="Int64"))
    return pd.concat([steps[columns], smooth[columns]], ignore_index=True)
