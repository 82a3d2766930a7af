"""Draw all figures of a page once, as SVG, PDF and plotted table; on two cores side by side where the system can fork."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sensorscape.forking import side_by_side
from sensorscape.report.catalogue import Entry
from sensorscape.report.material import KAPPA, Material
from sensorscape.report.style import UndefinedFigure, pdf_bytes, svg_bytes


@dataclass(frozen=True)
class Drawn:
    """A finished figure: its files' bytes, the plotted table, and the picture in words."""

    svg: bytes
    pdf: bytes
    table: pd.DataFrame
    alt: str


def draw(entry: Entry, material: Material, *, pdf: bool = True) -> Drawn | str:
    """One figure, or the reason why these data cannot give it; without `pdf` the PDF is left empty."""
    try:
        axes, table = entry.draw(material)
    except UndefinedFigure as reason:
        return str(reason)
    figure: Figure = np.atleast_1d(np.array(axes, dtype=object)).flat[0].figure
    _relabel(figure, material.unit)
    return Drawn(svg_bytes(figure), pdf_bytes(figure) if pdf else b"", table, entry.describe(table).replace(KAPPA, material.unit))


def _relabel(figure: Figure, unit: str) -> None:
    """Name the fitness of a table in its own unit: figures are drawn with kappa on their axes."""
    if unit == KAPPA:
        return
    for axes in figure.axes:
        for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
            label.set_text(label.get_text().replace(f"Cohen's {KAPPA}", unit).replace(KAPPA, unit))


def draw_all(catalogue: Mapping[str, Entry], material: Material, *, processes: int | None = None) -> dict[str, Drawn | str]:
    """All figures by name.

    Args:
        catalogue: `catalogue.entries(material)`.
        material: the page's material.
        processes: how many draw at once, see `sensorscape.forking.side_by_side`. The bytes do not depend on it.
    """
    names = sorted(catalogue, key=lambda name: name not in _SLOW)
    with _uncollected():
        results = side_by_side(lambda name: draw(catalogue[name], material), names, processes=processes)
    drawn = dict(zip(names, results, strict=True))
    return {name: drawn[name] for name in catalogue}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: figures are thousands of small objects with circles, and going through them takes a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_SLOW = ("proxies", "fdc", "fdc_late", "differences", "data_shown", "correlation", "replay")  # first, so that no process ends late
