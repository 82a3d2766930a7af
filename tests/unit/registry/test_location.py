"""Where the store is, what is refused, and that passwords are not shown."""

from types import SimpleNamespace

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import location
from sensorscape.registry.location import VARIABLE, locate


def test_experiments_share_the_main_projects_store(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    inside = Project(tmp_path / ".dvc" / "tmp" / "exps" / "x", tmp_path)
    assert locate(inside).database == locate(Project(tmp_path, tmp_path)).database == tmp_path / "models" / "store" / "mlflow.db"


def test_a_server_is_shown_without_its_password(project, monkeypatch):
    monkeypatch.setenv(VARIABLE, "postgresql://someone:secret@db.example:5432/runs?sslpassword=secret")
    found = locate(project)
    assert found.uri.count("secret") == 2
    assert found.shown == "postgresql://db.example:5432/runs"
    assert found.database is None
    assert not found.embedded


@pytest.mark.parametrize("uri", ["sqlite:///relative.db", "file:///somewhere", "./mlruns", "databricks"])
def test_what_cannot_be_a_projects_store_is_refused(project, monkeypatch, uri):
    monkeypatch.setenv(VARIABLE, uri)
    with pytest.raises(SensorscapeError, match=VARIABLE):
        locate(project)


def test_a_folder_that_sqlite_cannot_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SensorscapeError, match="rename the folder"):
        locate(Project(tmp_path / "what?", tmp_path / "what?"))


@pytest.mark.parametrize(
    ("kind", "refused"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("lustre", True), ("ext4", False), ("apfs", False)]
)
def test_sqlite_on_a_network_disk_is_refused_with_the_ways_out(tmp_path, monkeypatch, kind, refused):
    disks = [SimpleNamespace(mountpoint="/", fstype="ext4"), SimpleNamespace(mountpoint=str(tmp_path), fstype=kind.upper())]
    monkeypatch.setattr(location.psutil, "disk_partitions", lambda all: disks)
    folder = tmp_path / "models" / "store"
    assert location.file_system(folder) == kind
    if refused:
        with pytest.raises(SensorscapeError, match="network disk") as caught:
            location.refuse_network_disk(folder)
        assert VARIABLE in caught.value.hint
    else:
        location.refuse_network_disk(folder)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%C3%A9", "/a b/é"),
        ("/a b/c", "/a b/c"),
        ("s3://bucket/x", None),
        ("mlflow-artifacts:/x", None),
        ("file://host/x", None),
    ],
)
def test_only_local_artifacts_have_a_path(uri, path):
    found = location.local_path(uri)
    assert (str(found) if found else None) == path
