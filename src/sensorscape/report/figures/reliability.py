"""Noise: how much of the variance of the fitness is the cell's, and how much the training seed's."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, budget_axis, by_budget_in_words, curve, dodge, required, whiskers
from sensorscape.report.palette import Palette
from sensorscape.report.style import NULL_LINE, canvas, light_grid, styled

TITLE = "Reliability, and ruggedness with the noise taken out"
READ = (
    "Left: R, the share of the variance between runs that belongs to the cell; at 1 training again gives the same fitness, at 0 the "
    "seed decides. Right: the walk's "
    "autocorrelation as measured (filled) and divided by R (hollow): what is rugged in the left sense may only be noisy."
)


def draw(reliability: pd.DataFrame, *, sensors: Sequence[str], palette: Palette) -> tuple[list[Axes], pd.DataFrame]:
    """Two panels over the budgets.

    Args:
        reliability: the footprint's table of this name.

    Raises:
        UndefinedFigure: when no cell was trained with several seeds.
    """
    rows = required(reliability, "value", "one seed per cell: noise and landscape cannot be told apart (training.seeds)")
    budgets = sorted(int(b) for b in rows["budget"].unique())
    drawn = [sensor for sensor in sensors if (rows["sensor"] == sensor).any()]
    with styled():
        left, right = canvas(1, 2, size=(3.0, 2.3), gap=(0.75, 0.5), right=1.55)[0]
        right.axhline(0, **NULL_LINE)
        for place, sensor in enumerate(drawn):
            mine = at(rows, sensor=sensor).sort_values("budget")
            x = dodge(mine["budget"].to_numpy(float), place, len(drawn))
            whiskers(left, x, mine["low"], mine["high"], palette, sensor)
            curve(left, x, mine["value"], palette, sensor)
            curve(right, x, mine["rho"], palette, sensor, label=f"{sensor} (n = {int(mine['n'].max())})")
            curve(right, x, mine["rho_corrected"], palette, sensor, markerfacecolor="white", linestyle="")
        left.set_ylim(-0.03, 1.03)
        left.set_ylabel("reliability R (share)")
        right.set_ylabel("autocorrelation ρ̂(1)")
        for axes in (left, right):
            budget_axis(axes, budgets)
            light_grid(axes)
        right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return [left, right], rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    return f"Reliability by training budget in epochs. {by_budget_in_words(table, 'value')}."
