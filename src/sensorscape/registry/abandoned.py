"""Runs that a process left RUNNING when it was killed, told from those that are being written now."""

import socket

import psutil

from sensorscape.registry import contents, reading
from sensorscape.registry.opening import Store, patiently, speaking
from sensorscape.registry.reading import StoredRun

RUNNING = "RUNNING"


def is_abandoned(run: StoredRun) -> bool:
    """Whether a run is RUNNING though the process of this machine that wrote it is gone; of other machines nothing is known."""
    host, _, process = run.tags.get(contents.WRITER, "").rpartition(":")
    here = run.status == RUNNING and host == socket.gethostname() and process.isdigit()
    return here and not psutil.pid_exists(int(process))


def close_abandoned(store: Store, *, kind: str | None = None) -> int:
    """End abandoned runs as KILLED; returns their number.

    Args:
        store: the store.
        kind: only those of this kind (``run``, ``study``).

    Raises:
        StoreError: when the store cannot be read or written.
    """
    count = 0
    for run in reading.index(store):
        if is_abandoned(run) and (kind is None or run.tags.get(contents.KIND) == kind):
            with speaking(store.location), store.writing():
                patiently(lambda run=run: store.client.set_terminated(run.run_id, "KILLED"))  # type: ignore[misc]
            count += 1
    return count
