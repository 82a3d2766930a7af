"""The footprint itself: the radar and the eight metrics with intervals and published values."""

from collections.abc import Mapping
from typing import Any

from sensorscape.landscape.schema import EIGHT, METRICS
from sensorscape.report import text
from sensorscape.report.blocks import UNDEFINED, Block, Cell, Section, Table
from sensorscape.report.readings import digits_of, robust_lines
from sensorscape.report.tables import Column
from sensorscape.report.view import View
from sensorscape.report.words import metric_name


def section(view: View) -> Section:
    """Figure 1 and the table of metrics."""
    m = view.material
    companions = tuple(metric for metric in METRICS if metric not in EIGHT)
    blocks: tuple[Block, ...] = (
        view.figure("radar"),
        _metrics(view, "metrics", f"The eight metrics after {m.budget} epochs", EIGHT, fold=False),
        _metrics(view, "companions", "Companions of the eight", companions, fold=True),
        _radar_table(view),
        _sensitivity(view),
    )
    lead = (
        "Eight numbers per sensor: how good cells are, how they scatter, how rugged the way is, and whether a short training tells a "
        "long one."
    )
    return Section("footprint", "The footprint", lead, blocks)


def reading(view: View, sensor: str, metric: str, name: str) -> Mapping[str, Any]:
    """One reading of a metric (`name`: paper or robust), empty when the footprint has none."""
    found: Mapping[str, Any] = view.material.footprint["summary"].get(sensor, {}).get(metric, {}).get(name) or {}
    return found


def _metrics(view: View, name: str, title: str, metrics: tuple[str, ...], *, fold: bool) -> Block:
    m = view.material
    rows = tuple((Cell(metric_name(metric)), *(_cell(view, sensor, metric) for sensor in m.sensors)) for metric in metrics)
    frame = m.tables["metrics"]
    view.frames[name] = frame[frame["metric"].isin(metrics)]
    caption = (
        "Large: the paper's reading. Beneath: the robust reading with its 95 % interval, the number of models behind it, what chance or "
        "white noise would give, for persistence also what the rank correlations of the budgets alone would give (a Gaussian copula), and "
        "the published value. A dash is undefined; point at it for the reason, or see the list at the end."
    )
    return Table(name, title, ("metric", *m.sensors), rows, caption=caption, csv=True, fold=fold)


def _cell(view: View, sensor: str, metric: str) -> Cell:
    digits = digits_of(metric)
    paper, robust = reading(view, sensor, metric, "paper"), reading(view, sensor, metric, "robust")
    large = text.number(paper.get("value"), digits)
    lines = robust_lines(robust, metric, paper.get("n"))
    persists = metric.startswith(("persistence", "auc"))  # the robust reading's reference is the copula, the paper's is chance
    references = {"by chance": (paper if persists else robust).get("reference")}
    if persists:
        references["by the rank correlations alone"] = robust.get("reference")
    lines += [f"{words} {shown}" for words, value in references.items() if (shown := text.number(value, digits)) != UNDEFINED]
    note = robust.get("note") or paper.get("note")
    value = view.material.published.value(sensor, metric.removesuffix("_late"), late=metric.endswith("_late"))
    if value is not None:
        lines.append(f"published {value:g}".replace("-", "−"))
    why = str(paper.get("reason") or robust.get("reason") or "") if large == UNDEFINED else ""
    if note:
        lines.append(f"note: {note}")
    return Cell(large, under=tuple(lines), why=why)


def _radar_table(view: View) -> Block:
    m = view.material
    columns = (
        Column("sensor", "sensor", kind="sensor"),
        Column("label", "axis", kind="text"),
        Column("raw", "value", 3, "raw_low", "raw_high"),
        Column("null", "null (centre)", 3),
        Column("ceiling", "ceiling (rim)", 3),
        Column("position", "position", 2, "position_low", "position_high"),
    )
    return view.table("radar_axes", "The radar's axes: raw values, intervals, nulls and ceilings", m.tables["radar"], columns, fold=True)


def _sensitivity(view: View) -> Block:
    m = view.material
    frame = m.tables["sensitivity"].assign(name=lambda rows: [metric_name(metric) for metric in rows["metric"]])
    columns = (
        Column("sensor", "sensor", kind="sensor"),
        Column("name", "metric", kind="text"),
        Column("value", "all accepted", 3),
        Column("n", "n", 0),
        Column("value_unflagged", "without the flagged", 3),
        Column("n_unflagged", "n", 0),
    )
    caption = "Quality control keeps models with a low or odd fitness. If leaving them out changes a metric much, the metric rests on them."
    return view.table(
        "sensitivity",
        "With and without the flagged models",
        frame,
        columns,
        caption=caption,
        fold=True,
        empty="no accepted model is flagged",
    )
