"""How fitness-distance correlation changes from the footprint budget to the late one."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, panels, required, whiskers
from sensorscape.report.palette import Palette
from sensorscape.report.style import NULL_LINE, light_grid, styled

TITLE = "FDC from {budget} to {late_budget} epochs"
READ = (
    "The change of the correlation r, of the line's slope and of the spread around each distance, with 95 % intervals paired over the "
    "same cells; each budget keeps its "
    "own best model. An interval that crosses the dashed line shows no change that these data can tell from none."
)
_LABELS = {"pearson": "correlation r", "slope": "slope (kappa per step)", "spread": "spread (kappa)"}


def draw(fdc_change: pd.DataFrame, *, sensors: Sequence[str], palette: Palette) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per quantity; sensors from left to right, filled for code distance, hollow for edit distance.

    Raises:
        UndefinedFigure: when no change is defined.
    """
    rows = required(fdc_change, "change", "two budgets are needed")
    quantities = [quantity for quantity in _LABELS if (rows["quantity"] == quantity).any()]
    drawn = [sensor for sensor in sensors if (rows["sensor"] == sensor).any()]
    with styled():
        grid = panels(len(quantities), size=(2.4, 2.0), gap=(0.85, 0.6), left=0.75, top=0.6)
        for axes, quantity in zip(grid, quantities, strict=True):
            axes.axhline(0, **NULL_LINE)
            for place, sensor in enumerate(drawn):
                for distance, shift in (("code", -0.14), ("edit", 0.14)):
                    mine = at(rows, sensor=sensor, quantity=quantity, distance=distance)
                    if mine.empty:
                        continue
                    look, x = palette[sensor], [place + shift] * len(mine)
                    whiskers(axes, x, mine["low"], mine["high"], palette, sensor)
                    face = look.colour if distance == "code" else "white"
                    axes.plot(x, mine["change"], marker=look.marker, color=look.colour, markerfacecolor=face, linestyle="")
            axes.set_xticks(range(len(drawn)), [f"{sensor}\n(n = {int(at(rows, sensor=sensor)['n'].max())})" for sensor in drawn])
            axes.set_xlim(-0.6, len(drawn) - 0.4)
            axes.set_title(f"change of the {_LABELS[quantity].split(' (')[0]}")
            axes.set_ylabel(_LABELS[quantity])
            light_grid(axes)
        if rows["distance"].nunique() > 1:
            grid[0].figure.text(0.01, 0.985, "filled: code distance, hollow: edit distance", va="top", fontsize=8)
    return grid, rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    crossing = ((table["low"] <= 0) & (table["high"] >= 0)).sum()
    return f"{len(table)} changes with intervals, {crossing} of which hold 0."
