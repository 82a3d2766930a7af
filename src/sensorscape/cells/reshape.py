"""Any table of fitness to the form that `tables.load` reads without options: one row per cell, a column per budget."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sensorscape.cells.tables import cells_of, read_table
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_CELL = ("hash", "matrix", "ops", "operations", "code")


def convert(source: Path, target: Path, columns: Mapping[int, str], divide: float, long: tuple[str, str], where: Mapping[str, str]) -> int:
    """Write `source` as Parquet with the columns that name the cell and one column per budget.

    Args:
        source: CSV or Parquet.
        target: the Parquet file to write.
        columns: fitness column by budget, of a file with a row per cell; if empty, the columns named by a number.
        divide: every fitness is divided by it.
        long: budget column and fitness column, of a file with a row per cell and budget; two empty texts otherwise.
        where: value by column, as text; other rows are left out.

    Returns:
        Number of cells.

    Raises:
        SensorscapeError: when a column is missing or is not of numbers, a fitness is NaN, a row is no cell of the space, a cell
            stands twice at one budget, or nothing is left. `target` is then as it was.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = read_table(source)
    _has_columns(source, table, [*where, *columns.values()], long)
    for name, value in where.items():
        table = table.filter(pc.equal(table.column(name).cast(pa.string()), value))
    cell = [name for name in _CELL if name in table.column_names]
    if not cell or not table.num_rows:
        raise SensorscapeError(f"{source} has no rows left, or no column hash, matrix and ops, or code", "correct the options")
    budgets = {} if long[0] else dict(columns) or {int(name): name for name in table.column_names if name.isdecimal()}
    if not (long[0] or budgets):
        raise SensorscapeError(f"{source} has no column named by a number of epochs", "name the columns: --column 108=accuracy")
    for name in [long[1]] if long[0] else budgets.values():
        _is_fitness(source, table, name)
    frame = table.to_pandas()
    for name in cell:
        frame[name] = [
            value if isinstance(value, str) else json.dumps(np.asarray(value).tolist()) for value in table.column(name).to_pylist()
        ]
    if long[0]:
        frame, budgets = _wide(source, frame, cell, long)
    arrays = {name: pa.array(frame[name].tolist()) for name in cell}
    for budget, column in sorted(budgets.items()):
        values = frame[column].to_numpy(dtype=np.float64) / divide
        arrays[str(budget)] = pa.array(values, mask=np.isnan(values))
    made = pa.table(arrays)
    cells_of(source, made)
    with atomic_path(target) as part:
        pq.write_table(made, part, compression="zstd")
    return len(frame)


def _has_columns(source: Path, table: "pa.Table", names: list[str], long: tuple[str, str]) -> None:
    absent = [name for name in [*names, *filter(None, long)] if name not in table.column_names]
    if absent or bool(long[0]) != bool(long[1]):
        what = f"has no column {', '.join(absent)}" if absent else "needs both a budget column and a fitness column"
        raise SensorscapeError(f"{source} {what}; it has {', '.join(table.column_names)}", "correct the options")


def _is_fitness(source: Path, table: "pa.Table", name: str) -> None:
    """Every value of a column is a number or empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        values = table.column(name).cast(pa.float64())
    except pa.ArrowException as error:
        raise SensorscapeError(f"{source}: column {name} is not of numbers: {error}", "name the column of the fitness") from error
    wrong = np.flatnonzero(pc.is_nan(values).fill_null(False).to_numpy())
    if len(wrong):
        row = int(wrong[0])
        cell = next(str(table.column(column)[row]) for column in _CELL if column in table.column_names)
        raise SensorscapeError(
            f"{source}: column {name} of cell {cell} is NaN (row {row} of those chosen)", "leave the field empty if there is no value"
        )


def _wide(source: Path, frame: "pd.DataFrame", cell: list[str], long: tuple[str, str]) -> tuple["pd.DataFrame", dict[int, Any]]:
    """A row per cell instead of one per cell and budget; the column of each budget."""
    twice = frame[frame.duplicated([*cell, long[0]])]
    if len(twice):
        place = f"cell {twice[cell[0]].iloc[0]} stands twice at {twice[long[0]].iloc[0]} epochs"
        raise SensorscapeError(f"{source}: {place}", "choose one repeat with --where")
    wide = frame.pivot(index=cell, columns=long[0], values=long[1]).reset_index()
    found = {}
    for name in wide.columns:
        if name not in cell:
            if not str(name).removesuffix(".0").isdecimal():
                raise SensorscapeError(f"{source}: {long[0]} holds {name!r}, which is no number of epochs", "correct --budget-column")
            found[int(float(name))] = name
    return wide, found
