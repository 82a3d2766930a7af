"""Reading many runs: SQL and MLflow see the same; of one key the oldest whole run counts."""

import sqlite3
from contextlib import closing

from sensorscape.registry import contents, reading, store


def test_sql_and_mlflow_read_the_same(stored, record):
    for cell in "abc":
        store.log_run(stored, record(cell=cell), tags={"study.embedded.roles": "population"})
    opened = store.open_store(stored)
    by_sql = reading.full(opened, reading.index(opened))
    by_mlflow = {run.run_id: run for run in reading._search(opened, "")}
    assert set(by_sql) == set(by_mlflow)
    for run_id, run in by_sql.items():
        other = by_mlflow[run_id]
        assert run.latest == other.latest
        assert (run.key, run.status, run.artifact_uri, run.started) == (other.key, other.status, other.artifact_uri, other.started)
        history = opened.client.get_metric_history(run_id, "test/kappa")
        assert {("test/kappa", point.step): [point.value] for point in history}.items() <= run.points.items()


def test_of_one_key_the_oldest_whole_run_counts():
    def run(name, started, **tags):
        status = tags.pop("status", "FINISHED")
        return reading.StoredRun(name, status, "", started, {contents.KIND: "run", contents.FINGERPRINT: "f", contents.RECORD: "r"} | tags)

    runs = [run("running", 0, status="RUNNING"), run("aside", 1, **{contents.SET_ASIDE: "x"}), run("first", 2), run("second", 3)]
    assert {key: one.run_id for key, one in reading.by_key(runs).items()} == {("f", "r"): "first"}


def test_deleted_runs_and_other_experiments_are_not_seen(stored, record):
    run = store.log_run(stored, record())
    opened = store.open_store(stored)
    opened.client.create_run(opened.client.create_experiment("other"), tags=contents.tags(record(cell="b")))
    assert [one.run_id for one in reading.index(opened)] == [run]
    opened.client.delete_run(run)
    assert reading.index(opened) == []


def test_the_tags_of_a_study_are_read_when_asked_for(stored, record):
    store.log_run(stored, record(), tags={"study.a.roles": "walk", "study.ab.roles": "population", "private": "x"})
    (run,) = reading.index(store.open_store(stored), prefix="study.a")
    assert run.tags["study.a.roles"] == "walk"
    assert {"study.ab.roles", "private"} & set(run.tags) == set()


def test_a_nan_that_somebody_logged_is_read_as_one(stored, record):
    run = store.log_run(stored, record())
    with closing(sqlite3.connect(stored.store / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE metrics SET is_nan = 1 WHERE key = 'kappa_3'")
    (found,) = reading.full(store.open_store(stored), reading.index(store.open_store(stored))).values()
    (value,) = found.points["kappa_3", 3]
    assert value != value
    assert found.run_id == run


def test_a_file_that_is_not_there_has_no_runs(tmp_path):
    assert reading.index_file(None) == []
    assert reading.index_file(tmp_path / "none.db") == []
