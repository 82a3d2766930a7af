"""Any table of fitness to the form that `tables.load` reads without options: one row per cell, a column per budget."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sensorscape.cells.tables import read_table
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path

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
        SensorscapeError: when a column is missing, or a cell stands twice at one budget.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = read_table(source).to_pandas()
    named = [*where, *columns.values(), *(name for name in long if name)]
    absent = [name for name in named if name not in frame.columns]
    if absent or bool(long[0]) != bool(long[1]):
        what = f"has no column {', '.join(absent)}" if absent else "needs both a budget column and a fitness column"
        raise SensorscapeError(f"{source} {what}; it has {', '.join(frame.columns)}", "correct the options")
    for name, value in where.items():
        frame = frame[frame[name].astype(str) == value]
    cell = [name for name in _CELL if name in frame.columns]
    if not cell or frame.empty:
        raise SensorscapeError(f"{source} has no rows left, or no column hash, matrix and ops, or code", "correct the options")
    if long[0]:
        twice = frame[frame.duplicated([cell[0], long[0]])]
        if len(twice):
            place = f"cell {twice[cell[0]].iloc[0]} stands twice at {twice[long[0]].iloc[0]} epochs"
            raise SensorscapeError(f"{source}: {place}", "choose one repeat with --where")
        wide = frame.pivot(index=cell, columns=long[0], values=long[1]).reset_index()
        budgets = {int(name): name for name in wide.columns if name not in cell}
    else:
        wide = frame
        budgets = dict(columns) or {int(name): name for name in frame.columns if str(name).isdecimal()}
    values = {str(budget): wide[name].to_numpy(dtype=np.float64) / divide for budget, name in sorted(budgets.items())}
    arrays = {name: pa.array(wide[name].tolist()) for name in cell}
    arrays |= {name: pa.array(column, mask=np.isnan(column)) for name, column in values.items()}
    with atomic_path(target) as part:
        pq.write_table(pa.table(arrays), part, compression="zstd")
    return len(wide)
