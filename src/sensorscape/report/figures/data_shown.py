"""Figure 2: what the networks see, a picture per class and kind of image, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sensorscape.report.style import MUTED, UndefinedFigure, canvas, styled

TITLE = "The data shown"
_KINDS = {"radar": "Radar in decibels (red VV, green VH, blue their difference). ", "optical": "Optical in true colour. "}
_WIDTH, _LETTER = 8.6, 4.5  # of the figure in inches, of a letter of a heading in points
_SCALE, _GAP, _HEAD = 4, 3, 12  # a pixel is drawn 4 × 4; gaps and headings in patch pixels


def draw(
    pictures: Mapping[str, Sequence[NDArray[Any] | None]], classes: Sequence[str], rows: Sequence[int | None]
) -> tuple[Axes, pd.DataFrame]:
    """A mosaic of patches.

    Args:
        pictures: kind of image (``radar``, ``optical``, or an array's name) → one (H, W, 3) uint8 picture per class, None where
            the class has no accepted patch.
        classes: the classes' names, K of them.
        rows: the row in the raw file that each class's pictures come from.

    Returns:
        The axes, and a table with columns class, kind, row, mean_red, mean_green, mean_blue (0 … 255).

    Raises:
        UndefinedFigure: when no class has a patch.
    """
    kinds = [kind for kind, images in pictures.items() if any(image is not None for image in images)]
    if not kinds:
        raise UndefinedFigure("no class has an accepted patch" if pictures else "the fitness is looked up in tables: there are no patches")
    height, width = next(image.shape[:2] for image in pictures[kinds[0]] if image is not None)
    across = max(1, min(len(classes), round(360 / (len(kinds) * width + 2 * _GAP))))
    down = -(-len(classes) // across)
    cell_w, cell_h = len(kinds) * width + (len(kinds) - 1) + 2 * _GAP, height + _HEAD + _GAP
    mosaic = np.full((down * cell_h, across * cell_w, 3), 255, np.uint8)
    with styled():
        axes: Axes = canvas(
            size=(_WIDTH, _WIDTH * mosaic.shape[0] / mosaic.shape[1]),
            left=0.05,
            right=0.05,
            top=0.05 + 0.17 * (len(kinds) > 1),
            bottom=0.05,
        )[0, 0]
        table = []
        for index, name in enumerate(classes):
            y, x = (index // across) * cell_h + _HEAD, (index % across) * cell_w
            axes.text(x, y - 2.5, _short(name, int(_WIDTH * 72 / across / _LETTER)), fontsize=7, va="bottom")
            for place, kind in enumerate(kinds):
                image, left = pictures[kind][index], x + place * (width + 1)
                if image is None:
                    axes.text(left + width / 2, y + height / 2, "none", ha="center", va="center", fontsize=7, color=MUTED)
                    mosaic[y : y + height, left : left + width] = 240
                    continue
                mosaic[y : y + height, left : left + width] = image
                red, green, blue = image.reshape(-1, 3).mean(axis=0).round(3)
                table.append((name, kind, rows[index], red, green, blue))
        big = mosaic.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
        axes.imshow(big, interpolation="none", extent=(0, mosaic.shape[1], mosaic.shape[0], 0))
        axes.set_axis_off()
        if len(kinds) > 1:
            order = f"in each class, left to right: {', '.join(kinds)}"
            axes.set_title(order, fontsize=7.5, color=MUTED, fontweight="normal", pad=2)
    return axes, pd.DataFrame(table, columns=["class", "kind", "row", "mean_red", "mean_green", "mean_blue"])


def read(kinds: Iterable[str]) -> str:
    """How to read the figure, from the kinds of images it has."""
    known = "".join(_KINDS.get(kind, "") for kind in kinds)
    return (
        f"One accepted patch of the training part per class, never a chosen one: the first in the file. {known}Each kind is stretched "
        "once over all classes, so brightness can be compared within a kind."
    )


def describe(table: pd.DataFrame) -> str:
    """What the figure shows, in words."""
    kinds = " and ".join(dict.fromkeys(table["kind"]))
    return f"One patch for each of {table['class'].nunique()} classes as {kinds} picture{'s' if table['kind'].nunique() > 1 else ''}."


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
