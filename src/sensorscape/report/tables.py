"""From the footprint's tables to tables a person reads; each also as a CSV file with all digits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sensorscape.report import text
from sensorscape.report.blocks import UNDEFINED, Cell, Missing, Table
from sensorscape.report.links import model_link, model_name
from sensorscape.report.palette import Palette

ROWS_SHOWN = 60  # a longer table is cut on the page and whole in its CSV


@dataclass(frozen=True)
class Column:
    """A column of a page table.

    Attributes:
        source: column of the frame; its values, or the middle of an interval.
        header: as written.
        digits: decimals; None for text.
        low, high: columns with the ends of the interval, shown beneath.
        kind: ``number``, ``text``, ``p`` (a p-value), ``share`` (per cent), ``sensor`` (with its colour), ``cell`` (linked).
    """

    source: str
    header: str
    digits: int = 3
    low: str = ""
    high: str = ""
    kind: str = "number"


def tabulate(
    name: str,
    title: str,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    palette: Palette,
    *,
    label: str = "",
    caption: str = "",
    fold: bool = False,
    strong: Callable[[pd.Series], bool] | None = None,
    unlinked: Sequence[str] = (),
    empty: str = "there are no rows",
) -> Table | Missing:
    """A page table of `frame`; undefined numbers are a dash that says why when pointed at.

    Args:
        name: of the table on the page and of its CSV.
        columns: what to show; a column ``reason`` of the frame explains the dashes of its row.
        strong: rows to set in bold.
        unlinked: sensors whose cells have no registered model.
        empty: the reason shown when the frame has no rows.
    """
    if frame.empty:
        return Missing(name, title, empty[:1].upper() + empty[1:] + ".", label, lead="")
    shown = frame.head(ROWS_SHOWN)
    rows = tuple(_row(row, columns, palette, strong is not None and strong(row), unlinked) for _, row in shown.iterrows())
    if len(frame) > len(shown):
        caption = f"{caption} The first {len(shown)} of {text.number(len(frame))} rows; the CSV has all.".strip()
    headers = tuple(column.header for column in columns)
    numeric = tuple(column.kind in ("number", "p", "share") for column in columns)
    return Table(name, title, headers, rows, label=label, caption=caption, csv=True, numeric=numeric, fold=fold)


def _row(row: pd.Series, columns: Sequence[Column], palette: Palette, strong: bool, unlinked: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(_cell(row, column, palette, strong, unlinked) for column in columns)


def _cell(row: pd.Series, column: Column, palette: Palette, strong: bool, unlinked: Sequence[str]) -> Cell:
    value = row[column.source]
    if column.kind == "sensor":
        return Cell(str(value), swatch=palette.colour(str(value)))
    if column.kind == "cell":
        linked = str(row.get("sensor", "")) not in unlinked
        return Cell(model_name(str(value)), href=model_link(str(value)) if linked else "")
    if column.kind == "text":
        return Cell(UNDEFINED if _missing(value) or value == "" else str(value), strong=strong)
    shown = _shown(value, column)
    why = str(row.get("reason", "") or "") if shown == UNDEFINED else ""
    ends = text.interval(_float(row[column.low]), _float(row[column.high]), column.digits) if column.low else ""
    return Cell(shown, under=(ends,) if ends else (), why=why, strong=strong)


def _shown(value: Any, column: Column) -> str:
    if _missing(value):
        return UNDEFINED
    if column.kind == "p":
        return text.p_value(float(value))
    if column.kind == "share":
        return f"{text.number(100 * float(value), 0)} %"
    return text.number(float(value), column.digits)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _float(value: Any) -> float | None:
    return None if _missing(value) else float(value)
