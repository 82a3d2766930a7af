"""Fitness that is looked up instead of trained: CSV, Parquet, and NASBench-101's published records.

A cell without a value is missing: it is counted and never filled in. A table declares its unit: CIFAR-10 accuracy is not kappa
(κ = (a − 0.1) / 0.9 holds only for balanced classes).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import cache, nasbench
from sensorscape.cells.cell import Cell
from sensorscape.errors import SensorscapeError
from sensorscape.files import locked, sha256_file, sha256_text, user_cache

if TYPE_CHECKING:
    import pyarrow as pa

_CELL_COLUMNS = ("hash", "matrix", "ops", "operations", "code")
_RECORD_COLUMNS = {"hash", "epochs", "repeat", "evaluation", "test", "validation"}


@dataclass(frozen=True)
class FitnessTable:
    """Fitness of cells at budgets.

    Attributes:
        hashes: n cell hashes in the order of the table.
        budgets: B budgets in epochs, ascending.
        fitness: (n, B) float64; NaN where the table has no value.
        unit: what the fitness is.
        range: lowest and highest value the unit can take.
        digest: SHA-256 of the file.
    """

    hashes: tuple[str, ...]
    budgets: tuple[int, ...]
    fitness: NDArray[np.float64]
    unit: str
    range: tuple[float, float]
    digest: str

    @property
    def missing(self) -> dict[int, int]:
        """Cells without a value, by budget."""
        counts: list[int] = np.count_nonzero(np.isnan(self.fitness), axis=0).tolist()
        return dict(zip(self.budgets, counts, strict=True))

    def at(self, budgets: Sequence[int]) -> NDArray[np.float64]:
        """Columns (n, len(budgets)) of those budgets.

        Raises:
            SensorscapeError: when the table has not all of them.
        """
        absent = [budget for budget in budgets if budget not in self.budgets]
        if absent:
            raise SensorscapeError(
                f"the table has no fitness at {_listed(absent)} epochs, it has {_listed(self.budgets)}", "choose budgets out of these"
            )
        return self.fitness[:, [self.budgets.index(budget) for budget in budgets]]

    def lookup(self, hashes: Sequence[str], budgets: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Fitness (len(hashes), B) of those cells; NaN for cells that are not in the table."""
        values = self.at(self.budgets if budgets is None else budgets)
        place = {name: row for row, name in enumerate(self.hashes)}
        missing = np.full(values.shape[1], np.nan)
        return np.array([values[place[name]] if name in place else missing for name in hashes]).reshape(len(hashes), values.shape[1])

    def complete(self, budgets: Sequence[int] | None = None) -> tuple[str, ...]:
        """Hashes of the cells that have a value at every one of `budgets`, or of the table's.

        Raises:
            SensorscapeError: when the table has not all of them.
        """
        whole = np.flatnonzero(~np.isnan(self.at(self.budgets if budgets is None else budgets)).any(axis=1))
        return tuple(self.hashes[row] for row in whole)

    def used(self) -> dict[str, Any]:
        """What a ledger says about the cells of the table, plain values for JSON: how many, and which by one digest of their hashes."""
        return {
            "cells": len(self.hashes),
            "cells_sha256": sha256_text("\n".join(sorted(self.hashes))),
            "complete": len(self.complete()),
            "missing": {str(budget): count for budget, count in self.missing.items()},
        }


def load(
    path: Path,
    *,
    unit: str = "accuracy",
    range: tuple[float, float] = (0.0, 1.0),
    split: str = "test",
    repeat: str | int = "mean",
    columns: Mapping[int, str] | None = None,
    evaluation: str = "end",
) -> FitnessTable:
    """Read a table of fitness.

    Args:
        path: ``.tfrecord`` (converted once, into the cache), its conversion, ``.parquet``, ``.csv`` or ``.csv.gz``.
        unit: what the fitness is.
        range: values the unit can take; a value outside is an error.
        split: of NASBench-101's records, ``test``, ``validation`` or ``train``.
        repeat: of their three repeats, ``mean`` or one, from 0.
        columns: of other tables, the fitness column of every budget; if empty, the columns whose names are numbers of epochs. A
            cell is named by ``hash``, by ``matrix`` and ``ops`` (JSON), or by ``code`` (289 digits).
        evaluation: of NASBench-101's records, ``start``, ``half`` or ``end`` of training.

    Raises:
        SensorscapeError: when the file is missing or cannot be read; for a cell that is named twice, is unknown or whose hash is not that
            of its matrix; for a budget that is not there, NaN, and a value outside `range`: which cell, and why.
    """
    digest = _digest(path)
    readable = _readable(path, digest)
    if _holds_records(readable):
        hashes, budgets, fitness = _records(path, readable, split, repeat, evaluation)
    else:
        hashes, budgets, fitness = _columns(path, read_table(readable), dict(columns or {}))
    _check(path, hashes, budgets, fitness, range)
    return FitnessTable(hashes, budgets, fitness.filled(np.nan), unit, range, digest)


def _digest(path: Path) -> str:
    if not path.is_file():
        raise SensorscapeError(f"{path} is missing", "bring the table, or leave its sensor out of `sensor`")
    return sha256_file(path)


def _readable(path: Path, digest: str) -> Path:
    """The file itself, or the conversion of a tfrecord in the user's cache."""
    if path.suffix != ".tfrecord":
        return path
    converted = user_cache() / f"table-{digest}.parquet"
    with locked(converted.with_suffix(".lock")):
        if not converted.exists():
            nasbench.convert(path, converted)
    return converted


def _holds_records(path: Path) -> bool:
    """Whether a file is a conversion of NASBench-101's records."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return path.suffix == ".parquet" and set(pq.read_schema(path).names) >= _RECORD_COLUMNS
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def read_table(path: Path) -> "pa.Table":
    """The columns of a CSV (also compressed) or Parquet file as they are; an empty field of a CSV is null.

    Raises:
        SensorscapeError: when the file is missing or cannot be read.
    """
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        text = {name: pa.string() for name in _CELL_COLUMNS}
        return pc.read_csv(path, convert_options=pc.ConvertOptions(column_types=text, null_values=[""], strings_can_be_null=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SensorscapeError:
    return SensorscapeError(f"{path} cannot be read: {error}", "a table is CSV (also .csv.gz), Parquet or NASBench-101's tfrecord")


Values = tuple[tuple[str, ...], tuple[int, ...], np.ma.MaskedArray[Any, np.dtype[np.float64]]]


def _records(path: Path, converted: Path, split: str, repeat: str | int, evaluation: str) -> Values:
    """Hashes, budgets and values of converted NASBench-101 records; cells without the wanted record are masked."""
    import pyarrow.parquet as pq

    if split not in nasbench.SPLITS or evaluation not in nasbench.EVALUATIONS:
        raise SensorscapeError(f"{path} has no {split} accuracy at the {evaluation}", f"splits: {', '.join(nasbench.SPLITS)}")
    table = pq.read_table(converted, columns=["hash", "epochs", "repeat", split], filters=[("evaluation", "=", evaluation)])
    cells = table.column("hash").combine_chunks().dictionary_encode()
    budgets, budget = np.unique(table.column("epochs").to_numpy(), return_inverse=True)
    place = cells.indices.to_numpy() * len(budgets) + budget
    values = table.column(split).to_numpy()
    if repeat != "mean":
        chosen = table.column("repeat").to_numpy() == int(repeat)
        place, values = place[chosen], values[chosen]
        if not len(values):
            raise SensorscapeError(f"{path} has no repeat {repeat}", "NASBench-101 has the repeats 0, 1 and 2")
    shape = len(cells.dictionary), len(budgets)
    count = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(place, values, minlength=shape[0] * shape[1]).reshape(shape)
    fitness = np.ma.MaskedArray(total / np.maximum(count, 1), count == 0)
    return tuple(cells.dictionary.to_pylist()), tuple(budgets.tolist()), fitness


def _columns(path: Path, table: "pa.Table", columns: dict[int, str]) -> Values:
    """Hashes, budgets and values of a table with a column per budget; empty fields are masked."""
    chosen = columns or {int(name): name for name in table.column_names if name.isdecimal()}
    if not chosen:
        raise SensorscapeError(f"{path} has no column named by a number of epochs: {_listed(table.column_names)}", "name them by `columns`")
    absent = [name for name in chosen.values() if name not in table.column_names]
    if absent:
        raise SensorscapeError(f"{path} has no column {_listed(absent)}; it has {_listed(table.column_names)}", "correct `columns`")
    budgets = tuple(sorted(chosen))
    parts = []
    for budget in budgets:
        column = table.column(chosen[budget])
        try:
            empty = column.is_null().to_numpy(zero_copy_only=False).astype(bool)
            values = np.array([np.nan if value is None else float(value) for value in column.to_pylist()])
        except (TypeError, ValueError) as error:
            raise SensorscapeError(f"{path}: column {chosen[budget]} is not of numbers: {error}", "correct the table") from error
        parts.append(np.ma.MaskedArray(values, empty))
    return cells_of(path, table), budgets, np.ma.stack(parts, axis=1)


def cells_of(path: Path, table: "pa.Table") -> tuple[str, ...]:
    """Hash of every row's cell: by its graph or code where the table has one, else by its hash, which must be known.

    Args:
        path: the file that errors name.
        table: with a column ``hash``, columns ``matrix`` and ``ops``, or a column ``code``.

    Raises:
        SensorscapeError: for a row that is no cell, whose hash is unknown or not its graph's, or that names a cell again.
    """
    found = _named(path, table)
    first: dict[str, int] = {}
    for row, name in enumerate(found):
        if first.setdefault(name, row) != row:
            raise SensorscapeError(f"{path}: cell {name} stands in rows {first[name]} and {row}", "keep one of them")
    return found


def _named(path: Path, table: "pa.Table") -> tuple[str, ...]:
    names = table.column_names
    stated = table.column("hash").to_pylist() if "hash" in names else None
    operations = "ops" if "ops" in names else "operations"
    if "matrix" in names and operations in names:
        graphs = zip(table.column("matrix").to_pylist(), table.column(operations).to_pylist(), strict=True)
        found = [_row(path, row, lambda m=m, o=o: Cell.of(_plain(m), _plain(o))) for row, (m, o) in enumerate(graphs)]
    elif "code" in names:
        found = [_row(path, row, lambda c=c: Cell.from_code(c)) for row, c in enumerate(table.column("code").to_pylist())]
    elif stated is not None:
        known = set(cache.space_hashes().astype(str).tolist())
        for row, name in enumerate(stated):
            if name not in known:
                raise SensorscapeError(f"{path}: row {row} has the hash {name!r}, which no cell of NASBench-101 has", "correct the table")
        return tuple(stated)
    else:
        raise SensorscapeError(f"{path} does not say which cells it has", "add a column hash, columns matrix and ops, or a column code")
    for row, name in enumerate(stated or []):
        if name != found[row]:
            raise SensorscapeError(f"{path}: row {row} has the hash {name}, its graph is {found[row]}", "correct the table")
    return tuple(found)


def _row(path: Path, row: int, make: Any) -> str:
    try:
        found: str = make().hash
    except (SensorscapeError, ValueError, TypeError) as error:
        reason = error.message if isinstance(error, SensorscapeError) else str(error)
        raise SensorscapeError(f"{path}: row {row} is no cell: {reason}", "correct the table") from error
    return found


def _plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _check(path: Path, hashes: tuple[str, ...], budgets: tuple[int, ...], fitness: Any, limits: tuple[float, float]) -> None:
    values, present = fitness.filled(0.0), ~np.ma.getmaskarray(fitness)
    undefined = present & np.isnan(values)
    outside = present & ~undefined & ((values < limits[0]) | (values > limits[1]))
    for wrong, what in (
        (undefined, "is NaN: leave the field empty if there is no value"),
        (outside, f"is outside [{limits[0]}, {limits[1]}]"),
    ):
        if wrong.any():
            row, column = (int(place) for place in np.argwhere(wrong)[0])
            raise SensorscapeError(
                f"{path}: fitness {values[row, column]} of cell {hashes[row]} (row {row}) at {budgets[column]} epochs {what}",
                "correct the table, or its sensor's `range`",
            )


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)
