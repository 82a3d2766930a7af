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
from sensorscape.registry.reading import Key
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
    with _idle(project) as idle:
        return sum(_drop(folder / name) for name in _safe(project, names)) if idle else 0


def drop(project: Project, keys: set[Key]) -> int:
    """Remove the folders of runs that nobody needs; returns their number, 0 while anything is trained."""
    with _idle(project) as idle:
        return sum(_drop(path.parent) for key in keys if (path := weights_of(project, key))) if idle else 0


def weights_of(project: Project, key: Key) -> Path | None:
    """Where work in progress keeps the weights of exactly this run, if it does; they are not checked."""
    record, path = takeover.in_work(project, {key[0]}).get(key[0], ({}, None))
    return path if record.get("record_sha256") == key[1] else None


@contextmanager
def _idle(project: Project) -> Iterator[bool]:
    """Keep every training of this project from beginning; False where one is under way."""
    with _lock(project).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


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
    if not is_sha256(folder.name) or folder.is_symlink() or not folder.is_dir():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def _lock(project: Project) -> Path:
    path = project.work / "locks" / "training.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
