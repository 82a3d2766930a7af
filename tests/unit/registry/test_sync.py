"""Bringing a store up to date: adds what is missing, mends only when asked, closes what a killed process left, finds what is scattered."""

import os
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json
from sensorscape.registry import contents, models, reading, store, sync


def test_an_empty_store_gets_everything_a_complete_one_nothing(workspace):
    project, records = workspace
    report = sync.sync(project)
    assert (report.added, report.versions, report.without_weights) == (2, 2, 0)
    champions = [version for version in models.shelf_of_file(project.store / "mlflow.db") if "champion" in version.aliases]
    assert [version.key[0] for version in champions] == [records[1]["fingerprint"]]
    assert sync.sync(project) == sync.Report()


def test_runs_without_weights_are_added_and_counted(workspace):
    project, _ = workspace
    shutil.rmtree(project.root / "models" / "weights")
    report = sync.sync(project)
    assert (report.added, report.versions, report.without_weights) == (2, 0, 2)


def test_what_was_altered_is_mended_only_when_asked(workspace):
    project, records = workspace
    sync.sync(project)
    with closing(sqlite3.connect(project.store / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE metrics SET value = 0.99 WHERE key = 'kappa_3'")
    assert sync.sync(project) == sync.Report()
    with pytest.raises(SensorscapeError, match="differs"):
        store.read_records(project, records)
    assert sync.sync(project, mend=True).mended == 2
    assert store.read_records(project, records) == records


def test_work_that_ended_without_a_ledger_is_found(workspace, record):
    project, _ = workspace
    one = record(cell="c")
    folder = project.work / "runs" / one["fingerprint"]
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(canonical_json(one))
    (project.work / "runs" / "notes.txt").write_text("not a run")
    assert sync.sync(project).added == 3
    assert store.read_records(project, [one]) == [one]


@pytest.mark.parametrize(
    ("host", "process", "closed"),
    [(None, 2**22 + 1, 1), (None, os.getpid(), 0), ("elsewhere", 2**22 + 1, 0)],
    ids=["dead", "alive", "elsewhere"],
)
def test_only_runs_of_dead_processes_of_this_machine_are_closed(stored, host, process, closed):
    opened = store.open_store(stored)
    tags = {contents.WRITER: f"{host or socket.gethostname()}:{process}", contents.KIND: "run"}
    run = opened.client.create_run(opened.experiment, tags=tags).info
    assert sync.close_abandoned(stored) == closed
    assert {one.run_id: one.status for one in reading.index(opened)}[run.run_id] == ("KILLED" if closed else "RUNNING")


def test_a_workspace_without_a_study_is_no_error(stored):
    assert sync.workspace_study(stored) is None
    assert sync.sync(stored) == sync.Report()


def test_a_damaged_ledger_stops_it_before_anything_is_written(workspace):
    project, _ = workspace
    path = project.root / "models" / "runs.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SensorscapeError, match="torn"):
        sync.sync(project)
    assert reading.index(store.open_store(project)) == []
