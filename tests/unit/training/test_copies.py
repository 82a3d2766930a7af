"""One copy of the subset per node, which the last worker removes."""

import hashlib

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.training import copies


def test_the_last_user_of_a_node_s_copy_removes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(copies.tempfile, "gettempdir", lambda: str(tmp_path))
    sha256 = hashlib.sha256(b"subset").hexdigest()
    path, first = copies.copy_of_node(sha256, [b"sub", b"set"])
    assert path.read_bytes() == b"subset"
    same, second = copies.copy_of_node(sha256, [])
    assert same == path
    copies.remove_copy(path, first)
    assert path.exists()
    copies.remove_copy(path, second)
    assert [left.suffix for left in path.parent.iterdir() if left.suffix != ".lock"] == []
    with pytest.raises(SensorscapeError, match="is not the one with SHA-256"):
        copies.copy_of_node(sha256, [b"torn"])
