"""From one budget to the next: the mean fitness at every budget, and by how much it rises."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, budget_axis, by_budget_in_words, curve, dodge, required, whiskers
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import NULL_LINE, canvas, light_grid, shade, styled

TITLE = "The mean fitness at every budget, and its change"
READ = (
    "Left: mean fitness with its 95 % interval (thick) and one standard deviation of the cells (pale); dotted: "
    "the published means at 36 and 108 epochs. "
    "Right: the mean rise of the same cells since the budget before, with its interval; near 0 longer training no longer pays."
)


def draw(
    means: pd.DataFrame, *, sensors: Sequence[str], palette: Palette, published: Published, budget: int, late_budget: int
) -> tuple[list[Axes], pd.DataFrame]:
    """Two panels: means, and paired changes.

    Args:
        means: the footprint's table of this name.
        budget, late_budget: the budgets at which the published means of 36 and 108 epochs are drawn.

    Returns:
        The axes, and the rows drawn.

    Raises:
        UndefinedFigure: when no mean is defined.
    """
    rows = required(means, "mean", "no sensor has a model")
    budgets = sorted(int(b) for b in rows["budget"].unique())
    drawn = [sensor for sensor in sensors if (rows["sensor"] == sensor).any()]
    with styled():
        left, right = canvas(1, 2, size=(3.0, 2.3), gap=(0.75, 0.5), right=1.55)[0]
        for place, sensor in enumerate(drawn):
            mine, look = at(rows, sensor=sensor).sort_values("budget"), palette[sensor]
            x = dodge(mine["budget"].to_numpy(float), place, len(drawn))
            left.vlines(x, mine["mean"] - mine["sd"], mine["mean"] + mine["sd"], color=shade(look.colour, 0.35), linewidth=4)
            whiskers(left, x, mine["mean_low"], mine["mean_high"], palette, sensor)
            curve(left, x, mine["mean"], palette, sensor)
            for b, late in ((budget, False), (late_budget, True)):
                value = published.value(sensor, "mean", late=late)
                if value is not None and b in budgets:
                    left.hlines(value, b / 1.3, b * 1.3, color=look.colour, linewidth=1.0, linestyle=(0, (1, 1.2)))
            later = mine[mine["change"].notna()]
            x = dodge(later["budget"].to_numpy(float), place, len(drawn))
            whiskers(right, x, later["change_low"], later["change_high"], palette, sensor)
            curve(right, x, later["change"], palette, sensor, label=f"{sensor} (n = {_span(mine)})")
        right.axhline(0, **NULL_LINE)
        for axes, title, label in (
            (left, "mean fitness", "mean fitness (kappa)"),
            (right, "change since the budget before", "mean change (kappa)"),
        ):
            axes.set_title(title)
            axes.set_ylabel(label)
            budget_axis(axes, budgets)
            light_grid(axes)
        right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return [left, right], rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    return f"Mean fitness by training budget in epochs. {by_budget_in_words(table, 'mean')}."


def _span(rows: pd.DataFrame) -> str:
    low, high = int(rows["n"].min()), int(rows["n"].max())
    return str(low) if low == high else f"{low}–{high}"
