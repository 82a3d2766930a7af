"""Named expectations over a table, validated by Great Expectations, with the rows that fail them.

An expectation looks at one column and says what follows where it does not hold: ``stop`` the study, ``prune`` the row, or ``flag``
the row and keep it. Great Expectations passes over missing values; here a missing value fails a ``stop`` and a ``prune`` (nothing
escapes a check by being absent) and is no ground for a ``flag``. Results hold no run ids, dates or paths: equal tables give equal results.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

Consequence = Literal["stop", "prune", "flag"]


@dataclass(frozen=True)
class Expectation:
    """What a column of a table should hold.

    Attributes:
        name: its name, unique in a suite.
        looks_at: the column.
        consequence: what follows for the study (``stop``) or the row (``prune``, ``flag``).
        reason: code of the reason that verdicts carry (``not-finite``).
        says: the reason in words; ``{value}`` stands for the row's value in `looks_at`.
        kind: class name in ``great_expectations.expectations``, of a column-map kind.
        arguments: its arguments, the column apart.
    """

    name: str
    looks_at: str
    consequence: Consequence
    reason: str
    says: str
    kind: str = "ExpectColumnValuesToBeBetween"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, str]:
        """Name, column, consequence and reason: what the expectation carries inside Great Expectations too."""
        return {"name": self.name, "looks_at": self.looks_at, "consequence": self.consequence, "reason": self.reason}


@dataclass(frozen=True)
class Result:
    """How a table did on one expectation.

    Attributes:
        expectation: the expectation.
        checked: number of rows looked at.
        rows: positions (0-based, ascending, int64) of the rows that fail it.
        values: what the table holds in these rows.
    """

    expectation: Expectation
    checked: int
    rows: np.ndarray[Any, np.dtype[np.int64]]
    values: pd.Series

    def reasons(self) -> list[str]:
        """For each of `rows`, the reason: code, colon, words."""
        return [f"{self.expectation.reason}: {self.expectation.says.format(value=value)}" for value in self.values]

    def to_dict(self) -> dict[str, Any]:
        """One line of the table of results: metadata, what was expected, how many rows were checked and failed."""
        arguments = {key: value for key, value in self.expectation.arguments.items() if value is not None}
        return {
            **self.expectation.metadata(),
            "expectation": self.expectation.kind,
            "arguments": arguments,
            "checked": self.checked,
            "unexpected": len(self.rows),
            "success": len(self.rows) == 0,
        }


def none_of(name: str, column: str, consequence: Consequence, reason: str, says: str) -> Expectation:
    """The expectation that the count in `column` is 0: most checks count something that should not be there."""
    return Expectation(name, column, consequence, reason, says, arguments={"min_value": 0, "max_value": 0})


def validate(table: pd.DataFrame, expectations: Sequence[Expectation]) -> list[Result]:
    """Validate `table` against `expectations`, in one pass of Great Expectations in a context that exists only in memory.

    Args:
        table: one row per patch, class or run; any index (positions are reported).
        expectations: with distinct names; every column they look at is in the table.

    Returns:
        One result per expectation, in their order. An empty table gives results without rows.

    Raises:
        ValueError: when an expectation names a column that the table does not have, two share a name, or Great Expectations
            fails at one: a check that did not run is never taken for one that passed.
    """
    names = [expectation.name for expectation in expectations]
    if len(set(names)) < len(names):
        raise ValueError(f"expectations share a name: {sorted({name for name in names if names.count(name) > 1})}")
    absent = sorted({expectation.looks_at for expectation in expectations} - set(table.columns))
    if absent:
        raise ValueError(f"the table has no column {', '.join(absent)}")
    found = _unexpected(table.reset_index(drop=True), expectations) if expectations and len(table) else {}
    return [_result(table, expectation, found.get(expectation.name, [])) for expectation in expectations]


def _unexpected(table: pd.DataFrame, expectations: Sequence[Expectation]) -> dict[str, list[int]]:
    """Positions that Great Expectations reports per expectation name."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("tables").add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")
    columns = list(dict.fromkeys(expectation.looks_at for expectation in expectations))
    suite = gx.ExpectationSuite(
        name="suite",
        expectations=[
            getattr(gx.expectations, each.kind)(column=each.looks_at, meta=each.metadata(), **each.arguments) for each in expectations
        ],
    )
    report = source.get_batch({"dataframe": table[columns]}).validate(suite, result_format={"result_format": "COMPLETE"})
    found: dict[str, list[int]] = {}
    for result in report.results:  # not in the suite's order
        name = result.expectation_config.meta["name"]
        if "unexpected_index_list" not in result.result:
            raise ValueError(f"the expectation {name} could not be evaluated: {result.exception_info}")
        found[name] = [int(position) for position in result.result["unexpected_index_list"] or []]
    lost = {each.name for each in expectations} - set(found)
    if lost:
        raise ValueError(f"Great Expectations gave no result for {', '.join(sorted(lost))}")
    return found


def _result(table: pd.DataFrame, expectation: Expectation, unexpected: Sequence[int]) -> Result:
    values = table[expectation.looks_at]
    missing = np.flatnonzero(values.isna().to_numpy())
    rows = np.asarray(unexpected, dtype=np.int64)
    rows = np.setdiff1d(rows, missing) if expectation.consequence == "flag" else np.union1d(rows, missing)
    return Result(expectation, len(table), rows.astype(np.int64), values.iloc[rows])
