"""The store holds every run once, whole, and says so when it was altered."""

import json
import sqlite3
from contextlib import closing

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import contents, reading, store


def _execute(project, statement, *values):
    with closing(sqlite3.connect(project.store / "mlflow.db")) as connection, connection:
        changed = connection.execute(statement, values).rowcount
    assert changed > 0


def test_a_run_is_added_once_and_read_back_equal(stored, record):
    one = record()
    first = store.log_run(stored, one)
    assert store.log_run(stored, one) == first
    assert store.read_records(stored, [one]) == [one]
    assert len(reading.index(store.open_store(stored))) == 1


def test_replicates_stay_side_by_side(stored, record):
    one, other = record(kappa=0.5), record(kappa=0.6)
    assert one["fingerprint"] == other["fingerprint"]
    assert store.log_run(stored, one) != store.log_run(stored, other)
    assert store.read_records(stored, [other, one]) == [other, one]
    first = min((one, other), key=lambda each: each["record_sha256"])  # both say that they began at the same time
    assert store.find_records(stored, [one["fingerprint"]]) == {one["fingerprint"]: first}


def test_a_half_written_run_is_finished_not_doubled(stored, record):
    one = record()
    opened = store.open_store(stored)
    run = opened.client.create_run(opened.experiment, tags=contents.tags(one)).info
    with pytest.raises(SensorscapeError, match="not in the MLflow store"):
        store.read_records(stored, [one])
    assert store.log_run(stored, one) == run.run_id
    assert store.read_records(stored, [one]) == [one]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE metrics SET value = 0.99 WHERE key = 'kappa_3'",
        "UPDATE metrics SET value = 0.99 WHERE key = 'test/kappa' AND step = 1",
        "UPDATE latest_metrics SET value = 0.99 WHERE key = 'kappa_3'",
        "DELETE FROM metrics WHERE key = 'epoch/loss' AND step = 2",
        "DELETE FROM latest_metrics WHERE key = 'accuracy_1'",
        "UPDATE metrics SET step = 2 WHERE key = 'kappa_3'",
    ],
)
def test_a_metric_altered_in_the_tables_is_refused(stored, record, statement):
    one = record()
    store.log_run(stored, one)
    _execute(stored, statement)
    with pytest.raises(SensorscapeError, match="differs from the ledger"):
        store.read_records(stored, [one])


@pytest.mark.parametrize("key", ["kappa_3", "kappa_9", "test/kappa"])
def test_a_metric_logged_over_a_run_is_refused(stored, record, key):
    one = record()
    run = store.log_run(stored, one)
    store.open_store(stored).client.log_metric(run, key, 0.99, step=3)
    with pytest.raises(SensorscapeError, match="differs from the ledger"):
        store.read_records(stored, [one])


def test_metrics_of_others_are_free(stored, record):
    one = record()
    run = store.log_run(stored, one)
    store.open_store(stored).client.log_metric(run, "system/gpu_utilization", 0.5)
    assert store.read_records(stored, [one]) == [one]


@pytest.mark.parametrize("damage", ["missing", "flipped", "other", "not JSON"])
def test_a_damaged_artifact_is_refused(stored, record, damage):
    one = record()
    run = store.log_run(stored, one)
    file = stored.store / "artifacts" / run / "artifacts" / "record.json"
    content = {"flipped": file.read_bytes().replace(b"0.7,", b"0.8,"), "other": json.dumps(record(cell="b")).encode(), "not JSON": b"{"}
    file.unlink()
    if damage != "missing":
        file.write_bytes(content[damage])
    with pytest.raises(SensorscapeError, match=r"record\.json"):
        store.read_records(stored, [one])


def test_a_run_set_aside_is_added_again(stored, record):
    one = record()
    run = store.log_run(stored, one)
    store.set_aside(stored, run, "altered")
    assert store.log_run(stored, one) != run
    assert store.read_records(stored, [one]) == [one]


def test_an_undefined_kappa_stays_undefined(stored, record):
    one = record()
    one["evaluations"]["3"]["test"] |= {"kappa": None, "kappa_reason": "one class"}
    one = record(evaluations=one["evaluations"], outcome="diverged", reason="loss is not finite")
    store.log_run(stored, one)
    assert store.read_records(stored, [one]) == [one]
    found = reading.full(store.open_store(stored), reading.index(store.open_store(stored)))
    (run,) = found.values()
    assert "kappa_3" not in run.latest
    assert "kappa_1" in run.latest
    assert run.status == "FAILED"


def test_an_altered_record_never_enters(stored, record):
    one = record()
    one["evaluations"]["3"]["test"]["kappa"] = 0.99
    with pytest.raises(SensorscapeError, match="altered"):
        store.log_run(stored, one)
