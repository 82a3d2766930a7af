"""Ruggedness at every budget: the autocorrelation of the walks with its interval."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, budget_axis, dodge, in_order, panels, published_mark, required, whiskers
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import NULL_LINE, light_grid, styled

TITLE = "Ruggedness at every budget"
READ = (
    "The autocorrelation ρ̂(1) of neighbouring points of the walk, all walks pooled, with its 95 % interval (the AR(1) test inverted). "
    "Higher is smoother; the paper's "
    "τ is its reciprocal. An interval that holds 0 (dashed) cannot be told from white noise. Hollow marks: exact, over all neighbours, "
    "where every cell has a "
    "fitness. Dotted: the published 1/τ at 36 epochs."
)


def draw(ruggedness: pd.DataFrame, *, sensors: Sequence[str], palette: Palette, published: Published) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per neighbourhood, budgets from left to right.

    Args:
        ruggedness: the footprint's table of this name.

    Returns:
        The axes, and the rows drawn (estimates ``robust`` and ``exact``): sensor, budget, neighbourhood, estimate, rho, low,
        high, tau, n.

    Raises:
        UndefinedFigure: when no autocorrelation is defined.
    """
    rows = required(ruggedness[ruggedness["estimate"].isin(["robust", "exact"])], "rho", "no walk has three points with a fitness")
    hoods, budgets = in_order(rows["neighbourhood"]), sorted(int(b) for b in rows["budget"].unique())
    drawn = [sensor for sensor in sensors if (rows["sensor"] == sensor).any()]
    with styled():
        grid = panels(len(hoods), size=(4.2, 2.5) if len(hoods) == 1 else (2.4, 2.2), right=1.3, share_y=True)
        for axes, hood in zip(grid, hoods, strict=True):
            axes.axhline(0, **NULL_LINE)
            for place, sensor in enumerate(drawn):
                mine = at(rows, sensor=sensor, neighbourhood=hood)
                walked, exact = at(mine, estimate="robust"), at(mine, estimate="exact")
                look = palette[sensor]
                x = dodge(walked["budget"].to_numpy(float), place, len(drawn))
                whiskers(axes, x, walked["low"], walked["high"], palette, sensor)
                axes.plot(x, walked["rho"], color=look.colour, marker=look.marker, linestyle=look.dash, linewidth=0.9, label=sensor)
                if len(exact):
                    x = dodge(exact["budget"].to_numpy(float), place, len(drawn))
                    axes.plot(
                        x,
                        exact["rho"],
                        color=look.colour,
                        marker=look.marker,
                        markerfacecolor="white",
                        linestyle="",
                        label=f"{sensor}, exact",
                    )
                tau = published.value(sensor, "ruggedness")
                published_mark(axes, 1 / tau if tau else None, vertical=False, colour=look.colour)
            budget_axis(axes, budgets)
            axes.set_title(f"neighbourhood {hood} (n = {_count(rows, hood)})")
            light_grid(axes)
        grid[0].set_ylabel("autocorrelation ρ̂(1)")
        grid[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return grid, rows[["sensor", "budget", "neighbourhood", "estimate", "rho", "low", "high", "tau", "n"]]


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    walked = table[table["estimate"] == "robust"]
    parts = [
        f"{sensor}: "
        + ", ".join(f"{rho:.2f} after {budget}" for budget, rho in zip(rows["budget"], rows["rho"], strict=True) if np.isfinite(rho))
        for sensor, rows in walked.groupby("sensor", sort=False)
    ]
    return "Autocorrelation of the walk by training budget in epochs. " + "; ".join(parts) + "."


def _count(rows: pd.DataFrame, hood: str) -> str:
    counts = sorted({int(n) for n in at(rows, neighbourhood=hood)["n"] if pd.notna(n)})
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}" if counts else "–"
