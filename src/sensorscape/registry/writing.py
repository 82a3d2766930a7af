"""The two ways to write to a store: through MLflow's client, and straight into the tables of an SQLite file.

The tables are some twenty times as fast and need no import of MLflow (seconds, and 130 ms a run), but are used only for a layout
that is known here by its migration; a test holds both ways against each other, table by table. A server, an SQLite file of
another version and whatever is rare (removing, restoring) go through the client.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sensorscape.registry import contents
from sensorscape.registry.contents import Point

LAYOUTS = frozenset({"dc11669786a5"})
"""Migrations (alembic) whose tables `Tables` writes: that of MLflow 3.16 and 3.17."""
_METRICS_AT_ONCE, _TAGS_AT_ONCE = 1000, 100
_WAIT = 5.0
Put = Callable[[str, str], None]
"""Called with (run id, artifact URI) to place a run's files before the run is shown as ended."""


@dataclass(frozen=True)
class Facts:
    """All of a run but its files.

    Attributes:
        tags: with ``mlflow.runName``.
        status: what it ended as.
        started: milliseconds since 1970.
        ended: the same.
        parameters: text by name.
        metrics: every value.
        subset: SHA-256 of the subset, its dataset; None without.
    """

    tags: Mapping[str, str]
    status: str
    started: int
    ended: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Point] = ()
    subset: str | None = None


class Writer(Protocol):
    """What both ways can do. Every call is whole or not there, but for `Client.run`, whose half-written runs stay RUNNING."""

    def run(self, facts: Facts, put: Put, *, half: tuple[str, str] | None = None) -> str:
        """Add a run; returns its id. `half` is (id, artifact URI) of one that was begun and is to be finished."""

    def tag_run(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags on a run."""

    def metrics(self, run_id: str, metrics: Sequence[Point]) -> None:
        """Add values to a run."""

    def tag_experiment(self, tags: Mapping[str, str]) -> None:
        """Set tags on the experiment."""

    def version(self, name: str, about: str, *, source: str, run_id: str, tags: Mapping[str, str], described: str) -> str:
        """Add a version to a registered model, which is made with the description `about` if need be; returns its number."""

    def tag_version(self, name: str, number: str, tags: Mapping[str, str]) -> None:
        """Set tags on a version."""

    def alias(self, name: str, alias: str, number: str) -> None:
        """Let an alias of a model point at a version."""


@dataclass(frozen=True)
class Client:
    """Writes through MLflow's client to the experiment with this id."""

    client: Any
    experiment: str

    def run(self, facts: Facts, put: Put, *, half: tuple[str, str] | None = None) -> str:
        """See `Writer`."""
        from mlflow.entities import Param

        from sensorscape.registry.dataset import subset_input

        if half is None:
            info = self.client.create_run(self.experiment, start_time=facts.started, tags=dict(facts.tags)).info
            half = info.run_id, info.artifact_uri
        run_id, uri = half
        put(run_id, uri)
        self.metrics(run_id, facts.metrics)
        params = [Param(key, value) for key, value in facts.parameters.items()]
        for start in range(0, len(params), _TAGS_AT_ONCE):
            self.client.log_batch(run_id, params=params[start : start + _TAGS_AT_ONCE])
        if facts.subset:
            self.client.log_inputs(run_id, [subset_input(facts.subset)])
        self.client.set_terminated(run_id, facts.status, end_time=facts.ended)
        return str(run_id)

    def tag_run(self, run_id: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        from mlflow.entities import RunTag

        listed = [RunTag(key, value) for key, value in tags.items()]
        for start in range(0, len(listed), _TAGS_AT_ONCE):
            self.client.log_batch(run_id, tags=listed[start : start + _TAGS_AT_ONCE])

    def metrics(self, run_id: str, metrics: Sequence[Point]) -> None:
        """See `Writer`."""
        from mlflow.entities import Metric

        listed = [Metric(point.key, point.value, point.timestamp, point.step) for point in metrics]
        for start in range(0, len(listed), _METRICS_AT_ONCE):
            self.client.log_batch(run_id, metrics=listed[start : start + _METRICS_AT_ONCE])

    def tag_experiment(self, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        for key, value in tags.items():
            self.client.set_experiment_tag(self.experiment, key, value)

    def version(self, name: str, about: str, *, source: str, run_id: str, tags: Mapping[str, str], described: str) -> str:
        """See `Writer`."""
        from mlflow.exceptions import MlflowException

        try:
            self.client.create_registered_model(name, description=about)
        except MlflowException as error:
            if "already exists" not in str(error).lower():
                raise
        made = self.client.create_model_version(name, source, run_id=run_id, tags=dict(tags), description=described)
        return str(made.version)

    def tag_version(self, name: str, number: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        for key, value in tags.items():
            self.client.set_model_version_tag(name, number, key, value)

    def alias(self, name: str, alias: str, number: str) -> None:
        """See `Writer`."""
        self.client.set_registered_model_alias(name, alias, number)


@dataclass(frozen=True)
class Tables:
    """Writes the tables of an SQLite file whose layout is one of `LAYOUTS`, a transaction per call."""

    connection: sqlite3.Connection
    experiment: str

    @classmethod
    @contextmanager
    def open(cls, database: Path, name: str) -> Iterator["Tables | None"]:
        """The tables of `database` with the active experiment `name`; None when MLflow has to see to it."""
        connection = sqlite3.connect(database, timeout=_WAIT, isolation_level=None)
        try:
            # a power cut may lose the last runs, which sync brings back, but damages nothing
            connection.execute("PRAGMA synchronous=NORMAL")
            found = connection.execute("SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = ?", (name,)).fetchone()
            yield cls(connection, str(found[0])) if found and found[1] == "active" else None
        finally:
            connection.close()

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
    from sensorscape.registry.database import connect

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
