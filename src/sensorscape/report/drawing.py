"""Draw all figures of a page once, as SVG, PDF and plotted table; on two cores side by side where the system can fork."""

import gc
import multiprocessing
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

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
        processes: how many draw at once; default: the cores this process may use, at most 4, and 1 where the system cannot fork
            safely. The bytes do not depend on it.
    """
    with _uncollected():
        return _draw_all(catalogue, material, _processes() if processes is None else processes)


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


def _draw_all(catalogue: Mapping[str, Entry], material: Material, count: int) -> dict[str, Drawn | str]:
    names = list(catalogue)
    if count < 2:
        return {name: draw(catalogue[name], material) for name in names}
    _inherited.append((catalogue, material))  # forked processes see it: nothing is sent to them but a name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a watching thread of ours only sleeps: forking beside it is safe
            pool = multiprocessing.get_context("fork").Pool(count)
        with pool:
            order = sorted(names, key=lambda name: name not in _SLOW)
            results = dict(pool.imap_unordered(_draw_inherited, order, chunksize=1))
    finally:
        _inherited.pop()
    return {name: results[name] for name in names}


_SLOW = ("proxies", "fdc", "fdc_late", "differences", "data_shown", "correlation", "replay")  # first, so that no process ends late
_inherited: list[tuple[Mapping[str, Entry], Material]] = []


def _draw_inherited(name: str) -> tuple[str, Drawn | str]:
    catalogue, material = _inherited[-1]
    return name, draw(catalogue[name], material)


def _processes() -> int:
    if not sys.platform.startswith("linux"):
        return 1
    return min(4, len(os.sched_getaffinity(0)))
