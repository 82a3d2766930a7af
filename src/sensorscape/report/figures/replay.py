"""Search replay: what random search, local search and evolution find on landscapes whose every neighbour was measured."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, in_order, panels, required
from sensorscape.report.style import INK, legend_above, light_grid, styled

TITLE = "Search replay: regret as the search goes on"
READ = (
    "Mean regret (best of the landscape less best found so far) over many seeds, with 95 % intervals. Only landscapes where every "
    "neighbour has a measured value take "
    "part; nothing is filled in by a surrogate. Where local search and evolution leave random search behind, the neighbourhood leads "
    "somewhere."
)
MOST = 9
_ALGORITHMS: dict[str, dict[str, Any]] = {
    "random": {"color": "#7A7A7A", "linestyle": (0, (4, 2))},
    "local": {"color": "#5D4A9C", "linestyle": "-"},
    "evolution": {"color": "#B5470D", "linestyle": (0, (6, 1.5, 1.5, 1.5))},
}


def draw(replay: pd.DataFrame) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per landscape and neighbourhood: the study's own first; at most nine, of every neighbourhood the latest budgets.

    Args:
        replay: the footprint's table of this name.

    Raises:
        UndefinedFigure: when no landscape has all neighbours measured.
    """
    rows = required(replay, "regret", "no landscape has all neighbours measured")
    own = rows[rows["sensor"] != ""]
    keys = in_order([*_latest(_keys(own)), *_spread(_keys(rows[rows["sensor"] == ""]))])[:MOST]
    with styled():
        grid = panels(len(keys), size=(2.5, 1.9), gap=(0.6, 0.8), top=0.62)
        for axes, (landscape, budget, hood) in zip(grid, keys, strict=True):
            mine = at(rows, landscape=landscape, neighbourhood=hood)
            mine = mine[mine["budget"].isna()] if pd.isna(budget) else at(mine, budget=budget)
            for algorithm, style in _ALGORITHMS.items():
                line = at(mine, algorithm=algorithm).sort_values("evaluations")
                axes.fill_between(
                    line["evaluations"].astype(float), line["low"], line["high"], color=style["color"], alpha=0.15, linewidth=0
                )
                axes.plot(line["evaluations"], line["regret"], label=algorithm, **style)
            axes.set_title(
                f"{landscape}{'' if pd.isna(budget) else f' @ {budget}'}\n{hood} (n = {int(mine['seeds'].max())} seeds)", fontsize=8
            )
            axes.set_xscale("log")
            axes.set_ylim(bottom=0)
            axes.set_xlabel("cells evaluated")
            light_grid(axes)
        for axes in grid[::3]:
            axes.set_ylabel("regret")
        legend_above(grid[0], *grid[0].get_legend_handles_labels(), labelcolor=INK)
    return grid, rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    last = table.sort_values("evaluations").groupby(["landscape", "neighbourhood", "algorithm"], sort=False).tail(1)
    ends = last.groupby("algorithm", sort=False)["regret"].mean()
    return (
        f"Regret on {table['landscape'].nunique()} landscapes; mean at the end: "
        + ", ".join(f"{name} {value:.3f}" for name, value in ends.items())
        + "."
    )


def _keys(rows: pd.DataFrame) -> list[tuple[Any, Any, Any]]:
    distinct = rows[["landscape", "budget", "neighbourhood"]].drop_duplicates()
    return list(distinct.itertuples(index=False, name=None))


def _latest(keys: list[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
    """At most nine of `keys`, the last of every neighbourhood."""
    hoods = in_order(hood for *_, hood in keys)
    most = MOST // max(1, len(hoods)) if len(keys) > MOST else len(keys)
    return [key for hood in hoods for key in [key for key in keys if key[2] == hood][-most:]]


def _spread(keys: list[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
    """At most three of `keys`, from the first to the last: smooth, middling and rugged synthetic landscapes."""
    if len(keys) <= 3:
        return keys
    return [keys[0], keys[len(keys) // 2], keys[-1]]
