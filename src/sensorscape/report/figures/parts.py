"""What several figures share: panels for any number of sensors, the axis of budgets, thin published lines."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sensorscape.report.links import MOST_LINKS, model_link
from sensorscape.report.palette import Palette
from sensorscape.report.style import PUBLISHED_LINE, UndefinedFigure, canvas

FITNESS = "fitness (Cohen's kappa)"


def panels(count: int, *, columns: int = 3, **layout: Any) -> list[Axes]:
    """`count` panels in rows of at most `columns`; places left over are empty. `layout` goes to `style.canvas`."""
    if count < 1:
        raise UndefinedFigure("there is nothing to draw")
    across = min(count, columns)
    layout.setdefault("size", (2.55, 2.05))
    grid = canvas(-(-count // across), across, **layout)
    flat = list(grid.flat)
    for axes in flat[count:]:
        axes.remove()
    return flat[:count]


def in_order(values: Iterable[Any]) -> list[Any]:
    """Distinct values in the order of their first appearance (the study's order of sensors)."""
    return list(dict.fromkeys(values))


def at(frame: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Rows whose columns equal the given values."""
    keep = np.ones(len(frame), bool)
    for column, value in where.items():
        same = frame[column] == value
        keep &= same.to_numpy(bool, na_value=False) if isinstance(same.dtype, pd.BooleanDtype) else same.to_numpy(bool)
    return frame[keep]


def required(frame: pd.DataFrame, values: str, what: str) -> pd.DataFrame:
    """The rows of `frame` with a number in the column `values`.

    Raises:
        UndefinedFigure: when no row has one; the reasons in the rows, or `what`, say why.
    """
    defined = frame[frame[values].notna()]
    if defined.empty:
        reasons = in_order(reason for reason in frame.get("reason", pd.Series(dtype=str)) if reason)
        raise UndefinedFigure("; ".join(reasons) if reasons else what)
    return defined


def budget_axis(axes: Axes, budgets: Sequence[int]) -> None:
    """A logarithmic axis of training budgets with a tick at each."""
    axes.set_xscale("log")
    axes.set_xticks(list(budgets), [str(b) for b in budgets])
    axes.set_xticks([], minor=True)
    axes.set_xlim(min(budgets) / 1.45, max(budgets) * 1.45)
    axes.set_xlabel("training budget (epochs)")


def dodge(budgets: Sequence[int] | NDArray[Any], place: int, places: int) -> NDArray[np.float64]:
    """Budgets shifted a little on the logarithmic axis, so that the marks of several sensors do not cover each other."""
    shifted: NDArray[np.float64] = np.asarray(budgets, float) * 1.1 ** (place - (places - 1) / 2)
    return shifted


def curve(axes: Axes, x: Any, y: Any, palette: Palette, sensor: str, **style: Any) -> None:
    """A thin line through marks in the sensor's colour, marker and dash."""
    look = palette[sensor]
    axes.plot(x, y, **{"color": look.colour, "marker": look.marker, "linestyle": look.dash, "linewidth": 0.9} | style)


def by_budget_in_words(table: pd.DataFrame, values: str) -> str:
    """``s1: 0.36 after 9, 0.46 after 27; s2: …`` of the column `values`."""
    return "; ".join(
        f"{sensor}: " + ", ".join(f"{value:.2f} after {budget}" for budget, value in zip(rows["budget"], rows[values], strict=True))
        for sensor, rows in table.groupby("sensor", sort=False)
    )


def whiskers(axes: Axes, x: Any, low: Any, high: Any, palette: Palette, sensor: str, **style: Any) -> None:
    """Vertical intervals in the sensor's colour; undefined ends are left out."""
    x, low, high = (np.asarray(values, float) for values in (x, low, high))
    fine = np.isfinite(low) & np.isfinite(high)
    axes.vlines(x[fine], low[fine], high[fine], color=palette.colour(sensor), linewidth=1.1, **style)


def published_mark(axes: Axes, value: float | None, *, vertical: bool, label: str = "", colour: str = "") -> None:
    """A thin dotted line at a published value; nothing where the paper states none."""
    if value is None:
        return
    style = PUBLISHED_LINE | ({"color": colour} if colour else {})
    (axes.axvline if vertical else axes.axhline)(value, label=label or None, **style)


def dots(axes: Axes, x: Any, y: Any, cells: Sequence[str], palette: Palette, sensor: str, *, linked: bool, size: float = 13.0) -> None:
    """A scatter in the sensor's colour and marker; each point links to its cell's registered model while they are few enough."""
    look = palette[sensor]
    many = len(cells) > MOST_LINKS
    drawn = axes.scatter(
        x,
        y,
        s=size * (0.35 if many else 1),
        c=look.colour,
        marker=look.marker,
        alpha=0.25 if many else 0.6,
        linewidths=0,
        rasterized=many,
        zorder=3,
    )
    if linked and not many:
        drawn.set_urls([model_link(cell) for cell in cells])


def interval_text(low: float, high: float, digits: int = 2) -> str:
    """`` [low, high]`` for a legend, nothing when undefined."""
    return f" [{low:.{digits}f}, {high:.{digits}f}]".replace("-", "−") if np.isfinite([low, high]).all() else ""
