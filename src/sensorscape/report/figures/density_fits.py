"""Figures 5 and 6: the fitted densities and their distribution functions over the data."""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import FITNESS, at, panels
from sensorscape.report.palette import Palette
from sensorscape.report.style import INK, UndefinedFigure, legend_above, light_grid, shade, styled

TITLES = {"density": "Fitted densities", "cumulative": "Fitted distribution functions"}
READ = (
    "Three families with two parameters each, fitted by maximum likelihood; the thickest line has the smallest AIC (Tables 1–3 say by "
    "how much, and whether "
    "that is more than chance). Weibull and log-normal also give weight to a fitness above 1, which cannot be."
)
_FAMILIES: dict[str, dict[str, Any]] = {
    "beta": {"color": INK, "linestyle": "-"},
    "weibull": {"color": "#A33B20", "linestyle": (0, (5, 1.5))},
    "log-normal": {"color": "#6A4C93", "linestyle": (0, (1.2, 1.2))},
}


def draw(
    curves: pd.DataFrame,
    data: pd.DataFrame,
    densities: pd.DataFrame,
    *,
    kind: Literal["density", "cumulative"],
    budget: int,
    sensors: Sequence[str],
    palette: Palette,
) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per sensor: the data and the three fits.

    Args:
        curves, densities: the footprint's tables of these names.
        data: its table `histogram` for ``density``, `ecdf` for ``cumulative``.
        budget: epochs.

    Returns:
        The axes, and a table with columns sensor, budget, curve (``data`` or a family), fitness, and density or cumulative.

    Raises:
        UndefinedFigure: when no sensor has a fit.
    """
    lines = at(curves[curves["curve"] != "kernel"], budget=budget)
    drawn = [sensor for sensor in sensors if (lines["sensor"] == sensor).any()]
    if not drawn:
        reasons = list(dict.fromkeys(reason for reason in densities["reason"] if reason))
        raise UndefinedFigure("; ".join(reasons) or "no density could be fitted")
    shown = at(data, budget=budget)
    with styled():
        grid = panels(len(drawn), top=0.62)
        for axes, sensor in zip(grid, drawn, strict=True):
            mine, fits = at(shown, sensor=sensor), at(densities, sensor=sensor, budget=budget)
            _data(axes, mine, kind, palette.colour(sensor))
            best = fits.loc[fits["best"] == "yes", "family"]
            for family, style in _FAMILIES.items():
                line = at(lines, sensor=sensor, curve=family)
                width = 2.0 if (best == family).any() else 1.1
                axes.plot(line["fitness"], line[kind], linewidth=width, label=family, **style)
            low, high = _span(mine, kind)
            axes.set_xlim(low, high)
            axes.set_title(f"{sensor} (n = {int(fits['n'].max())})" + (f", best: {best.iloc[0]}" if len(best) else ""))
            axes.set_xlabel(FITNESS)
            axes.set_ylim(bottom=0)
            light_grid(axes)
        grid[0].set_ylabel("density (1/kappa)" if kind == "density" else "share of models at or below")
        handles, labels = grid[0].get_legend_handles_labels()
        legend_above(grid[0], handles, labels, left=0)
    return grid, _table(lines, shown, kind)


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    families = ", ".join(name for name in dict.fromkeys(table["curve"]) if name != "data")
    return f"The data of {table['sensor'].nunique()} sensors with the fits {families}."


def _data(axes: Axes, mine: pd.DataFrame, kind: str, colour: str) -> None:
    if kind == "density":
        width = mine["right"] - mine["left"]
        axes.bar(
            mine["left"],
            mine["density"],
            width=width,
            align="edge",
            color=shade(colour, 0.35),
            edgecolor="white",
            linewidth=0.5,
            label="data",
        )
    else:
        axes.step(mine["fitness"], mine["cumulative"], where="post", color=colour, linewidth=1.4, label="data")


def _span(mine: pd.DataFrame, kind: str) -> tuple[float, float]:
    low, high = (mine["left"].min(), mine["right"].max()) if kind == "density" else (mine["fitness"].min(), mine["fitness"].max())
    pad = 0.15 * max(high - low, 0.02)
    return low - pad, high + pad


def _table(lines: pd.DataFrame, shown: pd.DataFrame, kind: str) -> pd.DataFrame:
    data = shown.assign(curve="data")
    if kind == "density":
        data = data.assign(fitness=(data["left"] + data["right"]) / 2)
    columns = ["sensor", "budget", "curve", "fitness", kind]
    return pd.concat([data[columns], lines[columns]], ignore_index=True)
