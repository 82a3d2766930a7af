import os
import socket

import pytest

from sensorscape.registry import contents, reading, store
from sensorscape.registry.abandoned import close_abandoned


@pytest.mark.parametrize(
    ("host", "process", "closed"),
    [(None, 2**22 + 1, 1), (None, os.getpid(), 0), ("elsewhere", 2**22 + 1, 0)],
    ids=["dead", "alive", "elsewhere"],
)
def test_only_runs_of_dead_processes_of_this_machine_are_closed(stored, host, process, closed):
    opened = store.open_store(stored)
    tags = {contents.WRITER: f"{host or socket.gethostname()}:{process}", contents.KIND: "run"}
    run = opened.client.create_run(opened.experiment, tags=tags).info
    assert close_abandoned(opened, kind="study") == 0
    assert close_abandoned(opened) == closed
    assert {one.run_id: one.status for one in reading.index(opened)}[run.run_id] == ("KILLED" if closed else "RUNNING")
