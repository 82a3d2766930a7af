from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches.layout import read_layout
from sensorscape.patches.pictures import pictures, radar_colours, stretched
from sensorscape.patches.subset import Plan, write_subset

Raw = Callable[..., Path]


def test_each_class_shows_its_first_train_patch_in_radar_and_optical(so2sat: Path, tmp_path: Path) -> None:
    write_subset(tmp_path / "s.h5", read_layout(so2sat), Plan(test_share=0.5, train_share=0.5), accepted=np.ones(1200, bool))
    found = pictures(so2sat, tmp_path / "s.h5", ["sen1", "sen2"])
    assert found.classes[0] == "Compact high-rise"
    assert found.classes[16] == "Water"
    assert {kind: len(images) for kind, images in found.images.items()} == {"radar": 17, "optical": 17}
    with h5py.File(tmp_path / "s.h5") as file:
        labels, rows = file["train/label"][:], file["train/row"][:]
    assert found.rows == [rows[labels == number].min() for number in range(17)]
    for images in found.images.values():
        assert all(image is not None and image.shape == (32, 32, 3) and image.dtype == np.uint8 for image in images)
    radar, trees = found.images["radar"][16], found.images["radar"][10]
    assert radar is not None
    assert trees is not None
    assert radar[..., 0].mean() < trees[..., 0].mean()


def test_radar_is_in_decibels() -> None:
    np.testing.assert_allclose(radar_colours(np.array([0.01]), np.array([0.1])), [[-10, -20, 10]])
    np.testing.assert_allclose(radar_colours(np.array([0.0]), np.array([1.0])), [[0, -35, 35]])


def test_other_arrays_and_empty_classes_are_shown_as_they_are(raw: Raw, tmp_path: Path) -> None:
    path = raw(label=np.eye(4)[np.arange(12) % 2 * 2], a=np.random.default_rng(0).random((12, 3, 3, 3)))
    write_subset(tmp_path / "s.h5", read_layout(path), Plan(test_share=0.5, train_share=1.0), accepted=np.ones(12, bool))
    found = pictures(path, tmp_path / "s.h5", ["a", "b"])
    assert found.classes == ("class 0", "class 1", "class 2", "class 3")
    assert [row is None for row in found.rows] == [False, True, False, True]
    first = found.images["a"][0]
    assert first is not None
    assert first.shape == (6, 6, 3)
    np.testing.assert_array_equal(first[::2, ::2], first[1::2, 1::2])
    grey = found.images["b"][2]
    assert grey is not None
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    assert found.images["a"][1] is None


def test_the_files_own_class_names_come_first(raw: Raw, tmp_path: Path) -> None:
    path = raw()
    with h5py.File(path, "a") as file:
        file.attrs["classes"] = ["River", "Forest", "Pasture"]
    write_subset(tmp_path / "s.h5", read_layout(path), Plan(test_share=0.5, train_share=1.0), accepted=np.ones(12, bool))
    assert pictures(path, tmp_path / "s.h5", ["a"]).classes == ("River", "Forest", "Pasture")


def test_a_stretch_uses_the_whole_range_and_survives_a_flat_colour() -> None:
    values = np.random.default_rng(0).normal(size=(3, 16, 16, 3))
    values[..., 2] = 4
    done = stretched(values)
    assert done[..., 0].min() == 0
    assert done[..., 0].max() == 255
    assert set(np.unique(done[..., 2])) == {128}
    assert stretched(np.zeros((0, 4, 4, 3))).shape == (0, 4, 4, 3)


def test_pictures_of_a_missing_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(SensorscapeError, match="is missing"):
        pictures(tmp_path / "raw.h5", tmp_path / "s.h5", ["a"])
