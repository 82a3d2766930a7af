"""Searching with a cheap sensor or budget: regret of shortlist-and-retrain against its cost."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, panels, required
from sensorscape.report.palette import Palette
from sensorscape.report.style import MUTED, NULL_LINE, legend_above, light_grid, shade, styled
from sensorscape.report.text import number

TITLE = "Searching with a cheap proxy: regret against cost"
READ = (
    "A proxy (sensor @ budget) ranks all cells; its m best are trained at the target; the regret is what is lost against the target's "
    "best cell. Each point is an m, from 1 "
    "to the right; the cost counts all proxy trainings and the shortlist's, as a share of training every cell at the target. Below the "
    "dashed line (m cells drawn at "
    "random; one for each number of cells that target and proxies share) the proxy pays; further left it is cheaper. The darker the line, "
    "the longer the proxy's budget. Costs are seconds; where a table gives none, epochs."
)

_TICKS, _DECADES = (0.01, 0.03, 0.1, 0.3, 1, 3), (1e-5, 1e-4, 1e-3, 0.01, 0.1, 1)


def draw(proxies: pd.DataFrame, *, sensors: Sequence[str], palette: Palette) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per target sensor.

    Args:
        proxies: the footprint's table of this name.

    Returns:
        The axes, and the rows drawn with a column cost_share.

    Raises:
        UndefinedFigure: when no regret is defined.
    """
    rows = required(proxies, "regret", "no proxy and target share enough cells")
    rows = rows.assign(cost_share=(rows["cost_seconds"] / rows["full_seconds"]).fillna(_epochs_share(rows)))
    targets = [sensor for sensor in sensors if (rows["target_sensor"] == sensor).any()]
    budgets = sorted(int(b) for b in rows["proxy_budget"].unique())
    with styled():
        grid = panels(len(targets), size=(2.55, 2.6), top=0.62, bottom=0.52)
        for axes, target in zip(grid, targets, strict=True):
            mine = at(rows, target_sensor=target)
            for sensor in sensors:
                for budget in budgets:
                    line = at(mine, proxy_sensor=sensor, proxy_budget=budget).sort_values("shortlist")
                    if len(line):
                        colour = shade(palette.colour(sensor), _tone(budgets, budget))
                        axes.plot(
                            line["cost_share"],
                            line["regret"],
                            color=colour,
                            linewidth=0.7 + 1.1 * _tone(budgets, budget),
                            marker=".",
                            markersize=3.5,
                        )
            _baseline(axes, mine)
            late = int(mine["target_budget"].iloc[0])
            axes.set_title(f"target {target} @ {late} (n = {_numbers(mine['n'])})")
            axes.set_xscale("log")
            low, high = min(mine["cost_share"].min(), 1 / float(mine["n"].max())), max(1.0, mine["cost_share"].max())
            ticks = [tick for tick in (_DECADES if high > 300 * low else _TICKS) if low / 1.2 <= tick <= high * 1.2]
            axes.set_xticks(ticks, [f"{100 * tick:g}%" for tick in ticks])
            axes.set_xticks([], minor=True)
            axes.set_xlabel("cost (share of training all at the target)")
            axes.set_ylim(bottom=-0.02 * max(mine["regret"].max(), 1e-6))
            light_grid(axes, "both")
        grid[0].set_ylabel("regret (kappa)")
        _legend(grid[0], sensors, palette, budgets)
    return grid, rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for target, rows in table.groupby("target_sensor", sort=False):
        cheap = rows[rows["cost_share"] < 1]
        if len(cheap):
            best = cheap.sort_values(["regret", "cost_share"]).iloc[0]
            where = f"{best['proxy_sensor']} @ {int(best['proxy_budget'])}"
            parts.append(
                f"for {target}: {where} with a shortlist of {int(best['shortlist'])} loses {best['regret']:.3f} at "
                f"{best['cost_share']:.0%} of the cost"
            )
    return "Regret against cost per target sensor. " + "; ".join(parts) + "."


def _numbers(counts: "pd.Series[int]") -> str:
    """One number of cells, or the smallest and the largest."""
    low, high = int(counts.min()), int(counts.max())
    return number(high) if low == high else f"{number(low)}–{number(high)}"


def _epochs_share(rows: pd.DataFrame) -> "pd.Series[float]":
    """Cost in epochs, all proxy trainings and the shortlist's at the target, as a share of all at the target."""
    return (rows["n"] * rows["proxy_budget"] + rows["shortlist"] * rows["target_budget"]) / (rows["n"] * rows["target_budget"])


def _baseline(axes: Axes, mine: pd.DataFrame) -> None:
    """Random shortlists and the target against its own second seed; proxies of other cells have others."""
    for n in sorted({int(n) for n in mine["n"]}):
        alike = at(mine, n=n)
        lines = alike.groupby("shortlist", as_index=False).agg(random=("random", "mean"), ceiling=("ceiling", "mean"))
        axes.plot(lines["shortlist"] / n, lines["random"], **NULL_LINE)
        if lines["ceiling"].notna().any():
            axes.plot(lines["shortlist"] / n, lines["ceiling"], color=MUTED, linewidth=0.8, linestyle=(0, (1, 1)))


def _tone(budgets: Sequence[int], budget: int) -> float:
    """How dark a budget's line is: 0.3 for the smallest, 1 for the largest."""
    return 0.3 + 0.7 * (budgets.index(budget) / max(len(budgets) - 1, 1))


def _legend(axes: Axes, sensors: Sequence[str], palette: Palette, budgets: Sequence[int]) -> None:
    from matplotlib.lines import Line2D

    entries = [Line2D([], [], color=palette.colour(sensor), marker=".", label=f"proxy {sensor}") for sensor in sensors]
    entries.append(Line2D([], [], **{k: v for k, v in NULL_LINE.items() if k != "zorder"}, label="random shortlist"))
    for budget in budgets:
        tone = _tone(budgets, budget)
        entries.append(Line2D([], [], color=shade("#222222", tone), linewidth=0.7 + 1.1 * tone, label=f"@ {budget}"))
    legend_above(axes, entries, [str(entry.get_label()) for entry in entries], left=0.01, columnspacing=1.2, handlelength=1.8)
