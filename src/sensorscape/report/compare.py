"""Footprints of several experiments, revisions or projects side by side on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sensorscape.files import atomic_write
from sensorscape.landscape.schema import EIGHT, METRICS
from sensorscape.report import text
from sensorscape.report.blocks import Beside, Block, Cell, Missing, Picture, Section, Table, Words
from sensorscape.report.catalogue import Entry, entries
from sensorscape.report.drawing import Drawn, draw
from sensorscape.report.material import Material
from sensorscape.report.page import render
from sensorscape.report.palette import Palette
from sensorscape.report.readings import digits_of, robust_lines
from sensorscape.report.style import inline_svg
from sensorscape.report.words import metric_name

FIGURES = (
    "radar",
    "density",
    "walk",
    "ruggedness",
    "persistence_positive",
    "persistence_negative",
    "means",
    "fdc",
    "correlation",
    "proxies",
)


@dataclass(frozen=True)
class Side:
    """One footprint of a comparison.

    Attributes:
        name: as the user named it.
        commit: its git commit, empty for a folder.
        metrics, undefined: reports/metrics.json and reports/undefined.json.
        params: params.yaml, flattened to dotted keys.
        footprint, tables: of reports/footprint, None when its bytes are not on this machine.
        missing: why they are not.
        synthetic: whether a sensor was trained on the data that the project simulates itself.
    """

    name: str
    commit: str
    metrics: Mapping[str, Mapping[str, float]]
    undefined: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    footprint: Mapping[str, Any] | None = None
    tables: Mapping[str, pd.DataFrame] | None = None
    missing: str = ""
    synthetic: bool = False


def write_comparison(sides: Sequence[Side], page: Path) -> None:
    """Write the page: what differs in the conditions, every metric side by side, and the figures next to each other."""
    palette = Palette(sorted({sensor for side in sides for sensor in side.metrics}, key=_order))
    sections = (_conditions(sides), _metrics(sides, palette), *_figures(sides, palette))
    colours = {sensor: palette.colour(sensor) for sensor in palette.as_mapping()}
    made = [side.name for side in sides if side.synthetic]
    badges = [f"synthetic data{'' if len(made) == len(sides) else ': ' + text.listed(made)}"] if made else []
    title = f"Footprints of {text.listed([side.name for side in sides])}"
    with atomic_write(page) as stream:
        stream.write(render(title, sections, subtitle="Side by side.", badges=badges, colours=colours))


def differing(sides: Sequence[Side]) -> list[str]:
    """Dotted keys of params.yaml that do not have one value in all sides, sorted."""
    keys = sorted({key for side in sides for key in side.params})
    return [key for key in keys if len({repr(side.params.get(key)) for side in sides}) > 1]


def _order(sensor: str) -> tuple[int, str]:
    known = ("s1", "s2", "fusion")
    return (known.index(sensor) if sensor in known else len(known), sensor)


def _conditions(sides: Sequence[Side]) -> Section:
    keys = differing(sides)
    names = tuple(side.name for side in sides)
    rows = [(Cell("commit"), *(Cell(side.commit[:12] or "–") for side in sides))]
    rows += [(Cell(key), *(Cell(_plain(side.params.get(key))) for side in sides)) for key in keys]
    title = "What differs in params.yaml" if keys else "params.yaml is the same on all sides"
    table = Table("conditions", title, ("key", *names), tuple(rows), numeric=(False,) * (len(sides) + 1))
    note = Words(
        ("Only sides that differ in what you mean to compare can be compared: data, split and recipe change the landscape itself.",), "note"
    )
    return Section("conditions", "Conditions", "", (table, note))


def _plain(value: Any) -> str:
    return "absent" if value is None else ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _metrics(sides: Sequence[Side], palette: Palette) -> Section:
    blocks: list[Block] = []
    for sensor in palette.as_mapping():
        rows = [
            (Cell(metric_name(metric)), *(_cell(side, sensor, metric) for side in sides))
            for metric in METRICS
            if _known(sides, sensor, metric)
        ]
        if rows:
            columns = ("metric", *(side.name for side in sides))
            blocks.append(
                Table(
                    f"metrics-{sensor}",
                    sensor,
                    columns,
                    tuple(rows),
                    caption="The paper's reading; beneath, the robust one with its 95 % interval.",
                )
            )
    return Section("metrics", "Metrics side by side", "Intervals that overlap widely are no difference.", tuple(blocks))


def _known(sides: Sequence[Side], sensor: str, metric: str) -> bool:
    return any(metric in side.metrics.get(sensor, {}) or (metric in EIGHT and sensor in side.metrics) for side in sides)


def _cell(side: Side, sensor: str, metric: str) -> Cell:
    value = side.metrics.get(sensor, {}).get(metric)
    why = side.undefined.get(sensor, {}).get(metric, "") or ("" if sensor in side.metrics else f"{side.name} did not train {sensor}")
    summary = (side.footprint or {}).get("summary", {}).get(sensor, {}).get(metric, {})
    lines = robust_lines(summary.get("robust") or {}, metric)
    return Cell(text.number(value, digits_of(metric)), under=tuple(lines), why=why if value is None else "")


def _figures(sides: Sequence[Side], palette: Palette) -> list[Section]:
    materials = {
        side.name: Material(side.footprint, side.tables, palette)
        for side in sides
        if side.footprint is not None and side.tables is not None
    }
    absent = tuple(
        Missing(f"curves-{index}", side.name, side.missing or "its curves are not on this machine")
        for index, side in enumerate(sides)
        if side.name not in materials
    )
    found = [Section("curves", "Curves that are not here", "These sides are compared by their metrics alone.", absent)] if absent else []
    catalogues = {name: entries(material) for name, material in materials.items()}
    for figure in FIGURES if materials else ():
        drawn = {name: catalogue[figure] for name, catalogue in catalogues.items()}
        first = next(iter(drawn.values()))
        parts = [
            _part(f"{figure}-{index}", _heading(name, entry, first), entry, materials[name])
            for index, (name, entry) in enumerate(drawn.items())
        ]
        found.append(Section(figure, first.title, "", (Beside(tuple(parts)), Words((f"How to read it. {first.read}",)))))
    return found


def _heading(side: str, entry: Entry, first: Entry) -> str:
    """The side's name, and its figure's own title where that differs (another budget)."""
    return side if entry.title == first.title else f"{side}: {entry.title}"


def _part(name: str, side: str, entry: Entry, material: Material) -> Picture | Missing:
    drawn = draw(entry, material, pdf=False)
    if not isinstance(drawn, Drawn):
        return Missing(name, side, drawn)
    return Picture(name, side, inline_svg(drawn.svg, name, drawn.alt), drawn.alt, files=False)
