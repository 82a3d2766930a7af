"""Rank correlation of the fitness between all (sensor, budget) pairs, as a matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import required
from sensorscape.report.palette import Palette
from sensorscape.report.style import INK, MUTED, canvas, styled

TITLE = "Rank correlation between sensors and budgets"
READ = (
    "Below the diagonal Spearman's ρ, above it Kendall's τ, over the cells that both measured. A cheap sensor or a short budget stands "
    "in for an expensive one as far as "
    "its square with that one is dark blue. The table holds the intervals and the n of every pair."
)


def draw(correlation: pd.DataFrame, *, sensors: Sequence[str], palette: Palette) -> tuple[Axes, pd.DataFrame]:
    """One square per pair.

    Args:
        correlation: the footprint's table of this name (both triangles and the diagonal).

    Returns:
        The axes and the table.

    Raises:
        UndefinedFigure: when no pair shares two cells.
    """
    rows = required(correlation, "spearman", "no two budgets share enough cells")
    keys = [(s, b) for s in sensors for b in sorted({int(b) for b in rows.loc[rows["first_sensor"] == s, "first_budget"]})]
    place = {key: index for index, key in enumerate(keys)}
    matrix = np.full((len(keys), len(keys)), np.nan)
    for _, row in rows.iterrows():
        i, j = place[row["first_sensor"], int(row["first_budget"])], place[row["second_sensor"], int(row["second_budget"])]
        matrix[i, j] = row["spearman"] if i > j else row["kendall"] if i < j else np.nan
    with styled():
        side = min(6.4, 0.46 * len(keys) + 0.6)
        axes: Axes = canvas(size=(side, side), left=1.15, right=1.0, top=0.3, bottom=0.95)[0, 0]
        _matrix(axes, matrix, keys, sensors, palette)
        axes.set_title(
            f"n = {int(rows['n'].min())}–{int(rows['n'].max())} cells a pair"
            if rows["n"].nunique() > 1
            else f"n = {int(rows['n'].iloc[0])} cells a pair"
        )
    return axes, correlation


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    apart = table[(table["first_sensor"] != table["second_sensor"]) & table["spearman"].notna()]
    same = table[
        (table["first_sensor"] == table["second_sensor"]) & (table["first_budget"] < table["second_budget"]) & table["spearman"].notna()
    ]
    text = "Matrix of rank correlations."
    if len(same):
        text += f" Between budgets of one sensor Spearman's ρ is {same['spearman'].min():.2f} to {same['spearman'].max():.2f}"
    if len(apart):
        text += f"; between sensors {apart['spearman'].min():.2f} to {apart['spearman'].max():.2f}"
    return text.rstrip(".") + "."


def _matrix(axes: Axes, matrix: np.ndarray[Any, Any], keys: list[tuple[str, int]], sensors: Sequence[str], palette: Palette) -> None:
    size = len(keys)
    image = axes.pcolormesh(
        np.arange(size + 1),
        np.arange(size + 1),
        np.ma.masked_invalid(matrix),
        cmap="RdBu",
        vmin=-1,
        vmax=1,
        edgecolors="white",
        linewidth=0.6,
    )
    axes.invert_yaxis()
    if size <= 16:
        for (i, j), value in np.ndenumerate(matrix):
            if np.isfinite(value):
                text = f"{value:.2f}".replace("0.", ".", 1).replace("-", "−") if abs(value) < 0.995 else f"{value:.0f}"
                axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=6.6, color="white" if abs(value) > 0.65 else INK)
    middle = np.arange(size) + 0.5
    labels = [f"{sensor} @ {budget}" for sensor, budget in keys]
    axes.set_yticks(middle, labels)
    axes.set_xticks(middle, labels, rotation=60, ha="right", rotation_mode="anchor")
    for ticks in (axes.get_yticklabels(), axes.get_xticklabels()):
        for label, (sensor, _) in zip(ticks, keys, strict=True):
            label.set_color(palette.colour(sensor))
            label.set_fontweight("bold")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    edges = np.cumsum([sum(1 for key in keys if key[0] == sensor) for sensor in sensors])[:-1]
    axes.hlines(edges, 0, size, color=MUTED, linewidth=0.9)
    axes.vlines(edges, 0, size, color=MUTED, linewidth=0.9)
    bar = axes.figure.colorbar(image, ax=axes, cax=axes.inset_axes((1.03, 0.0, 0.035, 1.0)))
    bar.set_label("rank correlation")
    bar.outline.set_visible(False)
