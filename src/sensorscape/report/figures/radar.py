"""Figure 1: the fitness landscape footprint as a radar, each axis between its null (centre) and its ceiling (rim)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, in_order
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import INK, MUTED, RULE, UndefinedFigure, canvas, styled

TITLE = "The footprint radar"
READ = (
    "Every axis is anchored: the centre is what chance or white noise would give, the rim the best possible value, so a polygon does "
    "not change when another "
    "sensor is added. Further out is easier to search, on every axis. Ruggedness is drawn as the walk's autocorrelation ρ̂. Whiskers: "
    "95 % intervals; on the axis "
    "of the mean, one standard deviation of the fitness. An axis without a mark is undefined for that sensor; the tables say why. "
    "Right: the published values on the "
    "same axes, thin, where the paper states them (its own radar has no published scaling)."
)
_INVERTED = {"autocorrelation": "ruggedness"}


def draw(radar: pd.DataFrame, *, sensors: Sequence[str], palette: Palette, published: Published) -> tuple[list[Axes], pd.DataFrame]:
    """The study's radar, and the published values on the same axes beside it when there are any.

    Args:
        radar: the footprint's table of this name.

    Returns:
        The axes, and the table drawn: sensor, axis, raw, null, ceiling, position with its interval, and published_position.

    Raises:
        UndefinedFigure: when no axis is defined for any sensor.
    """
    drawn = [sensor for sensor in sensors if at(radar, sensor=sensor)["position"].notna().any()]
    if not drawn:
        reasons = in_order(reason for reason in radar["reason"] if reason)
        raise UndefinedFigure("; ".join(reasons) or "no axis is defined")
    names = in_order(radar["axis"])
    labels = {row["axis"]: row["label"] for _, row in radar.iterrows()}
    table = radar.assign(published_position=[_published(row, published) for _, row in radar.iterrows()])
    beside = bool(table["published_position"].notna().any())
    with styled():
        grid = canvas(1, 1 + beside, size=(3.3, 3.3), left=1.05, right=1.05, top=0.75, bottom=0.45, gap=(2.0, 0.5), polar=True)[0]
        for axes, column in zip(grid, ("position", "published_position"), strict=False):
            _web(axes, [labels[name] for name in names])
            for place, sensor in enumerate(drawn):
                rows = at(table, sensor=sensor).set_index("axis").reindex(names)
                if rows[column].notna().any():
                    _polygon(axes, rows, column, palette, sensor, place - (len(drawn) - 1) / 2)
        grid[0].set_title("this study", loc="center", pad=26)
        if beside:
            grid[1].set_title("published", loc="center", pad=26)
        grid[0].figure.legend(*grid[0].get_legend_handles_labels(), loc="upper left", ncols=1, bbox_to_anchor=(0.005, 0.995))
    columns = ["sensor", "axis", "raw", "raw_low", "raw_high", "null", "ceiling", "position", "position_low", "position_high"]
    return list(grid), table[[*columns, "published_position", "reason"]]


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for sensor, rows in table.groupby("sensor", sort=False):
        marks = [
            f"{axis.replace('_', ' ')} {value:.2f}"
            for axis, value in zip(rows["axis"], rows["position"], strict=True)
            if np.isfinite(value)
        ]
        parts.append(f"{sensor}: {', '.join(marks)}")
    return "Positions between null (0) and ceiling (1). " + "; ".join(parts) + "."


def _published(row: Any, published: Published) -> float:
    """The published value of an axis on this study's scale, NaN where the paper states none."""
    metric = _INVERTED.get(row["axis"], row["axis"])
    value = published.value(row["sensor"], metric)
    if value is None or not np.isfinite([row["null"], row["ceiling"]]).all() or row["null"] == row["ceiling"]:
        return float("nan")
    raw = 1 / value if row["axis"] in _INVERTED else value
    return float(np.clip((raw - row["null"]) / (row["ceiling"] - row["null"]), 0, 1))


def _web(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_theta_offset(np.pi / 2)  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    axes.set_ylim(0, 1)
    axes.set_yticks([0.25, 0.5, 0.75, 1.0], ["", "0.5", "", "1"], fontsize=7, color=MUTED)
    angles = _angles(len(labels))
    axes.set_xticks(angles, ["" for _ in labels])
    for angle, label in zip(angles, labels, strict=True):
        side = np.sin(angle)
        align = "center" if abs(side) < 0.2 else "left" if side > 0 else "right"
        axes.text(angle, 1.09, label, ha=align, va="center", fontsize=8)
    axes.grid(color=RULE, linewidth=0.5)
    axes.spines["polar"].set_color(RULE)


def _angles(count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def _polygon(axes: Axes, rows: pd.DataFrame, column: str, palette: Palette, sensor: str, place: float) -> None:
    """The polygon of one sensor. A side is drawn only between two neighbouring axes that are both defined."""
    look, angles, values = palette[sensor], _angles(len(rows)), rows[column].to_numpy(float)
    ours = column == "position"
    width = 1.8 if ours else 0.9
    dash = look.dash if ours else (0, (1, 1.5))
    closed = np.append(values, values[0])
    around = np.append(angles, 2 * np.pi)
    axes.plot(around, closed, color=look.colour, linewidth=width, linestyle=dash, zorder=3)
    known = np.isfinite(values)
    if known.all() and ours:
        axes.fill(angles, values, color=look.colour, alpha=0.1, zorder=2)
    size, edge = (5, INK) if ours else (3.5, look.colour)
    style: dict[str, Any] = {"marker": look.marker, "color": look.colour, "markeredgecolor": edge, "markeredgewidth": 0.4}
    axes.plot(angles[known], values[known], linestyle="", markersize=size, label=sensor, zorder=4, **style)
    if ours:
        low, high = rows["position_low"].to_numpy(float), rows["position_high"].to_numpy(float)
        fine = np.isfinite(low) & np.isfinite(high)
        axes.vlines(angles[fine] + 0.035 * place, low[fine], high[fine], color=look.colour, linewidth=0.9, alpha=0.8, zorder=2.5)
