"""The subset on a node of a cluster that does not share the driver's disk: one copy for all its workers, removed by the last."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, sha256_file


def is_there(path: Path, sha256: str) -> bool:
    """Whether this machine has the subset under this path, as the driver's own node has and every node with a shared disk."""
    with contextlib.suppress(OSError):
        return sha256_file(path) == sha256
    return False


def copy_of_node(sha256: str, content: Iterable[bytes]) -> tuple[Path, int]:
    """The subset as a file of this node, written by the first worker that needs it, and an open file whose lock tells that it is used.

    Raises:
        SensorscapeError: a full disk, or bytes that are not those of the digest.
    """
    import fcntl

    folder = Path(tempfile.gettempdir()) / f"sensorscape-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{sha256}.h5"
    with FileLock(path.with_suffix(".lock")):
        users = os.open(path.with_suffix(".users"), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)
        if not is_there(path, sha256):
            with atomic_write(path, "wb") as stream:
                for piece in content:
                    stream.write(piece)
            if not is_there(path, sha256):
                raise SensorscapeError(f"the subset that reached this node is not the one with SHA-256 {sha256[:12]}", "run again")
    return path, users


def remove_copy(path: Path, users: int) -> None:
    """Give up a copy: the last process that uses it removes it. A process that was killed uses nothing."""
    import fcntl

    with FileLock(path.with_suffix(".lock")), contextlib.suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        path.with_suffix(".users").unlink(missing_ok=True)
    os.close(users)
