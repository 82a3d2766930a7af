from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches.layout import read_layout
from sensorscape.patches.load import load, standardise
from sensorscape.patches.subset import Plan, write_subset

FUSION = {"sen1": "all", "sen2": "all"}


@pytest.fixture(scope="module", params=["zscore", "robust", "log"])
def prepared(so2sat: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> tuple[Path, dict[str, Any]]:
    path = tmp_path_factory.mktemp("subset") / "subset.h5"
    described = write_subset(
        path, read_layout(so2sat), Plan(test_share=0.1, train_share=0.2, standardise=request.param), accepted=np.ones(1200, bool)
    )
    return path, described


def test_a_sensor_is_loaded_as_float32_patches_with_channels_last(prepared: tuple[Path, dict[str, Any]]) -> None:
    path, described = prepared
    data = load(path, FUSION, sha256=described["sha256"])
    assert data.train.shape == (described["train"], 32, 32, 18)
    assert data.test.shape == (described["test"], 32, 32, 18)
    assert data.train.dtype == np.float32
    assert data.train.flags.c_contiguous
    assert data.sensor.groups == (8, 10)
    assert np.bincount(data.train_labels, minlength=17).tolist() == described["class_counts"]["train"]
    with h5py.File(path) as file:
        np.testing.assert_array_equal(data.test[..., 8:], file["test/sen2"][:])
        np.testing.assert_array_equal(data.test_rows, file["test/row"][:])


def test_channels_come_in_the_order_of_the_definition(prepared: tuple[Path, dict[str, Any]]) -> None:
    path, _ = prepared
    whole, some = load(path, FUSION), load(path, {"sen2": (2, 1, 0), "sen1": [5]})
    np.testing.assert_array_equal(some.train, whole.train[..., [10, 9, 8, 5]])


def test_raw_patches_become_bit_for_bit_what_the_subset_holds(prepared: tuple[Path, dict[str, Any]], so2sat: Path) -> None:
    path, described = prepared
    for definition in (FUSION, {"sen2": [3]}, {"sen2": [2, 1], "sen1": [4, 0]}):
        data = load(path, definition)
        with h5py.File(so2sat) as file:
            raw = {name: file[name][:][data.test_rows] for name in definition}
        np.testing.assert_array_equal(standardise(raw, definition, described["arrays"]), data.test)
        stacked = np.concatenate([raw[name] for name in definition], axis=-1)
        np.testing.assert_array_equal(standardise(stacked, definition, described["arrays"]), data.test)
        np.testing.assert_array_equal(standardise(stacked[0], definition, described["arrays"]), data.test[:1])


def test_raw_patches_of_another_shape_are_refused(prepared: tuple[Path, dict[str, Any]]) -> None:
    _, described = prepared
    for wrong in (np.zeros((2, 32, 32, 3)), np.zeros((32, 18)), np.zeros((1, 2, 32, 32, 18))):
        with pytest.raises(SensorscapeError, match=r"expected \(n, H, W, 18\)"):
            standardise(wrong, FUSION, described["arrays"])
    with pytest.raises(SensorscapeError, match="array 'sen2' is missing"):
        standardise({"sen1": np.zeros((1, 32, 32, 8))}, FUSION, described["arrays"])
    with pytest.raises(SensorscapeError, match=r"'sen1' has shape \(1, 32, 32, 7\)"):
        standardise({"sen1": np.zeros((1, 32, 32, 7))}, {"sen1": [0]}, described["arrays"])


def test_a_subset_that_was_altered_is_not_loaded(prepared: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, described = prepared
    altered = tmp_path / "subset.h5"
    bytes_ = bytearray(path.read_bytes())
    bytes_[-1] ^= 1
    altered.write_bytes(bytes_)
    with pytest.raises(SensorscapeError, match="SHA-256 differs"):
        load(altered, FUSION, sha256=described["sha256"])


def test_what_is_missing_is_named(prepared: tuple[Path, dict[str, Any]], so2sat: Path, tmp_path: Path) -> None:
    path, _ = prepared
    with pytest.raises(SensorscapeError, match=r"sensors\.deep: there is no array 'sonar'"):
        load(path, {"sonar": "all"}, name="deep")
    with pytest.raises(SensorscapeError, match="is missing"):
        load(tmp_path / "none.h5", FUSION, sha256="0" * 64)
    with pytest.raises(SensorscapeError, match="it is not a subset"):
        load(so2sat, FUSION)
