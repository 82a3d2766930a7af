"""What in a cell matters: a linear model of the fitness on what a reader can see of the cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sensorscape.report.figures.parts import at, in_order, required
from sensorscape.report.palette import Palette
from sensorscape.report.style import NULL_LINE, canvas, legend_above, light_grid, shade, styled

TITLE = "What in a cell matters after {budget} epochs"
READ = (
    "Left: change of the fitness when a feature grows by one standard deviation and the others stay, with 95 % intervals (robust to "
    "unequal variances). Right: the "
    "share of the variance that the feature carries (Shapley value of R²). Features that go together, such as depth and operations, "
    "share what they explain."
)
_NAMES = {
    "conv1x1": "conv1×1 operations",
    "conv3x3": "conv3×3 operations",
    "maxpool3x3": "maxpool3×3 operations",
    "parameters": "parameters (log₁₀)",
}


def draw(features: pd.DataFrame, *, sensors: Sequence[str], palette: Palette) -> tuple[list[Axes], pd.DataFrame]:
    """Two panels: coefficients with intervals, and shares of the variance.

    Args:
        features: the footprint's table of this name.

    Raises:
        UndefinedFigure: when no sensor has cells enough for the model.
    """
    rows = required(features, "coefficient", "no sensor has cells enough for the model")
    names = in_order(rows["feature"])
    drawn = [sensor for sensor in sensors if (rows["sensor"] == sensor).any()]
    with styled():
        left, right = canvas(
            1, 2, size=(3.6, 0.3 * len(names) + 0.17 * len(names) * len(drawn) / 2), left=1.75, gap=(0.35, 0.5), right=0.2, top=0.62
        )[0]
        left.axvline(0, **NULL_LINE)
        for place, sensor in enumerate(drawn):
            mine, look = at(rows, sensor=sensor).set_index("feature").reindex(names), palette[sensor]
            y = np.arange(len(names)) + (place - (len(drawn) - 1) / 2) * 0.75 / len(drawn)
            left.hlines(y, mine["low"], mine["high"], color=look.colour, linewidth=1.1)
            r2, count = mine["r_squared"].max(), int(mine["n"].max())
            left.plot(
                mine["coefficient"], y, linestyle="", marker=look.marker, color=look.colour, label=f"{sensor} (n = {count}, R² = {r2:.2f})"
            )
            right.barh(y, mine["importance"], height=0.68 / len(drawn), color=shade(look.colour, 0.8))
        left.set_yticks(range(len(names)), [_NAMES.get(name, name) for name in names])
        right.set_yticks(range(len(names)), [""] * len(names))
        for axes, label in ((left, "change of the fitness (kappa per standard deviation)"), (right, "share of the variance")):
            axes.invert_yaxis()
            axes.set_xlabel(label)
            light_grid(axes, "x")
        legend_above(left, *left.get_legend_handles_labels(), left=0.01, ncols=3)
    return [left, right], rows


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    parts = []
    for sensor, rows in table.groupby("sensor", sort=False):
        clear = rows[(rows["low"] > 0) | (rows["high"] < 0)]
        found = ", ".join(f"{row['feature']} {row['coefficient']:+.3f}" for _, row in clear.iterrows())
        parts.append(f"{sensor}: {found or 'no feature with an interval clear of 0'}")
    return "Coefficients whose interval is clear of 0. " + "; ".join(parts) + "."
