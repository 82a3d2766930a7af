"""Figures 7 and 8: fitness against distance to the best model, with linear fit and a box per distance."""

from collections.abc import Collection, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, dots, in_order, interval_text
from sensorscape.report.palette import Palette
from sensorscape.report.style import INK, MUTED, UndefinedFigure, canvas, light_grid, shade, styled
from sensorscape.report.text import number

TITLE = "Fitness and distance to the best model after {budget} epochs"
READ = (
    "Each point is a model; the star is the best one, x*. Distance is in bits of the 289-bit code, the paper's, and below it, where it "
    "is known, in "
    "edits of the cell. A line that falls says that cells like the best are good, so a search is led towards it; a flat one that "
    "closeness tells "
    "nothing. Boxes: quartiles and median at each distance. The line is the paper's fit, through x* as well; r leaves x* out, since "
    "leaving it in "
    "makes r too negative in small samples."
)
_UNITS = {"code": "distance to x* (bits of the code)", "edit": "distance to x* (edits)"}


def draw(
    points: pd.DataFrame,
    fits: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    budget: int,
    sensors: Sequence[str],
    palette: Palette,
    unlinked: Collection[str] = (),
) -> tuple[list[Axes], pd.DataFrame]:
    """A column per sensor, a row per distance.

    Args:
        points, fits, boxes: the footprint's tables fdc_points, fdc_fits and fdc_boxes.
        budget: epochs.
        unlinked: sensors without registered models (tables).

    Returns:
        The axes, and the table of points drawn: sensor, budget, distance, cell, d, fitness, best, line (the fit at d).

    Raises:
        UndefinedFigure: when no sensor has two models.
    """
    shown = at(points, budget=budget)
    drawn = [sensor for sensor in sensors if (shown["sensor"] == sensor).any()]
    if not drawn:
        reasons = in_order(reason for reason in at(fits, budget=budget)["reason"] if reason)
        raise UndefinedFigure("; ".join(reasons) or f"no sensor has models after {budget} epochs")
    distances = [distance for distance in _UNITS if (shown["distance"] == distance).any()]
    lines = np.full(len(shown), np.nan)
    with styled():
        size = (2.55, 2.05) if len(drawn) < 5 else (2.2, 1.8)
        grid = canvas(len(distances), len(drawn), size=size, gap=(0.5, 0.98), top=0.55)
        for row, distance in enumerate(distances):
            for axes, sensor in zip(grid[row], drawn, strict=True):
                mine = at(shown, sensor=sensor, distance=distance)
                fit = at(fits, budget=budget, sensor=sensor, distance=distance)
                if mine.empty:
                    _reason(axes, sensor, fit)
                    continue
                _boxes(axes, at(boxes, budget=budget, sensor=sensor, distance=distance), palette.colour(sensor))
                _points(axes, mine, palette, sensor, linked=sensor not in unlinked)
                lines[((shown["sensor"] == sensor) & (shown["distance"] == distance)).to_numpy()] = _line(axes, mine, fit)
                axes.set_title(f"{sensor} ({_count(mine, fit)})\n{_legend(fit)}", fontsize=8.5, linespacing=1.35)
                axes.set_xlabel(_UNITS[distance])
                light_grid(axes)
            next(axes for axes in grid[row] if axes.axison).set_ylabel("fitness (kappa)")
    return list(grid.flat), shown.assign(line=lines)


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for (sensor, distance), rows in table.groupby(["sensor", "distance"], sort=False):
        d, line = rows["d"].to_numpy(), rows["line"].to_numpy()
        if len(rows) < 2 or not np.isfinite(line).all() or np.ptp(d) == 0:
            continue
        slope = (line[d.argmax()] - line[d.argmin()]) / np.ptp(d)
        parts.append(f"{sensor} by {distance} distance: {'falls' if slope < 0 else 'rises'} by {abs(slope):.4f} kappa per step")
    return "Fitness against distance to the best model. " + "; ".join(parts) + "."


def _reason(axes: Axes, sensor: str, fit: pd.DataFrame) -> None:
    """In place of a panel: why the sensor has no such distances."""
    axes.set_axis_off()
    why = fit["reason"].iloc[0] if len(fit) else "this distance is not known"
    axes.text(0, 0.5, f"{sensor}: {fill(why, 32)}", fontsize=8, va="center")


def _points(axes: Axes, mine: pd.DataFrame, palette: Palette, sensor: str, *, linked: bool) -> None:
    others, top = mine[mine["best"] != "yes"], mine[mine["best"] == "yes"]
    dots(axes, others["d"] + _jitter(others), others["fitness"], list(others["cell"]), palette, sensor, linked=linked)
    axes.scatter(top["d"], top["fitness"], marker="*", s=85, c=palette.colour(sensor), edgecolors=INK, linewidths=0.6, zorder=4)


def _boxes(axes: Axes, boxes: pd.DataFrame, colour: str) -> None:
    axes.vlines(boxes["d"], boxes["whisker_low"], boxes["whisker_high"], color=shade(colour, 0.5), linewidth=0.7, zorder=1)
    span = np.ptp(boxes["d"]) if len(boxes) > 1 else 1
    width = max(1.5, min(7.0, 150 / max(span, 1)))
    several = boxes[boxes["n"] > 1]
    axes.vlines(several["d"], several["quarter"], several["three_quarters"], color=shade(colour, 0.28), linewidth=width, zorder=1.1)
    axes.scatter(several["d"], several["median"], marker="_", s=(width * 1.4) ** 2, c=MUTED, linewidths=1.1, zorder=1.2)


def _jitter(rows: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A shift within ±0.16 that follows from the cell's hash: points at one distance part, and stay where they are in every run."""
    return np.array([int(cell[:6], 16) / 0xFFFFFF - 0.5 for cell in rows["cell"]], float) * 0.32


def _line(axes: Axes, mine: pd.DataFrame, fit: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    if fit.empty or not np.isfinite(fit["slope"].iloc[0]):
        return np.full(len(mine), np.nan)
    slope, intercept = float(fit["slope"].iloc[0]), float(fit["intercept"].iloc[0])
    ends = np.array([mine["d"].min(), mine["d"].max()])
    axes.plot(ends, intercept + slope * ends, color=INK, linewidth=1.2, zorder=3.5)
    values: np.ndarray[Any, np.dtype[np.float64]] = intercept + slope * mine["d"].to_numpy(float)
    return values


def _count(mine: pd.DataFrame, fit: pd.DataFrame) -> str:
    """How many models there are, and how many of them are drawn where they are too many."""
    n = int(fit["n"].iloc[0]) if len(fit) else len(mine)
    return f"n = {number(n)}" + (f", {number(len(mine))} drawn" if len(mine) < n else "")


def _legend(fit: pd.DataFrame) -> str:
    if fit.empty or not np.isfinite(fit["pearson"].iloc[0]):
        return "r not defined"
    row = fit.iloc[0]
    return f"r = {row['pearson']:.2f}".replace("-", "−") + interval_text(row["pearson_low"], row["pearson_high"])
