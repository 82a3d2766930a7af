"""Bringing a store up to date: adds what is missing, mends only when asked, closes what a killed process left, finds what is scattered."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json
from sensorscape.registry import models, reading, store, sync


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
