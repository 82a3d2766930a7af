"""An empty store is made once per version of MLflow and copied afterwards; a damaged or forbidden cache costs time, nothing else."""

import sqlite3
from contextlib import closing

import pytest

from sensorscape.registry import template


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("SENSORSCAPE_CACHE", str(tmp_path / "cache"))
    calls = []

    def make(database):
        calls.append(database)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("CREATE TABLE alembic_version (version_num)")
            connection.execute("INSERT INTO alembic_version VALUES ('x')")

    return make, calls


def version_in(database):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def test_it_is_made_once_and_copied_afterwards(made, tmp_path):
    make, calls = made
    for name in ("a.db", "b.db"):
        template.copy_to(tmp_path / name, make)
        assert version_in(tmp_path / name) == [("x",)]
    assert len(calls) == 1


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 10])
def test_a_damaged_copy_in_the_cache_is_made_again(made, tmp_path, content):
    make, calls = made
    template.copy_to(tmp_path / "a.db", make)
    (kept,) = (tmp_path / "cache").glob("*.db")
    kept.write_bytes(content)
    template.copy_to(tmp_path / "b.db", make)
    assert version_in(tmp_path / "b.db") == [("x",)]
    assert len(calls) == 2


def test_without_a_cache_the_store_is_made_where_it_is_wanted(made, tmp_path, monkeypatch):
    make, calls = made
    (tmp_path / "cache").write_text("a file where the folder should be")
    template.copy_to(tmp_path / "a.db", make)
    assert calls == [tmp_path / "a.db"]
    assert version_in(tmp_path / "a.db") == [("x",)]
