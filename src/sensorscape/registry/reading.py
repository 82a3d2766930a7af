"""Reading many runs at once: by SQL from a local SQLite store, through MLflow's interface from a server.

MLflow's own search takes 14 s for 10,000 runs and shows only the last value of a metric; the tables take a second and show
all. A test holds the two against each other.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensorscape.registry.contents import EXPERIMENT as DVC_EXPERIMENT
from sensorscape.registry.contents import FINGERPRINT, KIND, PARAMS, RECORD, SET_ASIDE, STUDY, WRITER
from sensorscape.registry.database import connect
from sensorscape.registry.opening import EXPERIMENT, Store, patiently, speaking

Key = tuple[str, str]
"""(fingerprint, record SHA-256): what a run is in both ledger and store."""
_INDEX_TAGS = (KIND, FINGERPRINT, RECORD, SET_ASIDE, WRITER, STUDY, PARAMS, DVC_EXPERIMENT)
_PAGE = 5000


@dataclass
class StoredRun:
    """A run as the store has it.

    Attributes:
        run_id: MLflow's id.
        status: RUNNING, FINISHED, FAILED or KILLED.
        artifact_uri: the root of its artifacts.
        tags: its tags; from `index` only those that say what it is.
        points: every value of every metric by (name, step), or None if only `latest` is known (a server).
        latest: the last value of every metric.
        started: milliseconds since 1970.
    """

    run_id: str
    status: str
    artifact_uri: str
    started: int
    tags: dict[str, str] = field(default_factory=dict)
    points: dict[tuple[str, int], list[float]] | None = None
    latest: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What it claims to be: (fingerprint, record SHA-256), empty strings for other runs."""
        return self.tags.get(FINGERPRINT, ""), self.tags.get(RECORD, "")

    @property
    def whole(self) -> bool:
        """Whether it was written to its end and was not set aside as damaged."""
        return self.status != "RUNNING" and SET_ASIDE not in self.tags


def index(store: Store, *, prefix: str = "") -> list[StoredRun]:
    """Every run of the experiment that was not deleted, with the tags that say what it is; oldest first.

    Args:
        store: the store.
        prefix: also read the tags that begin with this and a dot (a study's).

    Raises:
        StoreError: when the store cannot be read.
    """
    with speaking(store.location):
        if store.location.database:
            return patiently(lambda: index_file(store.location.database, prefix=prefix))
        return _search(store, "")


def index_file(database: Path | None, *, prefix: str = "") -> list[StoredRun]:
    """`index` of an SQLite file, without MLflow; empty when the file is not there."""
    if database is None or not database.exists():
        return []
    with closing(connect(database)) as connection:
        runs = _runs(connection)
        marks = ", ".join("?" * len(_INDEX_TAGS))
        query = f"SELECT run_uuid, key, value FROM tags WHERE key IN ({marks}) OR substr(key, 1, ?) = ?"  # noqa: S608 - question marks
        start = f"{prefix}." if prefix else KIND
        for run, key, value in connection.execute(query, (*_INDEX_TAGS, len(start), start)):
            if run in runs:
                runs[run].tags[key] = value
    return sorted(runs.values(), key=lambda run: (run.started, run.run_id))


def full(store: Store, runs: Iterable[StoredRun]) -> dict[str, StoredRun]:
    """The given runs with their metrics, by run id.

    Raises:
        StoreError: when the store cannot be read.
    """
    wanted = {run.run_id: run for run in runs}
    with speaking(store.location):
        if store.location.database:
            patiently(lambda: _fill(store.location.database, wanted))
            return wanted
        if all(run.latest for run in wanted.values()):  # `index` of a server has read everything already
            return wanted
        return {run.run_id: run for run in _search(store, "") if run.run_id in wanted}


def find(store: Store, key: Key) -> list[StoredRun]:
    """The runs of one (fingerprint, record SHA-256), whole or not, oldest first."""
    if store.location.database:
        return [run for run in _find_in_file(store.location.database, key) if SET_ASIDE not in run.tags]
    found = _search(store, f"tags.`{FINGERPRINT}` = '{key[0]}' AND tags.`{RECORD}` = '{key[1]}'")
    return [run for run in found if SET_ASIDE not in run.tags]


def by_key(runs: Sequence[StoredRun]) -> dict[Key, StoredRun]:
    """The oldest whole run of every (fingerprint, record SHA-256)."""
    found: dict[Key, StoredRun] = {}
    for run in runs:
        if run.whole and run.tags.get(KIND) == "run":
            found.setdefault(run.key, run)
    return found


def _runs(connection: sqlite3.Connection, run_id: str = "%") -> dict[str, StoredRun]:
    query = """SELECT r.run_uuid, r.status, r.artifact_uri, r.start_time FROM runs r JOIN experiments e USING (experiment_id)
               WHERE e.name = ? AND r.lifecycle_stage = 'active' AND (? = '%' OR r.run_uuid = ?)"""
    rows = connection.execute(query, (EXPERIMENT, run_id, run_id))
    return {run: StoredRun(run, status, uri, started or 0) for run, status, uri, started in rows}


def _find_in_file(database: Path, key: Key) -> list[StoredRun]:
    query = """SELECT a.run_uuid FROM tags a JOIN tags b USING (run_uuid)
               WHERE a.key = ? AND a.value = ? AND b.key = ? AND b.value = ?"""
    with closing(connect(database)) as connection:
        names = [run for (run,) in connection.execute(query, (FINGERPRINT, key[0], RECORD, key[1]))]
        found = [run for name in names for run in _runs(connection, name).values()]
        for run in found:
            run.tags = dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run.run_id,)).fetchall())
    return sorted(found, key=lambda run: (run.started, run.run_id))


def _fill(database: Path | None, wanted: dict[str, StoredRun]) -> None:
    if database is None:
        return
    with closing(connect(database)) as connection:
        for name, run in wanted.items():  # by the index of the runs: a store may hold ten thousand others
            points: dict[tuple[str, int], list[float]] = defaultdict(list)
            rows = connection.execute("SELECT key, step, value, is_nan FROM metrics WHERE run_uuid = ?", (name,))
            for key, step, value, undefined in rows.fetchall():
                points[key, step].append(float("nan") if undefined else value)
            run.points = points
            latest = connection.execute("SELECT key, value, is_nan FROM latest_metrics WHERE run_uuid = ?", (name,))
            run.latest |= {key: float("nan") if undefined else value for key, value, undefined in latest}


def _search(store: Store, condition: str) -> list[StoredRun]:
    found: list[StoredRun] = []
    token: Any = None
    while True:
        page = store.client.search_runs(
            [store.experiment], condition, max_results=_PAGE, order_by=["attributes.start_time"], page_token=token
        )
        for run in page:
            info = run.info
            tags, metrics = dict(run.data.tags), dict(run.data.metrics)
            found.append(StoredRun(info.run_id, info.status, info.artifact_uri, info.start_time or 0, tags, None, metrics))
        token = page.token
        if not token:
            return found
