"""Figure 9: the fitness along the random walks."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, dots, in_order, interval_text, published_mark
from sensorscape.report.palette import Palette
from sensorscape.report.published import Published
from sensorscape.report.style import UndefinedFigure, canvas, light_grid, styled

TITLE = "Fitness along the random walk after {budget} epochs"
READ = (
    "Points: the fitness of the cell at each step, a step being one change of the cell. Lines: the paper's 5-point moving average "
    "(whole windows only, gaps "
    "beside missing points). A curve that drifts slowly is a smooth landscape, one that jumps at every step a rugged one, or a noisy "
    "measurement. "
    "Dotted: the published mean of the walk."
)
MOST_WALKS = 4


def draw(
    walks: pd.DataFrame,
    ruggedness: pd.DataFrame,
    *,
    budget: int,
    sensors: Sequence[str],
    palette: Palette,
    published: Published,
    unlinked: Collection[str] = (),
) -> tuple[list[Axes], pd.DataFrame]:
    """A row per walk (the first four), all sensors in it.

    Args:
        walks, ruggedness: the footprint's tables of these names.
        budget: epochs of the walk.
        unlinked: sensors without registered models (tables).

    Returns:
        The axes, and the rows of `walks` that are drawn.

    Raises:
        UndefinedFigure: when no walk has a fitness at this budget.
    """
    shown = at(walks, budget=budget)
    shown = shown[shown["walk"] < MOST_WALKS]
    drawn = [sensor for sensor in sensors if at(shown, sensor=sensor)["fitness"].notna().any()]
    if not drawn:
        raise UndefinedFigure(f"no walk has a fitness after {budget} epochs")
    numbers = sorted(int(number) for number in in_order(shown["walk"]))
    with styled():
        grid = canvas(len(numbers), 1, size=(8.4, 2.5), top=0.2 + 0.19 * len(drawn), gap=(0.6, 0.55))[:, 0]
        for axes, number in zip(grid, numbers, strict=True):
            for sensor in drawn:
                mine = at(shown, sensor=sensor, walk=number)
                known = mine[mine["fitness"].notna()]
                dots(axes, known["step"], known["fitness"], list(known["cell"]), palette, sensor, linked=sensor not in unlinked, size=9)
                label = _label(sensor, ruggedness, budget, published) if number == numbers[0] else None
                axes.plot(mine["step"], mine["smoothed"], color=palette.colour(sensor), linestyle=palette[sensor].dash, label=label)
                published_mark(axes, published.value(sensor, "walk_mean"), vertical=False, colour=palette.colour(sensor))
            if len(numbers) > 1:
                axes.set_title(f"walk {number + 1}")
            axes.set_ylabel("fitness (kappa)")
            axes.set_xlabel("step of the walk")
            axes.margins(x=0.01)
            light_grid(axes)
        grid[0].figure.legend(*grid[0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.06, 1), labelspacing=0.25)
    return list(grid), shown


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for sensor, rows in table.groupby("sensor", sort=False):
        f = rows["fitness"].dropna()
        parts.append(f"{sensor} between {f.min():.2f} and {f.max():.2f} over {len(f)} points" if len(f) else f"{sensor} without a point")
    return "Fitness at each step of the walk. " + "; ".join(parts) + "."


def _label(sensor: str, ruggedness: pd.DataFrame, budget: int, published: Published) -> str:
    rows = at(ruggedness, sensor=sensor, budget=budget)
    paper, robust = at(rows, estimate="paper"), at(rows, estimate="robust")
    text = sensor
    if len(robust) and np.isfinite(robust["rho"].iloc[0]):
        row = robust.iloc[0]
        text += f": ρ̂ = {row['rho']:.2f}".replace("-", "−") + interval_text(row["low"], row["high"]) + f", n = {int(row['n'])}"
    if len(paper):
        tau = paper["tau"].iloc[0]
        text += f", τ = {tau:.2f}" if np.isfinite(tau) else ", τ undefined"
    value = published.value(sensor, "ruggedness")
    return text + (f" (published τ = {value})" if value is not None else "")
