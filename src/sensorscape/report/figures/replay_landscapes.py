"""Does an easier footprint mean a quicker search? One mark per landscape: its autocorrelation and how a search fared on it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, in_order, panels, required
from sensorscape.report.style import legend_above, light_grid, styled

TITLE = "Does an easier footprint mean a quicker search?"
READ = (
    "Each mark is a landscape: tables, budgets, subspaces (filled) and synthetic ones of known ruggedness (hollow). Across: its exact "
    "autocorrelation. Up: the area under the search's normalised regret (0 when the best is found at once, 1 when nothing better than "
    "the mean ever is), for local search and evolution less random search's on the same landscape: below 0 the neighbourhood helps. A "
    "cloud that falls says yes. In the titles: the rank correlation over landscapes with its 95 % interval."
)
_COLOURS = {"hamming": "#33658A", "edge": "#C0803A", "edit": "#6B8F3C"}
_MARKS = {"hamming": "o", "edge": "s", "edit": "^"}


def draw(summary: pd.DataFrame, correlation: pd.DataFrame) -> tuple[list[Axes], pd.DataFrame]:
    """A panel per algorithm.

    Args:
        summary, correlation: the footprint's tables replay_summary and replay_correlation.

    Raises:
        UndefinedFigure: when no landscape was searched.
    """
    rows = required(summary, "excess", "no landscape has all neighbours measured")
    algorithms, hoods = in_order(rows["algorithm"]), in_order(rows["neighbourhood"])
    with styled():
        grid = panels(len(algorithms), size=(2.6, 2.2), gap=(0.75, 0.7), top=0.6 + 0.16 * len(hoods))
        for axes, algorithm in zip(grid, algorithms, strict=True):
            lines = []
            for hood in hoods:
                mine = at(rows, algorithm=algorithm, neighbourhood=hood)
                colour = _COLOURS.get(hood, "#444444")
                for made, face in (("no", colour), ("yes", "white")):
                    part = at(mine, synthetic=made)
                    if part.empty:
                        continue
                    label = hood if made == "no" or not (mine["synthetic"] == "no").any() else None
                    axes.scatter(
                        part["rho"],
                        part["excess"],
                        s=20,
                        marker=_MARKS.get(hood, "D"),
                        facecolors=face,
                        edgecolors=colour,
                        linewidths=0.8,
                        alpha=0.85,
                        label=label,
                    )
                lines.append(_correlation(correlation, algorithm, hood))
            axes.set_title(f"{algorithm}\n" + "\n".join(line for line in lines if line), fontsize=8, linespacing=1.3)
            axes.set_xlabel("exact autocorrelation ρ")
            light_grid(axes, "both")
            axes.set_ylabel("area under normalised regret" if algorithm == "random" else "that area less random search's")
        legend_above(grid[0], *grid[0].get_legend_handles_labels(), ncols=3)
    return grid, rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for algorithm, rows in table.groupby("algorithm", sort=False):
        fine = rows[rows["rho"].notna()]
        if len(fine) > 2 and fine["rho"].nunique() > 1:
            smooth, rugged = (
                fine[fine["rho"] >= fine["rho"].median()]["excess"].mean(),
                fine[fine["rho"] < fine["rho"].median()]["excess"].mean(),
            )
            parts.append(f"{algorithm}: {smooth:.2f} on the smoother half, {rugged:.2f} on the more rugged half")
    return f"{table['landscape'].nunique()} landscapes, mean height of the marks. " + "; ".join(parts).replace("-", "−") + "."


def _correlation(correlation: pd.DataFrame, algorithm: str, hood: str) -> str:
    rows = at(correlation, algorithm=algorithm, neighbourhood=hood, measure="rho")
    if rows.empty or not np.isfinite(rows["spearman"].iloc[0]):
        return ""
    row = rows.iloc[0]
    return f"{hood}: {row['spearman']:.2f} [{row['low']:.2f}, {row['high']:.2f}], n = {int(row['landscapes'])}".replace("-", "−")
