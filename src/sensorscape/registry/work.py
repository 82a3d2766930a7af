"""Work in progress, `.sensorscape/runs`: kept while a training could need it, dropped once ledger and store both hold it.

A queue worker finds what another has trained in these folders, so none is dropped while any training of this project is under
way: each holds a shared lock. What is dropped is in a ledger that DVC's cache holds, with its weights, and whole in the store.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import reading, takeover
from sensorscape.registry.opening import open_store
from sensorscape.registry.record import is_sha256


@contextmanager
def in_use(project: Project) -> Iterator[None]:
    """Keep every folder of finished work while this training is under way; many may hold this together."""
    with _lock(project).open("w") as stream:
        with suppress(OSError):  # a file system without locks: then nothing is ever dropped
            fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def drop_finished(project: Project) -> int:
    """Remove the folders of runs that ledger and store both hold; returns their number, 0 while anything is trained.

    Raises:
        StoreError: when the store cannot be read.
    """
    folder = project.work / "runs"
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not names:
        return 0
    with _lock(project).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return 0
        return sum(_drop(folder / name) for name in _safe(project, names))


def _safe(project: Project, names: set[str]) -> list[str]:
    """Those of the folders whose record and weights would be found again without them."""
    # an experiment's own dvc.lock does not count: should the experiment fail, nothing would lead to its ledger
    outside = Project(project.main, project.main)
    try:
        ledgers = takeover.committed(outside, experiments=True)
    except SensorscapeError:
        return []
    stored = reading.by_key(reading.index(open_store(project)))
    safe = []
    for name, (record, _) in takeover.in_work(project, names).items():
        kept = [ledger[name] for ledger in ledgers if name in ledger]
        same = [weights for known, weights in kept if known["record_sha256"] == record["record_sha256"]]
        at_hand = record["weights"] is None or any(takeover.sound(record, weights) for weights in same)
        if same and at_hand and (name, record["record_sha256"]) in stored:
            safe.append(name)
    return safe


def _drop(folder: Path) -> bool:
    if not is_sha256(folder.name) or folder.is_symlink():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def _lock(project: Project) -> Path:
    path = project.work / "locks" / "training.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
