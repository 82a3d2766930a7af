"""How every figure looks: fixed margins, one set of fonts and lines, and files that are equal byte for byte."""

import io
import math
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

INK, MUTED, RULE = "#1B2530", "#5C6670", "#C9D0D6"
PUBLISHED = "#7B3F61"  # the thin reference lines of the paper's values, in every figure
PUBLISHED_LINE: dict[str, Any] = {"color": PUBLISHED, "linewidth": 0.8, "linestyle": (0, (1, 1.5)), "zorder": 1.5}
NULL_LINE: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (4, 2)), "zorder": 1.4}

LEGEND_ROW = 0.17
"""Inches of a row of a legend."""

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # said, so that matplotlib need not measure every tick label to place a title
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "svg.hashsalt": "sensorscape",
    "svg.fonttype": "path",  # looks the same whatever fonts the reader has
    "pdf.fonttype": 3,
    "image.composite_image": False,
}


class UndefinedFigure(ValueError):  # noqa: N818 - it is an answer, not a fault
    """A figure that these data cannot give; its text is the reason, which the page shows in the figure's place."""


def shade(colour: str, strength: float) -> tuple[float, float, float]:
    """`colour` mixed with white: strength 1 leaves it as it is, 0 gives white. For the budgets of one sensor."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    red, green, blue = 1 - strength * (1 - rgb)
    return float(red), float(green), float(blue)


def canvas(
    rows: int = 1,
    columns: int = 1,
    *,
    size: tuple[float, float] = (3.1, 2.35),
    left: float = 0.62,
    right: float = 0.12,
    top: float = 0.42,
    bottom: float = 0.5,
    gap: tuple[float, float] = (0.62, 0.72),
    share_y: bool = False,
    share_x: bool = False,
    polar: bool = False,
) -> NDArray[Any]:
    """A figure of `rows` × `columns` panels with margins given in inches: quick to lay out, and equal on every machine.

    Args:
        size: width and height of one panel, inches.
        left, right, top, bottom: margins around all panels, inches.
        gap: horizontal and vertical space between panels, inches.
        share_y, share_x: one scale for all panels.
        polar: polar axes.

    Returns:
        (rows, columns) array of axes; ``axes.flat[0].figure`` is the figure.
    """
    width = left + right + columns * size[0] + (columns - 1) * gap[0]
    height = top + bottom + rows * size[1] + (rows - 1) * gap[1]
    with mpl.rc_context(_RC):
        figure = Figure(figsize=(width, height), facecolor="white")
        figure.subplots_adjust(
            left=left / width,
            right=1 - right / width,
            top=1 - top / height,
            bottom=bottom / height,
            wspace=gap[0] / size[0],
            hspace=gap[1] / size[1],
        )
        grid: NDArray[Any] = figure.subplots(
            rows, columns, squeeze=False, sharex=share_x, sharey=share_y, subplot_kw={"projection": "polar"} if polar else None
        )
        if not polar:  # labels at a fixed distance: equal on all panels, and quick
            for axes in grid.flat:
                axes.xaxis.set_label_coords(0.5, -0.31 / size[1])
                axes.yaxis.set_label_coords(-0.45 / size[0], 0.5)
        return grid


def styled() -> Any:
    """The rc settings as a context: figures are drawn and saved inside it."""
    return mpl.rc_context(_RC)


def legend_above(axes: Axes, handles: Sequence[Any], labels: Sequence[str], *, left: float = 0.02, **options: Any) -> None:
    """One legend for a figure of `axes`, above its panels: as many columns as fit, and for more rows than one a higher figure.

    Args:
        handles, labels: what it says.
        left: where it begins, a share of the figure's width.
        options: to matplotlib's legend; ``ncols`` is the most columns.
    """
    figure = axes.figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    columns = min(options.pop("ncols", len(labels)), len(labels))
    while True:
        legend = figure.legend(handles, labels, loc="upper left", ncols=columns, bbox_to_anchor=(left, 1), **options)
        if columns <= 1 or legend.get_window_extent(renderer).x1 <= figure.bbox.width:
            break
        legend.remove()
        columns -= 1
    width, height = figure.get_size_inches()  # type: ignore[union-attr]
    higher = height + LEGEND_ROW * (math.ceil(len(labels) / max(columns, 1)) - 1)
    figure.set_size_inches(width, higher)  # type: ignore[union-attr]
    margins = figure.subplotpars
    figure.subplots_adjust(
        bottom=margins.bottom * height / higher, top=1 - (1 - margins.top) * height / higher - (higher - height) / higher
    )


def light_grid(axes: Axes, axis: str = "y") -> None:
    """A faint grid behind the marks."""
    axes.grid(True, axis=axis)  # type: ignore[arg-type]


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG without a date: equal figures give equal bytes."""
    FigureCanvasSVG(figure)
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "sensorscape"})
    return buffer.getvalue()


def pdf_bytes(figure: Figure) -> bytes:
    """The figure as PDF without a date: equal figures give equal bytes."""
    FigureCanvasPdf(figure)
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None, "ModDate": None, "Creator": "sensorscape"})
    return buffer.getvalue()


_HEAD = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
_SIZE = re.compile(r'(<svg[^>]*?)\swidth="[^"]*"|(<svg[^>]*?)\sheight="[^"]*"')


def inline_svg(svg: bytes, name: str, alt: str) -> str:
    """SVG text to stand inside an HTML page beside others.

    Args:
        svg: what `svg_bytes` gave.
        name: a prefix that is unique on the page; ids and references get it, so that figures do not share clip paths.
        alt: what the picture shows, in words.
    """
    from markupsafe import escape

    text = _HEAD.sub("", svg.decode(), count=1)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = text.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    text = re.sub(r"<svg\b([^>]*)>", lambda match: _root(match.group(1), alt=str(escape(alt)), links="<a " in text), text, count=1)
    return re.sub(r'<a xlink:href="([^"]*#/models/(cell-[0-9a-f]{12}))"([^>]*)>', _link, text)


def _root(attributes: str, *, alt: str, links: bool) -> str:
    kept = re.sub(r'\s(?:width|height|version|xmlns:xlink|xmlns)="[^"]*"', "", attributes)
    width = re.search(r'\bwidth="([0-9.]+)pt"', attributes)
    size = f' style="max-width:{float(width.group(1)) * 4 / 3:.0f}px"' if width else ""
    role = "group" if links else "img"  # the links inside stay reachable
    return f'<svg role="{role}" aria-label="{alt}"{size}{kept}>'


def _link(match: re.Match[str]) -> str:
    return f'<a href="{match.group(1)}" target="_blank" rel="noopener"><title>{match.group(2)} in MLflow</title>'
