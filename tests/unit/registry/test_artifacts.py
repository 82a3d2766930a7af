"""Files of a run: placed inside its folder only, what is there stays, links share one inode."""

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import artifacts
from sensorscape.registry.location import StoreError


def put(folder, files, **options):
    artifacts.put(None, "run", folder.as_uri(), files, **options)


def test_what_is_there_stays_unless_it_is_replaced(tmp_path):
    put(tmp_path, {"a/b.txt": b"first"})
    put(tmp_path, {"a/b.txt": b"second"})
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"first"
    put(tmp_path, {"a/b.txt": b"third"}, replace=True)
    assert artifacts.get(None, tmp_path.as_uri(), "a/b.txt") == b"third"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"], "nothing half written is left"


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt"])
def test_no_file_leaves_the_runs_folder(tmp_path, name):
    folder = tmp_path / "run"
    folder.mkdir()
    with pytest.raises(SensorscapeError, match="leaves"):
        put(folder, {name: b"x"})
    with pytest.raises(SensorscapeError, match="leaves"):
        artifacts.get(None, folder.as_uri(), name)
    assert list(folder.iterdir()) == []


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    folder, outside = tmp_path / "run", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "model").symlink_to(outside)
    with pytest.raises(SensorscapeError, match="leaves"):
        put(folder, {"model/weights": b"x"})


def test_a_file_of_dvc_is_linked_not_copied(tmp_path):
    source = tmp_path / "weights.safetensors"
    source.write_bytes(b"w")
    put(tmp_path / "run", {"model/model.safetensors": source})
    assert (tmp_path / "run" / "model" / "model.safetensors").samefile(source)


def test_where_no_link_is_possible_the_bytes_are_copied(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(artifacts.os, "link", refuse)
    source = tmp_path / "weights"
    source.write_bytes(b"w")
    artifacts.link(source, tmp_path / "run" / "weights")
    assert (tmp_path / "run" / "weights").read_bytes() == b"w"
    assert not (tmp_path / "run" / "weights").samefile(source)


def test_a_full_disk_is_an_error_of_the_store_that_can_be_tried_again(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts.Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        put(tmp_path, {"record.json": b"{}"})
    assert list(tmp_path.iterdir()) == []


def test_many_are_read_at_once_and_a_missing_one_is_none(tmp_path):
    put(tmp_path / "one", {"record.json": b"1"})
    uris = {"one": (tmp_path / "one").as_uri(), "two": (tmp_path / "two").as_uri()}
    assert artifacts.get_many(None, uris, "record.json") == {"one": b"1", "two": None}
