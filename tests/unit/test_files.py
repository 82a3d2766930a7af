"""Files written whole or not at all, digests, canonical JSON, locks, and names that stay inside the project."""

import errno
import hashlib
import json
import math
import os
import stat
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorscape import files
from sensorscape.errors import SensorscapeError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_keeps_the_value_and_is_ascii(value):
    text = files.canonical_json(value)
    assert json.loads(text) == value
    assert text.isascii()


@given(st.dictionaries(st.text(), st.integers(), min_size=2), st.randoms())
def test_canonical_json_does_not_depend_on_the_order_of_keys(value, random):
    items = list(value.items())
    random.shuffle(items)
    assert files.canonical_json(dict(items)) == files.canonical_json(value)


def test_canonical_json_of_a_small_value_is_as_written_by_hand():
    assert files.canonical_json({"b": [1, 2.5, None], "a": "é"}) == '{"a":"\\u00e9","b":[1,2.5,null]}'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_canonical_json_refuses_what_json_cannot_hold(value):
    with pytest.raises(ValueError, match="JSON"):
        files.canonical_json({"a": [value]})


def test_digests_are_those_of_sha_256(tmp_path):
    """FIPS 180-2's example "abc", and a file longer than a slab."""
    assert files.sha256_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    content = os.urandom((1 << 22) + 17)
    (tmp_path / "file").write_bytes(content)
    assert files.sha256_file(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def written(path, text="new", mode="w"):
    with files.atomic_write(path, mode) as stream:
        stream.write(text)


def test_a_file_is_there_whole_with_its_folders(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    written(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert list(path.parent.iterdir()) == [path]


def test_bytes_are_written_as_they_are(tmp_path):
    written(tmp_path / "file", b"\x00\r\n", "wb")
    assert (tmp_path / "file").read_bytes() == b"\x00\r\n"


def test_text_does_not_depend_on_the_locale(tmp_path):
    code = f"from sensorscape.files import write_json; from pathlib import Path; write_json(Path({str(tmp_path / 'file')!r}), chr(233))"
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}, check=True)
    assert (tmp_path / "file").read_bytes() == b'"\xc3\xa9"\n'


@pytest.mark.parametrize("old", [None, "old"])
def test_what_fails_half_way_leaves_everything_as_it_was(tmp_path, old):
    path = tmp_path / "file"
    if old:
        path.write_text(old)

    def fail():
        with files.atomic_write(path) as stream:
            stream.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == ({"file": old} if old else {})


def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SensorscapeError, match="file cannot be written: No space left on device"):
        written(path)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"file": "old"}


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SensorscapeError, match="cannot be written"):
        written(tmp_path / "file" / "below")


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_has_the_mode_that_the_umask_leaves(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        written(tmp_path / "file")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_path_for_a_library_is_renamed_on_success(tmp_path):
    path = tmp_path / "new" / "file.h5"
    with files.atomic_path(path) as part:
        assert part.parent == path.parent
        part.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "raised"), [(RuntimeError("no"), RuntimeError), (OSError(errno.ENOSPC, "No space left on device"), SensorscapeError)]
)
def test_a_path_for_a_library_is_gone_on_failure(tmp_path, error, raised):
    def fail():
        with files.atomic_path(tmp_path / "file.h5") as part:
            part.write_text("half")
            raise error

    with pytest.raises(raised):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_json_is_the_same_text_whatever_the_order_of_keys(tmp_path):
    for name, value in (("a", {"x": 1, "y": [1.5]}), ("b", {"y": [1.5], "x": 1})):
        files.write_json(tmp_path / name, value)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert files.read_json(tmp_path / "a", made_by="it") == {"x": 1, "y": [1.5]}


def test_json_without_a_number_for_nan_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a", {"x": math.nan})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("content", "says"), [(None, "is missing"), (b"{", "cannot be read"), (b"\xff", "cannot be read")])
def test_json_that_is_not_there_or_damaged_names_the_command_that_makes_it(tmp_path, content, says):
    path = tmp_path / "study.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SensorscapeError, match=rf"study\.json {says}") as caught:
        files.read_json(path, made_by="dvc repro train")
    assert "dvc repro train" in caught.value.hint


def test_a_lock_that_another_process_holds_is_waited_for_and_then_said(tmp_path):
    path = tmp_path / "locks" / "a"
    code = """
        import sys
        from pathlib import Path
        from sensorscape.files import locked
        with locked(Path(sys.argv[1])):
            print("held", flush=True)
            input()
    """
    holding = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(SensorscapeError, match=r"a cell is trained \(a is locked\)"),
            files.locked(path, timeout=0.1, held="a cell is trained"),
        ):
            pass
        holder.communicate("\n")
    with files.locked(path, timeout=5):
        pass


@pytest.mark.parametrize("name", ["s1", "s2-rgb", "a_b.c", "0" * 64, "x" * 128])
def test_plain_names_are_safe(name):
    assert files.safe_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a b", "a\n", "é", "a\x00", "-a", "x" * 129, None, 3])
def test_other_names_are_refused(name):
    with pytest.raises(SensorscapeError, match="not a plain file name"):
        files.safe_name(name)


@given(st.text(max_size=20))
def test_a_safe_name_never_leaves_its_folder(tmp_path_factory, name):
    folder = tmp_path_factory.getbasetemp()
    try:
        safe = files.safe_name(name)
    except SensorscapeError:
        return
    assert (folder / safe).resolve().parent == folder.resolve()


def test_a_path_inside_is_resolved(tmp_path):
    assert files.inside(tmp_path, "a/../b") == (tmp_path / "b").resolve()


@pytest.mark.parametrize("path", ["..", "a/../../b", "/etc/passwd"])
def test_a_path_outside_is_refused(tmp_path, path):
    with pytest.raises(SensorscapeError, match="leaves"):
        files.inside(tmp_path, path)


def test_a_link_that_leaves_is_refused(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(SensorscapeError, match="leaves"):
        files.inside(root, "link/file")
