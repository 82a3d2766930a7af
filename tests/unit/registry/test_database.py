"""An SQLite store is read without being written, also where nothing can be written."""

import sqlite3
from contextlib import closing

import pytest

from sensorscape.registry import database


@pytest.fixture
def file(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a b.db")) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE numbers (value)")
        connection.execute("INSERT INTO numbers VALUES (7)")
    return tmp_path / "a b.db"


def test_a_connection_reads_and_cannot_write(file):
    with closing(database.connect(file)) as connection:
        assert connection.execute("SELECT value FROM numbers").fetchall() == [(7,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM numbers")


def test_on_a_disk_that_cannot_be_written_no_file_is_made(file, monkeypatch):
    monkeypatch.setattr(database, "writable", lambda _: False)
    with closing(database.connect(file)) as connection:
        assert connection.execute("SELECT value FROM numbers").fetchall() == [(7,)]
    assert [path.name for path in file.parent.iterdir()] == ["a b.db"]


def test_a_folder_is_writable_unless_permissions_or_disk_forbid(tmp_path, monkeypatch):
    assert database.writable(tmp_path)
    assert not database.writable(tmp_path / "missing")
    monkeypatch.setattr(database.os, "access", lambda *_: False)
    assert not database.writable(tmp_path)


def test_a_missing_file_is_not_made(tmp_path):
    with pytest.raises(sqlite3.OperationalError), closing(database.connect(tmp_path / "none.db")) as connection:
        connection.execute("SELECT 1")
    assert list(tmp_path.iterdir()) == []
