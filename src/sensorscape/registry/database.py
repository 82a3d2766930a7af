"""Reading an SQLite store without MLflow, also on a disk that cannot be written."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote


def connect(database: Path) -> sqlite3.Connection:
    """A connection that only reads; waits a minute for a lock.

    A store in WAL mode wants a file beside it even to be read. Where the folder cannot be written and nothing waits in the WAL,
    the file is opened as one that does not change.

    Raises:
        sqlite3.Error: when it is missing, damaged or locked.
    """
    still = not writable(database.parent) and not _pending(database)
    return sqlite3.connect(f"file:{quote(str(database))}?mode=ro{'&immutable=1' if still else ''}", uri=True, timeout=60)


def writable(folder: Path) -> bool:
    """Whether files can be made in `folder`: its permissions allow it and its disk is not mounted read-only."""
    try:
        mounted_read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False
    return not mounted_read_only and os.access(folder, os.W_OK)


def _pending(database: Path) -> bool:
    try:
        return database.with_name(f"{database.name}-wal").stat().st_size > 0
    except OSError:
        return False
