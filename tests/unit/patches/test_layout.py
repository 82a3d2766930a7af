from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches.layout import check_same, classes_of, intensities_of, open_raw, read_classes, read_column, read_layout, reading

Raw = Callable[..., Path]


def test_any_names_types_and_class_counts_are_read(raw: Raw) -> None:
    layout = read_layout(raw(city=np.array([b"Graz"] * 12), x=np.arange(12.0)))
    assert (layout.rows, layout.classes) == (12, 3)
    assert {name: (image.height, image.width, image.channels) for name, image in layout.arrays.items()} == {"a": (6, 6, 3), "b": (6, 6, 2)}
    assert layout.arrays["b"].dtype == "uint8"
    assert layout.columns == ("city", "x")
    assert read_classes(layout).tolist() == [0, 1, 2] * 4
    assert read_column(layout, "city")[0] == "Graz"
    assert read_column(layout, "y") is None


def test_only_the_named_arrays_are_part_of_the_layout(raw: Raw) -> None:
    assert list(read_layout(raw(), arrays=["b"]).arrays) == ["b"]


def test_the_pixel_size_is_ten_metres_unless_the_file_says_otherwise(raw: Raw) -> None:
    path = raw()
    assert read_layout(path).pixel_size == 10
    with h5py.File(path, "a") as file:
        file.attrs["pixel_size"] = 3.0
    assert read_layout(path).pixel_size == 3


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"label": np.arange(12)}, r"'label' \(12,\) holds one number per row, not one-hot"),
        ({"label": np.tile([[0.5, 0.5, 0]], (12, 1))}, r"not one-hot in 12 of 12 rows \(rows 0, 1, 2, 3, 4, …\)"),
        ({"label": np.ones((12, 1))}, r"K ≥ 2"),
        ({"label": np.zeros((0, 3)), "a": np.zeros((0, 6, 6, 3))}, "holds no patches"),
        ({"a": np.zeros((12, 6, 6))}, r"'a' has shape \(12, 6, 6\); expected \(N, height, width, channels\)"),
        ({"a": np.zeros((11, 6, 6, 3))}, "'a' has 11 rows, 'label' has 12"),
        ({"a": np.zeros((12, 6, 6, 3), complex)}, "'a' has type complex128"),
        ({"a": np.zeros((12, 6, 6, 0))}, "'a' has shape"),
    ],
)
def test_a_broken_layout_is_named(raw: Raw, changes: dict[str, np.ndarray], complaint: str) -> None:
    with pytest.raises(SensorscapeError, match=complaint):
        read_layout(raw(**changes), arrays=["a"])


def test_a_missing_array_is_named_with_those_that_are_there(raw: Raw) -> None:
    with pytest.raises(SensorscapeError, match=r"no array 'sen1'; it has a \(12, 6, 6, 3\), b") as caught:
        read_layout(raw(), arrays=["sen1"])
    assert "sensors" in caught.value.hint
    with pytest.raises(SensorscapeError, match="no array 'label'"):
        read_layout(raw(without=("label",)))
    with pytest.raises(SensorscapeError, match="holds no image array"):
        read_layout(raw(without=("a", "b")))


def test_a_group_is_not_an_array(raw: Raw) -> None:
    path = raw(without=("a",))
    with h5py.File(path, "a") as file:
        file.create_group("a")
    with pytest.raises(SensorscapeError, match=r"no array 'a'; it has a \(a group\)"):
        read_layout(path, arrays=["a"])


def test_what_is_not_a_file_of_patches_says_what_it_is(raw: Raw, tmp_path: Path) -> None:
    with pytest.raises(SensorscapeError, match=r"nowhere\.h5 is missing"):
        read_layout(tmp_path / "nowhere.h5")
    with pytest.raises(SensorscapeError, match="is a directory"):
        read_layout(tmp_path)
    (tmp_path / "text.h5").write_text("not HDF5 at all")
    with pytest.raises(SensorscapeError, match=r"is not an HDF5 file \(15 bytes\)"):
        read_layout(tmp_path / "text.h5")
    (tmp_path / "empty.h5").touch()
    with pytest.raises(SensorscapeError, match=r"is not an HDF5 file \(0 bytes\)"):
        read_layout(tmp_path / "empty.h5")
    whole = raw().read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SensorscapeError, match="is truncated"):
        read_layout(tmp_path / "cut.h5")


def test_a_damaged_read_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SensorscapeError, match=r"raw\.h5 cannot be read as HDF5: .*checksum"), reading(tmp_path / "raw.h5"):
        raise OSError("inflate() failed: checksum")


def test_an_error_of_the_caller_passes_through_an_open_file(raw: Raw) -> None:
    with pytest.raises(OSError, match="disk full"), open_raw(raw()):
        raise OSError("disk full")


def test_a_few_bad_labels_are_rows_to_prune_not_a_broken_layout(raw: Raw) -> None:
    label = np.eye(3)[np.arange(12) % 3]
    label[4] = 0
    label[5] = [1, 1, 0]
    label[6] = np.nan
    layout = read_layout(raw(label=label))
    assert np.flatnonzero(read_classes(layout) < 0).tolist() == [4, 5, 6]


def test_booleans_and_integers_may_be_one_hot() -> None:
    for kind in (bool, np.uint8, np.float32):
        assert classes_of(np.eye(4)[[2, 0]].astype(kind)).tolist() == [2, 0]


def test_radar_intensities_are_so2sats_or_those_the_file_names(raw: Raw) -> None:
    path = raw(sen1=np.zeros((12, 6, 6, 8)))
    with h5py.File(path, "a") as file:
        assert intensities_of(file["sen1"], "sen1") == (4, 5)
        assert intensities_of(file["a"], "a") == ()
        file["a"].attrs["intensities"] = [1, 7]
        assert intensities_of(file["a"], "a") == (1,)


def test_a_test_file_must_have_the_same_arrays_and_classes(raw: Raw) -> None:
    layout = read_layout(raw(), arrays=["a"])
    check_same(layout, read_layout(raw("same.h5"), arrays=["a"]))
    with pytest.raises(SensorscapeError, match="has 4 classes"):
        check_same(layout, read_layout(raw("classes.h5", label=np.eye(4)[np.arange(12) % 4]), arrays=["a"]))
    with pytest.raises(SensorscapeError, match=r"patches of 'a' are \(6, 6, 2\)"):
        check_same(layout, read_layout(raw("channels.h5", a=np.zeros((12, 6, 6, 2))), arrays=["a"]))
