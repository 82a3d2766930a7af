"""What a file holds under the names that a study needs, faults and all."""

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches.survey import survey


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as raw:
        raw["label"] = np.eye(3)
        raw["sound"] = np.zeros((3, 4, 4, 2), "f4")
        raw["flat"] = np.zeros((3, 16), "u1")
        raw["short"] = np.zeros((2, 4, 4, 2), "f4")
        raw["text"] = np.zeros((3, 4, 4, 2), "S3")
        raw["empty"] = np.zeros((3, 4, 0, 2), "i2")
        raw["scalar"] = 1.0
        raw["null"] = h5py.Empty("f4")
        raw.create_group("group")
    return path


def facts(path, name):
    table = survey(path, label="label", arrays=[name]).set_index("name")
    row = table.loc[name]
    return {key: row[key] for key in ("found", "kind", "rank_off", "rows_off", "least_side")}


def test_labels_come_first_and_each_array_once(file):
    table = survey(file, label="label", arrays=["sound", "flat", "sound"])
    assert table["name"].tolist() == ["label", "sound", "flat"]
    assert table["role"].tolist() == ["label", "image", "image"]
    assert table["seen"].tolist() == ["'label' (3, 3) float64", "'sound' (3, 4, 4, 2) float32", "'flat' (3, 16) uint8"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sound", {"found": True, "kind": "f", "rank_off": 0, "rows_off": 0, "least_side": 2}),
        ("flat", {"found": True, "kind": "u", "rank_off": -2, "rows_off": 0, "least_side": 16}),
        ("short", {"found": True, "kind": "f", "rank_off": 0, "rows_off": -1, "least_side": 2}),
        ("text", {"found": True, "kind": "S", "rank_off": 0, "rows_off": 0, "least_side": 2}),
        ("empty", {"found": True, "kind": "i", "rank_off": 0, "rows_off": 0, "least_side": 0}),
        ("scalar", {"found": True, "kind": "f", "rank_off": -4, "rows_off": -2, "least_side": 2}),
        ("null", {"found": True, "kind": "f", "rank_off": -4, "rows_off": -2, "least_side": 2}),
        ("group", {"found": False, "kind": "f", "rank_off": 0, "rows_off": 0, "least_side": 2}),
        ("nowhere", {"found": False, "kind": "f", "rank_off": 0, "rows_off": 0, "least_side": 2}),
    ],
)
def test_each_fault_shows_in_its_own_column(file, name, expected):
    assert facts(file, name) == expected


def test_without_labels_no_array_is_blamed_for_its_rows(file):
    table = survey(file, label="nowhere", arrays=["sound"])
    assert table["found"].tolist() == [False, True]
    assert table["rows_off"].tolist() == [0, 0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SensorscapeError, match=r"nowhere\.h5 is missing"):
        survey(tmp_path / "nowhere.h5", label="label", arrays=[])
