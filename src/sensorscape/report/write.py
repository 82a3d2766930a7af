"""Write a page with its figures and tables: equal material gives equal bytes."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sensorscape.files import atomic_write
from sensorscape.report.catalogue import entries
from sensorscape.report.drawing import Drawn, draw_all
from sensorscape.report.material import Material
from sensorscape.report.page import render
from sensorscape.report.sections import build
from sensorscape.report.text import listed, number, plural
from sensorscape.report.view import View


def write_report(material: Material, folder: Path, *, processes: int | None = None) -> Path:
    """Write ``index.html``, ``figures/`` (SVG and PDF) and ``tables/`` (CSV) below `folder`; returns the page's path.

    What an earlier report left in ``figures/`` and ``tables/`` is removed first.

    Raises:
        ValueError: when a figure and a table have one name and would share a file: a fault of the caller.
    """
    catalogue = entries(material)
    drawn = draw_all(catalogue, material, processes=processes)
    view = View(material, catalogue, drawn)
    sections = build(view)
    if twice := set(view.frames) & set(catalogue):
        raise ValueError(f"a figure and a table of one name: {sorted(twice)}")
    for name in ("figures", "tables"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    _write_figures(folder, drawn)
    for name, frame in view.frames.items():
        _write_csv(folder / "tables" / f"{name}.csv", frame)
    page = folder / "index.html"
    with atomic_write(page) as stream:
        stream.write(render(title(material), sections, subtitle=subtitle(material), badges=badges(material), colours=_colours(material)))
    return page


def title(material: Material) -> str:
    """The page's heading."""
    kind = "partial footprint" if material.partial else "footprint"
    return f"The {kind} of {listed(material.sensors)}" + (" on synthetic data" if material.data.synthetic else "")


def subtitle(material: Material) -> str:
    """One line: study, models, budgets."""
    runs = material.conditions.get("runs") or {}
    accepted = listed([f"{number(runs[sensor].get('accepted', 0))} ({sensor})" for sensor in material.sensors if sensor in runs])
    kind = "cells of tables" if material.table_sensors >= set(material.sensors) else "accepted models"
    budgets = listed([str(budget) for budget in material.footprint["budgets"]])
    return f"Study {material.footprint['study']}: {accepted} {kind}, budgets of {budgets} epochs, NASBench-101 cells."


def badges(material: Material) -> list[str]:
    """Short warnings beside the heading."""
    found = []
    if material.data.synthetic:
        found.append("synthetic data")
    if material.partial:
        found.append("partial: the study is not finished")
    runs = material.conditions.get("runs") or {}
    counts = [int(runs[sensor].get("accepted") or 0) for sensor in material.sensors if sensor in runs]
    if counts and min(counts) < 33:
        found.append(f"small study: {plural(min(counts), 'model')} on the smallest sensor")
    return found


def _colours(material: Material) -> Mapping[str, str]:
    return {sensor: material.palette.colour(sensor) for sensor in material.sensors}


def _write_figures(folder: Path, drawn: Mapping[str, Drawn | str]) -> None:
    for name, figure in drawn.items():
        if isinstance(figure, Drawn):
            for suffix, content in (("svg", figure.svg), ("pdf", figure.pdf)):
                with atomic_write(folder / "figures" / f"{name}.{suffix}", "wb") as stream:
                    stream.write(content)
            _write_csv(folder / "tables" / f"{name}.csv", figure.table)


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    with atomic_write(path) as stream:
        frame.to_csv(stream, index=False, float_format="%.10g", lineterminator="\n")
