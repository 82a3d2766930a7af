"""Files written whole or not at all, digests, canonical JSON, locks, and names that stay inside the project."""

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from sensorscape.errors import SensorscapeError

_SLAB = 1 << 22
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces, ASCII only and no NaN: equal values give equal text, on every machine.

    Raises:
        ValueError: for NaN and infinities, which JSON cannot hold.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of `text`, 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in slabs of 4 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while slab := stream.read(_SLAB):
            digest.update(slab)
    return digest.hexdigest()


@contextmanager
def atomic_write(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file beside `path` for writing; on success flush it to disk and rename it over `path`, else remove it.

    Text is UTF-8 with ``\\n`` line ends, whatever the locale. Parent folders are made.

    Raises:
        SensorscapeError: when the disk is full or the folder cannot be written; `path` is then as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _cannot_write(path, error) from error
    part = Path(name)
    try:
        text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
        with os.fdopen(handle, mode, **text) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path beside `path` for libraries that open files by name (HDF5, safetensors); renamed over `path` on success.

    Raises:
        SensorscapeError: as `atomic_write`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON with sorted keys, atomically.

    Raises:
        ValueError: for NaN and infinities: say "undefined" with a reason instead.
    """
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as stream:
        stream.write(text + "\n")


def read_json(path: Path, *, made_by: str) -> Any:
    """Read a JSON file that a stage made.

    Args:
        path: the file.
        made_by: the command that makes it, named when it is missing or damaged.

    Raises:
        SensorscapeError: when the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", f"make it with: {made_by}") from error
    except (ValueError, OSError) as error:
        raise SensorscapeError(f"{path} cannot be read: {error}", f"make it again with: {made_by}") from error


@contextmanager
def locked(path: Path, *, timeout: float = -1, held: str = "another process is at work here") -> Iterator[None]:
    """Hold an exclusive lock on the file `path` (made if missing); wait `timeout` seconds, for ever if negative.

    Raises:
        SensorscapeError: when the lock is still held after `timeout` seconds; `held` says by what.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=timeout):
            yield
    except Timeout as error:
        raise SensorscapeError(f"{held} ({path.name} is locked)", "wait for it to end, then run again") from error


def safe_name(name: str) -> str:
    """`name` if it is a plain file name (letters, digits, ``. _ -``; no folder, no leading dot), else an error.

    Raises:
        SensorscapeError: for anything else: names that come out of files never leave their folder.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SensorscapeError(f"{name!r} is not a plain file name", "a file that names others was altered: restore it")
    return name


def inside(root: Path, path: str | Path) -> Path:
    """`path` relative to `root`, resolved, if it lies inside `root` without following a link out of it.

    Raises:
        SensorscapeError: for an absolute path, ``..`` out of `root`, or a link that leaves it.
    """
    target = (root / path).resolve()
    if Path(path).is_absolute() or not target.is_relative_to(root.resolve()):
        raise SensorscapeError(f"{path} leaves {root.name}/", "use a path below the project")
    return target


def user_cache() -> Path:
    """SENSORSCAPE_CACHE, or the user's cache folder for sensorscape: what is slow to make and can always be made again."""
    if chosen := os.environ.get("SENSORSCAPE_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sensorscape"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sensorscape"


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _cannot_write(path: Path, error: OSError) -> SensorscapeError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return SensorscapeError(f"{path} cannot be written: {reason}", "free space or mend the permissions, then run again")
