"""Writing straight into the tables of an SQLite store: some twenty times as fast as MLflow's client, and without importing MLflow.

An import of MLflow takes seconds and its client 130 ms a run with a model. The tables are written only in a layout that is known
here by its migration; a test holds both ways against each other, table by table.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensorscape.registry import contents
from sensorscape.registry.contents import Point
from sensorscape.registry.database import connect
from sensorscape.registry.writing import Facts, Put

LAYOUTS = frozenset({"dc11669786a5"})
"""Migrations (alembic) whose tables are written here: that of MLflow 3.17."""
_WAIT = 5.0


@dataclass(frozen=True)
class Tables:
    """Writes the tables of an SQLite file whose layout is one of `LAYOUTS`, a transaction per call."""

    connection: sqlite3.Connection
    experiment: str

    @classmethod
    def open(cls, database: Path, name: str) -> "Tables | None":
        """The tables of `database` with the experiment `name`; None when it is not there or the layout is not known."""
        if not known_layout(database):
            return None
        connection = sqlite3.connect(database, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        # a power cut may lose the last runs, which sync brings back, but damages nothing
        connection.execute("PRAGMA synchronous=NORMAL")
        found = connection.execute("SELECT experiment_id FROM experiments WHERE name = ?", (name,)).fetchone()
        return cls(connection, str(found[0])) if found else None

    @property
    def active(self) -> bool:
        """Whether the experiment was not deleted, which only MLflow can undo."""
        query = "SELECT count(*) FROM experiments WHERE experiment_id = ? AND lifecycle_stage = 'active'"
        return bool(self.connection.execute(query, (int(self.experiment),)).fetchone()[0])

    def run(self, facts: Facts, put: Put, *, half: tuple[str, str] | None = None) -> str:
        """See `Writer`."""
        ids = half or self._new_run()
        put(*ids)
        with self._transaction() as do:
            row = (ids[0], facts.tags["mlflow.runName"], facts.status, facts.started, facts.ended, ids[1], int(self.experiment))
            do(
                """INSERT OR REPLACE INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
                   end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
                   VALUES (?, ?, 'UNKNOWN', '', '', 'unknown', ?, ?, ?, '', 'active', ?, ?)""",
                [row],
            )
            self._tags(do, ids[0], facts.tags)
            do("INSERT OR IGNORE INTO params (key, value, run_uuid) VALUES (?, ?, ?)", [(*one, ids[0]) for one in facts.parameters.items()])
            self._metrics(do, ids[0], facts.metrics)
            if facts.subset:
                self._dataset(do, ids[0], facts.subset)
        return ids[0]

    def tag_run(self, run_id: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        with self._transaction() as do:
            self._tags(do, run_id, tags)

    def metrics(self, run_id: str, metrics: Sequence[Point]) -> None:
        """See `Writer`."""
        with self._transaction() as do:
            self._metrics(do, run_id, metrics)

    def tag_experiment(self, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        with self._transaction() as do:
            rows = [(key, value, int(self.experiment)) for key, value in tags.items()]
            do("INSERT OR REPLACE INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?)", rows)

    def version(self, name: str, about: str, *, source: str, run_id: str, tags: Mapping[str, str], described: str) -> str:
        """See `Writer`."""
        now = _now()
        with self._transaction() as do:
            model = "INSERT OR IGNORE INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)"
            do(model, [(name, now, now, about)])
            do("UPDATE registered_models SET last_updated_time = ? WHERE name = ?", [(now, name)])
            highest = self.connection.execute("SELECT max(version) FROM model_versions WHERE name = ?", (name,)).fetchone()[0]
            number = (highest or 0) + 1
            do(
                """INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, current_stage, source, run_id,
                   status, storage_location) VALUES (?, ?, ?, ?, ?, 'None', ?, ?, 'READY', ?)""",
                [(name, number, now, now, described, source, run_id, source)],
            )
            self._version_tags(do, name, number, tags)
        return str(number)

    def tag_version(self, name: str, number: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        with self._transaction() as do:
            self._version_tags(do, name, int(number), tags)

    def alias(self, name: str, alias: str, number: str) -> None:
        """See `Writer`."""
        with self._transaction() as do:
            do("INSERT OR REPLACE INTO registered_model_aliases (alias, version, name) VALUES (?, ?, ?)", [(alias, int(number), name)])

    @contextmanager
    def _transaction(self) -> Iterator[Callable[[str, Sequence[tuple[Any, ...]]], Any]]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection.executemany
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.rollback()
            raise

    def _new_run(self) -> tuple[str, str]:
        query = "SELECT artifact_location FROM experiments WHERE experiment_id = ?"
        place = self.connection.execute(query, (int(self.experiment),)).fetchone()[0]
        run_id = uuid.uuid4().hex
        return run_id, f"{place}/{run_id}/artifacts"

    @staticmethod
    def _tags(do: Callable[..., Any], run_id: str, tags: Mapping[str, str]) -> None:
        do("INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", [(*one, run_id) for one in tags.items()])

    @staticmethod
    def _version_tags(do: Callable[..., Any], name: str, number: int, tags: Mapping[str, str]) -> None:
        rows = [(*one, name, number) for one in tags.items()]
        do("INSERT OR REPLACE INTO model_version_tags (key, value, name, version) VALUES (?, ?, ?, ?)", rows)

    @staticmethod
    def _metrics(do: Callable[..., Any], run_id: str, metrics: Sequence[Point]) -> None:
        rows = [(point.key, point.value, point.timestamp, run_id, point.step) for point in metrics]
        do("INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)", rows)
        last: dict[str, Point] = {}
        for point in metrics:
            if point.key not in last or _moment(point) >= _moment(last[point.key]):
                last[point.key] = point
        do(
            """INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)
               ON CONFLICT DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = 0
               WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)""",
            [(point.key, point.value, point.timestamp, point.step, run_id) for point in last.values()],
        )

    def _dataset(self, do: Callable[..., Any], run_id: str, subset: str) -> None:
        name, digest, kind, source = contents.dataset(subset)
        do(
            """INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source)
               VALUES (?, ?, ?, ?, ?, ?)""",
            [(uuid.uuid4().hex, int(self.experiment), name, digest, kind, source)],
        )
        query = "SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?"
        (dataset,) = self.connection.execute(query, (int(self.experiment), name, digest)).fetchone()
        known = "SELECT count(*) FROM inputs WHERE source_id = ? AND destination_type = 'RUN' AND destination_id = ?"
        if self.connection.execute(known, (dataset, run_id)).fetchone()[0]:
            return
        input_id = uuid.uuid4().hex
        do(
            """INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
               VALUES (?, 'DATASET', ?, 'RUN', ?)""",
            [(input_id, dataset, run_id)],
        )
        do("INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?)", [(input_id, *contents.DATASET_CONTEXT)])


def known_layout(database: Path) -> bool:
    """Whether the tables of an SQLite file are such as `Tables` writes.

    Raises:
        sqlite3.Error: when it cannot be read.
    """
    connection = connect(database)
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return False
    finally:
        connection.close()
    return [version for (version,) in found] == [version for (version,) in found if version in LAYOUTS] != []


def _moment(point: Point) -> tuple[int, int, float]:
    return point.step, point.timestamp, point.value


def _now() -> int:
    return int(1000 * time.time())
