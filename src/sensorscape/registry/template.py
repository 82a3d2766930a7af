"""An empty SQLite store, kept in the user's cache for every version of MLflow: its migrations take five seconds, a copy none."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path, locked, user_cache


def copy_to(target: Path, make: Callable[[Path], None]) -> None:
    """Write an empty store to `target`: a copy of the cached one, which is made by `make` if it is missing or damaged.

    Where the cache cannot be written the store is made at `target`.
    """
    kept = user_cache() / f"store-1-mlflow-{version('mlflow')}.db"
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with locked(kept.with_suffix(".lock"), timeout=300, held="an empty store is being made"):
            if not _sound(kept):
                with atomic_path(kept) as part:
                    part.unlink(missing_ok=True)
                    make(part)
                    _settle(part)
            shutil.copyfile(kept, target)
    except (OSError, SensorscapeError):
        target.unlink(missing_ok=True)
        make(target)


def _settle(database: Path) -> None:
    """One file and no other beside it, so that copying it copies all."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _sound(database: Path) -> bool:
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(database)) as connection:
            whole = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            return whole and connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0] == 1
    except sqlite3.Error:
        return False
