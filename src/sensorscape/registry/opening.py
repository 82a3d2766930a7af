"""Opening the store: its safe first touch, a moved folder, and errors in words.

Processes that open a *fresh* SQLite store together crash in MLflow's migrations, so the first one makes it aside, under a
lock, and renames it into place: a store is there whole or not at all. Artifact locations in it are absolute; when the
project folder was moved they are rewritten.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sensorscape.errors import SensorscapeError
from sensorscape.files import locked
from sensorscape.project import Project
from sensorscape.quiet import silence_tools
from sensorscape.registry import template
from sensorscape.registry.database import connect, writable
from sensorscape.registry.location import Location, StoreError, locate, refuse_network_disk
from sensorscape.registry.tables import Tables
from sensorscape.registry.writing import Client, Writer

EXPERIMENT = "sensorscape"
"""The one MLflow experiment: runs are told apart by their tags, so that every study finds what another has trained."""
_KIND = {"mlflow.experimentKind": "custom_model_development"}
PATIENCE = 120.0
"""Seconds to wait for a store that another program has locked."""
_SETTINGS = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}
_HELD = ("database is locked", "giving up after", "deadlock detected", "could not serialize", "too many clients", "duplicate key")
"""What SQLite says of a lock, and MLflow or PostgreSQL where another study writes the same model at the same moment."""
_AWAY = ("connection", "max retries", "timed out", "timeout", "unreachable", "name or service", "bad gateway", "unavailable")
"""What is said of a server that does not answer."""
_generation = count()
_BUSY = 5.0
"""Seconds that SQLite itself waits for a lock; `patiently` repeats that."""
_opened: dict[tuple[int, str], "Store"] = {}
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Store:
    """An open store. MLflow, whose import takes seconds, is loaded only when its client is first used: to write, or to ask a server.

    Attributes:
        location: where it is.
        lock: the file that writers of this project lock.
        inode: of the SQLite file when it was opened, 0 for a server.
    """

    location: Location
    lock: Path
    inode: int

    @cached_property
    def client(self) -> Any:
        """MLflow's client of it."""
        return _client(_private_uri(self.location))

    @cached_property
    def experiment(self) -> str:
        """The id of the experiment `EXPERIMENT`, made or restored if need be."""
        return patiently(lambda: _experiment(self.client, _artifacts(self.location)))

    @cached_property
    def _tables(self) -> Tables | None:
        # one connection for the life of the process: closing the last one makes SQLite write back and wait for the disk
        return Tables.open(self.location.database, EXPERIMENT) if self.location.database else None

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """A context in which no other process of this project writes to the store, with the way to do so.

        Raises:
            StoreError: when another has been writing for ten minutes.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.lock, timeout=600, held="the store is being written"))
            except SensorscapeError as error:
                raise StoreError(error.message, error.hint) from error
            tables = self._tables
            yield tables if tables and tables.active else Client(self.client, self.experiment)


def open_store(project: Project) -> Store:
    """The project's store, made if it is not there; cheap when this process has opened it before.

    Raises:
        StoreError: when it is unreachable, locked, read-only or damaged, or the disk is full.
        SensorscapeError: on a network disk.
    """
    silence_tools()
    for key, value in _SETTINGS.items():
        os.environ.setdefault(key, value)
    location = locate(project)
    known = _opened.get((os.getpid(), location.uri))
    if known and known.inode == _inode(location):
        return known
    lock = project.work / "locks" / "store.lock"
    with speaking(location):
        if location.database:
            _prepare(location, lock)
        store = Store(location, lock, _inode(location))
        if location.database is None:
            _ = store.experiment  # a server that cannot be reached says so now
    _opened[os.getpid(), location.uri] = store
    return store


def patiently(call: Callable[[], Answer], *, patience: float = PATIENCE) -> Answer:
    """The answer of `call`, tried again for `patience` seconds while another program holds the database or writes the same rows.

    `call` must be safe to repeat.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return call()
        except Exception as error:
            if not _is_held(error) or time.monotonic() > end:
                raise
            time.sleep(0.5)


@contextmanager
def speaking(location: Location) -> Iterator[None]:
    """Turns what MLflow, SQLAlchemy and the network raise into a `StoreError` that says what to do; hides passwords."""
    try:
        yield
    except SensorscapeError:
        raise
    except Exception as error:
        text = " ".join(f"{error} {error.__cause__ or ''}".split())
        if not _concerns_store(error):
            raise
        raise _in_words(location, text) from (None if "@" in location.uri else error)


def _concerns_store(error: Exception) -> bool:
    origins = {kind.__module__.split(".")[0] for kind in type(error).__mro__}
    return isinstance(error, OSError | sqlite3.Error) or bool(
        origins & {"mlflow", "sqlalchemy", "requests", "urllib3", "alembic", "botocore"}
    )


def _in_words(location: Location, text: str) -> StoreError:
    lower, shown = text.lower(), location.shown
    kept = "what was trained is kept; afterwards: sensorscape sync"
    if "locked" in lower:
        return StoreError(f"the store {shown} is locked by another program", f"end it (fuser {shown}), then run again; {kept}")
    sealed = location.database is not None and "unable to open" in lower and not writable(location.database.parent)
    if sealed or "readonly" in lower or "read-only" in lower or "permission denied" in lower:
        return StoreError(
            f"the store {shown} is read-only", f"make it and its folder writable, or name another by MLFLOW_TRACKING_URI; {kept}"
        )
    if "full" in lower or "no space left" in lower or "disk i/o error" in lower or "file too large" in lower:
        return StoreError(f"the disk of the store {shown} is full or failing", f"free space; {kept}")
    if "malformed" in lower or "not a database" in lower:
        return StoreError(f"the store {shown} is damaged", f"move it away (mv {shown} {shown}.damaged), then: sensorscape sync")
    if "schema" in lower:
        return StoreError(
            f"the store {shown} was made by another version of MLflow", f"bring it up to date: mlflow db upgrade sqlite:///{shown}"
        )
    if location.database is None:
        reason = text.replace(location.uri, shown)[:300]
        if any(word in lower for word in _AWAY):
            return StoreError(f"the store {shown} cannot be reached", f"start the server or unset MLFLOW_TRACKING_URI; {kept}")
        return StoreError(f"the store {shown} did not do what it was asked to: {reason}", f"see the server's log, then run again; {kept}")
    return StoreError(f"the store {shown} cannot be used: {text.replace(location.uri, shown)[:500]}", f"sensorscape status; {kept}")


def _is_held(error: BaseException) -> bool:
    text = f"{error} {error.__cause__ or ''}".lower()
    return any(word in text for word in _HELD)


def _client(uri: str) -> Any:
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from mlflow.tracking import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return patiently(lambda: MlflowClient(tracking_uri=uri, registry_uri=uri))


def _private_uri(location: Location) -> str:
    # MLflow keeps one engine per URI for ever, also of a file that was deleted since: every opening gets its own URI.
    if location.database is None:
        return location.uri
    return f"{location.uri}{'&' if '?' in location.uri else '?'}{_timeout()}"


def _timeout() -> str:
    return f"timeout={_BUSY + 1e-6 * next(_generation):.6f}"


def _inode(location: Location) -> int:
    try:
        return location.database.stat().st_ino if location.database else 0
    except OSError:
        return -1


def _prepare(location: Location, lock: Path) -> None:
    """Make the SQLite file if it is not there, and mend the artifact locations of a moved one."""
    database = location.database
    if database is None:
        return
    refuse_network_disk(database.parent)
    with locked(lock, timeout=300, held="the store is being made"):
        if not database.exists():
            _create(location, database)
        elif location.artifacts:
            _follow_move(database, location.artifacts)


def _create(location: Location, database: Path) -> None:
    folder = database.parent
    folder.mkdir(parents=True, exist_ok=True)
    if location.embedded:
        folder.chmod(0o700)
    part = folder / f".{database.name}.{os.getpid()}.part"
    part.unlink(missing_ok=True)
    try:
        template.copy_to(part, _make)
        place = _artifacts(location)
        with closing(sqlite3.connect(part)) as connection:
            with connection:
                now = int(1000 * time.time())
                connection.execute("UPDATE experiments SET creation_time = ?, last_update_time = ?", (now, now))
                connection.execute("UPDATE experiments SET artifact_location = ?", (f"{place}/other",))
                connection.execute("UPDATE experiments SET artifact_location = ? WHERE name = ?", (place, EXPERIMENT))
            connection.execute("PRAGMA journal_mode=WAL")
        for stale in ("-wal", "-shm"):
            database.with_name(database.name + stale).unlink(missing_ok=True)
        part.replace(database)
    finally:
        for left in folder.glob(f"{part.name}*"):
            left.unlink()


def _make(database: Path) -> None:
    """An SQLite store with the experiment and nothing in it; MLflow's migrations take seconds."""
    client = _client(f"sqlite:///{database}?{_timeout()}")
    _experiment(client, None)
    client._tracking_client.store.engine.dispose()


def _artifacts(location: Location) -> str | None:
    """Where the experiment's artifacts go: beside an SQLite file (MLflow would take the current folder), where a server decides."""
    if location.artifacts:
        return location.artifacts.as_uri()
    return (location.database.parent / "artifacts").as_uri() if location.database else None


def _experiment(client: Any, place: str | None) -> str:
    from mlflow.exceptions import MlflowException

    known = client.get_experiment_by_name(EXPERIMENT)
    if known is None:
        try:
            return str(client.create_experiment(EXPERIMENT, place, tags=_KIND))
        except MlflowException:
            known = client.get_experiment_by_name(EXPERIMENT)
            if known is None:
                raise
    if known.lifecycle_stage == "deleted":
        client.restore_experiment(known.experiment_id)
    return str(known.experiment_id)


_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def _follow_move(database: Path, artifacts: Path) -> None:
    here = artifacts.as_uri()
    with closing(connect(database)) as connection:
        found = connection.execute("SELECT artifact_location FROM experiments WHERE name = ?", (EXPERIMENT,)).fetchone()
    there = found[0] if found else here
    if there == here:
        return
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        for table, column in _PLACES:
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",  # noqa: S608 - names above
                (here, len(there) + 1, len(there), there),
            )
