"""A store is there whole or not at all, follows a moved project, and says what is wrong in words."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from sensorscape.project import Project
from sensorscape.registry import opening, reading, store
from sensorscape.registry.location import VARIABLE, Location, StoreError


def test_a_fresh_store_is_private_and_in_wal_mode(empty_store):
    folder = empty_store / "models" / "store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        kind = connection.execute("SELECT value FROM experiment_tags WHERE key = 'mlflow.experimentKind'").fetchone()
    assert kind == ("custom_model_development",)
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("name", ["moved", "mit Umlaut ä und Leerzeichen"])
def test_a_moved_project_keeps_its_runs_and_their_artifacts(stored, record, tmp_path, name):
    one = record()
    run = store.log_run(stored, one)
    there = tmp_path / "elsewhere" / name
    there.mkdir(parents=True)
    shutil.move(stored.main / "models", there / "models")
    moved = Project(there, there)
    assert store.read_records(moved, [one]) == [one]
    assert store.log_run(moved, one) == run
    client = store.open_store(moved).client
    assert client.get_run(run).info.artifact_uri.startswith(there.as_uri())
    assert {item.path for item in client.list_artifacts(run)} == {"record.json", "pictures"}


def test_a_store_deleted_under_an_open_process_is_made_again(stored, record):
    one, other = record(cell="a"), record(cell="b")
    store.log_run(stored, one)
    shutil.rmtree(stored.store)
    store.log_run(stored, other)
    assert [run.key[0] for run in reading.index(store.open_store(stored))] == [other["fingerprint"]]
    store.log_run(stored, one)
    assert store.read_records(stored, [one, other]) == [one, other]


def test_a_damaged_database_is_named(stored):
    (stored.store / "mlflow.db").write_bytes(b"this is not a database" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        store.open_store(stored)


def test_an_unreachable_server_says_so_soon_and_hides_the_password(project, monkeypatch):
    monkeypatch.setenv(VARIABLE, "http://someone:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        store.open_store(project)
    assert "secret" not in str(caught.value)
    assert "http://127.0.0.1:9" in caught.value.message


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (sqlite3.OperationalError("database is locked"), "locked by another program"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "read-only"),
        (sqlite3.OperationalError("database or disk is full"), "full"),
        (sqlite3.DatabaseError("database disk image is malformed"), "damaged"),
        (OSError(28, "No space left on device"), "full"),
    ],
)
def test_errors_of_the_store_are_said_in_words(tmp_path, raised, words):
    location = Location("sqlite:////x/mlflow.db", "/x/mlflow.db", tmp_path / "x", tmp_path)
    with pytest.raises(StoreError, match=words) as caught, opening.speaking(location):
        raise raised
    assert caught.value.hint


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (OSError("Max retries exceeded with url: /api/2.0/mlflow"), "cannot be reached"),
        (TimeoutError("timed out"), "cannot be reached"),
        (OSError("RESOURCE_DOES_NOT_EXIST: no run with this id"), "did not do what it was asked to: RESOURCE_DOES_NOT_EXIST: no run"),
    ],
)
def test_a_server_that_answers_is_not_said_to_be_away(tmp_path, raised, words):
    location = Location("http://someone:secret@host:5000", "http://host:5000", None, tmp_path)
    with pytest.raises(StoreError, match=words) as caught, opening.speaking(location):
        raise raised
    assert "secret" not in str(caught.value)


def test_other_errors_are_not_dressed_up_as_the_stores(tmp_path):
    location = Location("sqlite:////x/mlflow.db", "/x/mlflow.db", tmp_path / "x", tmp_path)
    with pytest.raises(ZeroDivisionError), opening.speaking(location):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database is locked"),
        OSError("Model Version creation error (name=cell-0). Giving up after 3 attempts."),
        OSError("INTERNAL_ERROR: (psycopg2.errors.DeadlockDetected) deadlock detected"),
        OSError("duplicate key value violates unique constraint"),
    ],
)
def test_a_database_that_another_writer_holds_is_waited_for_and_nothing_else_is(error):
    calls = []

    def locked_twice():
        calls.append(1)
        if len(calls) < 3:
            raise error
        return "done"

    assert opening.patiently(locked_twice) == "done"
    with pytest.raises(sqlite3.OperationalError):
        opening.patiently(_fails)


def _fails():
    raise sqlite3.OperationalError("no such table")


def test_reading_an_existing_store_does_not_load_mlflow(stored, record):
    store.log_run(stored, record())
    code = (
        "import sys; from pathlib import Path; from sensorscape.project import Project; from sensorscape.registry import status; "
        "root = Path(sys.argv[1]); print(status.status(Project(root, root)).mlflow); sys.exit('mlflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(stored.root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 runs" in done.stdout
