"""Two ways to write, one result: what goes straight into the tables equals what MLflow's client would have written, row by row."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from sensorscape.registry import mirror, opening, store, studies
from sensorscape.registry import tables as tables_module
from sensorscape.registry.contents import Point
from sensorscape.registry.tables import Tables, known_layout
from sensorscape.registry.writing import Client, Facts

TIMES = {"creation_time", "last_updated_time"}
FREE = {"experiments", "alembic_version", "sqlite_sequence"}


def tables(project):
    """Every row of every table that is not empty, with ids replaced by the order in which they come."""
    found, ids = {}, {}
    with closing(sqlite3.connect(project.store / "mlflow.db")) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for run in connection.execute("SELECT run_uuid, name FROM runs"):
            ids[run["run_uuid"]] = f"run {run['name']}"
        for kind, column in (("datasets", "dataset_uuid"), ("inputs", "input_uuid")):
            for number, row in enumerate(connection.execute(f"SELECT * FROM {kind} ORDER BY rowid")):  # noqa: S608 - names above
                ids[row[column]] = f"{kind} {number}"
        for name in sorted(set(names) - FREE):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608 - SQLite's own names
            if rows:
                found[name] = sorted(sorted((key, plain(key, value, ids)) for key, value in row.items()) for row in rows)
    return found


def plain(key, value, ids):
    text = "" if value is None else str(value)
    for name, stands_for in ids.items():
        text = text.replace(name, stands_for)
    return "a time" if key in TIMES else text


@pytest.fixture
def through_the_client(monkeypatch):
    return lambda: monkeypatch.setattr(tables_module, "known_layout", lambda _: False)


def test_a_study_with_models_and_champions_is_the_same_either_way(stored, trained, study_of, weights, through_the_client, monkeypatch):
    monkeypatch.setattr(studies.os, "getpid", lambda: 4242)
    undefined, _ = trained("b", 0.4, seed=1)
    records = [trained("a", 0.5)[0], trained("a", 0.6, sensor="s2")[0], trained("b", 0.7)[0], undefined]
    study = study_of(records, chosen={"s1": records[2]["fingerprint"], "s2": records[1]["fingerprint"]})
    empty = stored.root / "empty"
    shutil.copytree(stored.store, empty)
    mirror.mirror(stored, study, weights)
    by_tables = tables(stored)
    shutil.rmtree(stored.store)
    empty.rename(stored.store)
    through_the_client()
    mirror.mirror(stored, study, weights)
    assert by_tables.keys() == tables(stored).keys()
    for name, rows in tables(stored).items():
        assert by_tables[name] == rows, name
    assert {"runs", "metrics", "latest_metrics", "params", "tags", "inputs", "model_versions", "registered_model_aliases"} <= set(by_tables)


def test_the_store_that_is_made_has_a_layout_that_is_known(stored):
    with store.open_store(stored).writing() as writer:
        assert isinstance(writer, Tables)


def test_an_unknown_layout_is_left_to_mlflow(stored):
    with closing(sqlite3.connect(stored.store / "mlflow.db")) as connection, connection:
        assert known_layout(stored.store / "mlflow.db")
        connection.execute("UPDATE alembic_version SET version_num = 'tomorrow'")
    assert not known_layout(stored.store / "mlflow.db")


def test_a_file_that_is_no_store_has_no_known_layout(tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE numbers (value)")
    assert not known_layout(tmp_path / "other.db")


def test_a_run_that_cannot_be_written_whole_is_not_there_at_all(stored, record):
    opened = store.open_store(stored)

    def fail(run_id, uri):
        raise OSError(28, "No space left on device")

    facts = Facts({"mlflow.runName": "a run"}, "FINISHED", 0, 1)
    with opened.writing() as writer, pytest.raises(OSError, match="No space"):
        writer.run(facts, fail)
    nonsense = Facts({"mlflow.runName": "a run"}, "NONSENSE", 0, 1)
    with opened.writing() as writer, pytest.raises(sqlite3.IntegrityError):
        writer.run(nonsense, lambda *_: None)
    with closing(sqlite3.connect(stored.store / "mlflow.db")) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_a_deleted_experiment_is_restored_by_mlflow_first(stored, record):
    opened = store.open_store(stored)
    opened.client.delete_experiment(opened.experiment)
    opening._opened.clear()
    with store.open_store(stored).writing() as writer:
        assert isinstance(writer, Client)
    with store.open_store(stored).writing() as writer:
        assert isinstance(writer, Tables)


def test_a_value_that_comes_later_replaces_the_latest_only_if_it_is(stored, record):
    run_id = store.log_run(stored, record())
    opened = store.open_store(stored)
    with opened.writing() as writer:
        writer.metrics(run_id, [Point("free", 1.0, 5, 10), Point("free", 2.0, 7, 10)])
        writer.metrics(run_id, [Point("free", 3.0, 6, 10)])
    assert opened.client.get_run(run_id).data.metrics["free"] == 2.0
    assert {point.step: point.value for point in opened.client.get_metric_history(run_id, "free")} == {5: 1.0, 6: 3.0, 7: 2.0}
