import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.patches.layout import read_classes, read_layout
from sensorscape.patches.subset import Plan, write_subset

Raw = Callable[..., Path]


def _all(path: Path) -> np.ndarray:
    return np.ones(read_layout(path).rows, bool)


def _bigger(raw: Raw, name: str = "raw.h5", rows: int = 60, **changes: np.ndarray) -> Path:
    rng = np.random.default_rng(4)
    arrays = {
        "a": rng.normal([5, 1, 2], [2, 1, 9], size=(rows, 6, 6, 3)),
        "b": rng.integers(0, 200, size=(rows, 6, 6, 2)).astype(np.uint8),
        "label": np.eye(3)[np.arange(rows) % 3],
    }
    return raw(name, **(arrays | changes))


def test_a_subset_holds_the_chosen_rows_standardised_by_the_train_rows_alone(raw: Raw, tmp_path: Path) -> None:
    path = _bigger(raw)
    found = write_subset(tmp_path / "subset.h5", read_layout(path), Plan(test_share=0.4, train_share=0.5, seed=3), accepted=_all(path))
    assert (found["train"], found["test"], found["classes"], found["pruned"]) == (18, 24, 3, 0)
    with h5py.File(path) as file, h5py.File(tmp_path / "subset.h5") as done:
        assert set(done) == {"train", "test"}
        train = done["train"]["row"][:]
        assert not set(train) & set(done["test"]["row"][:])
        for name in ("a", "b"):
            raw_train = file[name][:][train].astype(np.float64)
            np.testing.assert_allclose(found["arrays"][name]["mean"], raw_train.mean(axis=(0, 1, 2)), rtol=1e-12)
            np.testing.assert_allclose(found["arrays"][name]["std"], raw_train.std(axis=(0, 1, 2)), rtol=1e-10)
            for part in ("train", "test"):
                array = done[part][name]
                assert array.dtype == "<f4"
                assert array.chunks is None
                expected = (file[name][:][done[part]["row"][:]] - raw_train.mean(axis=(0, 1, 2))) / raw_train.std(axis=(0, 1, 2))
                np.testing.assert_allclose(array[:], expected, atol=1e-5)
        for part in ("train", "test"):
            labels = done[part]["label"][:]
            assert labels.dtype == "<i8"
            np.testing.assert_array_equal(labels, file["label"][:].argmax(axis=1)[done[part]["row"][:]])
            assert found["class_counts"][part] == np.bincount(labels, minlength=3).tolist()
    assert found["sha256"] == sha256_file(tmp_path / "subset.h5")


@pytest.mark.parametrize("standardise", ["zscore", "robust", "log"])
def test_the_same_plan_gives_the_same_bytes(raw: Raw, tmp_path: Path, standardise: str) -> None:
    layout = read_layout(_bigger(raw))
    plan = Plan(standardise=standardise, seed=9)  # type: ignore[arg-type]
    first = write_subset(tmp_path / "one.h5", layout, plan, accepted=_all(layout.path))
    second = write_subset(tmp_path / "two.h5", layout, plan, accepted=_all(layout.path))
    assert first == second
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    other = write_subset(tmp_path / "three.h5", layout, Plan(standardise=standardise, seed=10), accepted=_all(layout.path))  # type: ignore[arg-type]
    assert other["sha256"] != first["sha256"]


def test_rejected_rows_are_in_no_split_and_in_no_statistic(raw: Raw, tmp_path: Path) -> None:
    a = np.random.default_rng(0).normal(size=(60, 6, 6, 3))
    a[[7, 20]] = 1e30
    a[33] = np.nan
    accepted = np.ones(60, bool)
    accepted[[7, 20, 33]] = False
    path = _bigger(raw, a=a)
    found = write_subset(tmp_path / "s.h5", read_layout(path), Plan(test_share=0.5, train_share=1.0), accepted=accepted)
    assert (found["pruned"], found["train"] + found["test"]) == (3, 57)
    assert max(map(abs, found["arrays"]["a"]["mean"])) < 1
    with h5py.File(tmp_path / "s.h5") as done:
        assert not {7, 20, 33} & set(np.concatenate([done[part]["row"][:] for part in ("train", "test")]))


def test_a_bad_label_is_never_drawn_even_if_accepted(raw: Raw, tmp_path: Path) -> None:
    label = np.eye(3)[np.arange(60) % 3]
    label[10] = 0
    found = write_subset(tmp_path / "s.h5", read_layout(_bigger(raw, label=label)), Plan("random", 0.5, 1.0), accepted=np.ones(60, bool))
    assert found["pruned"] == 1


def test_accepted_patches_that_are_not_finite_stop_it_and_leave_the_old_file(raw: Raw, tmp_path: Path) -> None:
    (tmp_path / "s.h5").write_bytes(b"before")
    a = np.zeros((60, 6, 6, 3))
    a[:, 0, 0, 0] = np.nan
    with pytest.raises(SensorscapeError, match="accepted patches of 'a' hold NaN or Inf"):
        write_subset(tmp_path / "s.h5", read_layout(_bigger(raw, a=a)), Plan(), accepted=np.ones(60, bool))
    assert (tmp_path / "s.h5").read_bytes() == b"before"
    assert not list(tmp_path.glob(".s.h5*"))


def test_a_class_with_one_patch_is_refused(raw: Raw, tmp_path: Path) -> None:
    accepted = np.ones(60, bool)
    accepted[np.arange(60) % 3 == 1] = False
    accepted[4] = True
    with pytest.raises(SensorscapeError, match=r"class 1 has one accepted patch \(row 4\)"):
        write_subset(tmp_path / "s.h5", read_layout(_bigger(raw)), Plan(), accepted=accepted)


def test_an_empty_class_is_no_error(raw: Raw, tmp_path: Path) -> None:
    path = _bigger(raw, label=np.eye(5)[np.arange(60) % 3])
    found = write_subset(tmp_path / "s.h5", read_layout(path), Plan(), accepted=_all(path))
    assert found["classes"] == 5
    assert found["class_counts"]["test"][3:] == [0, 0]


@pytest.mark.parametrize(
    ("name", "value"), [("test_share", 0.0), ("test_share", 1.0), ("train_share", 0.0), ("train_share", 1.5), ("train_share", -1)]
)
def test_a_share_out_of_range_is_named(name: str, value: float) -> None:
    with pytest.raises(SensorscapeError, match=rf"subset\.{name} is out of range: {value}"):
        Plan(**{name: value})  # type: ignore[arg-type]


def test_verdicts_of_another_file_are_refused(raw: Raw, tmp_path: Path) -> None:
    with pytest.raises(SensorscapeError, match=r"verdicts on 59 rows, .* has 60"):
        write_subset(tmp_path / "s.h5", read_layout(_bigger(raw)), Plan(), accepted=np.ones(59, bool))


def test_nothing_accepted_is_refused(raw: Raw, tmp_path: Path) -> None:
    with pytest.raises(SensorscapeError, match="no accepted patches"):
        write_subset(tmp_path / "s.h5", read_layout(_bigger(raw)), Plan(), accepted=np.zeros(60, bool))


def test_splits_by_place_need_places(raw: Raw, tmp_path: Path) -> None:
    layout = read_layout(_bigger(raw))
    for split, missing in (("city", "no array `city`"), ("block", "no arrays `x` and `y`")):
        with pytest.raises(SensorscapeError, match=missing):
            write_subset(tmp_path / "s.h5", layout, Plan(split), accepted=np.ones(60, bool))  # type: ignore[arg-type]


def test_without_coordinates_the_overlap_is_unknown_with_a_reason(raw: Raw, tmp_path: Path) -> None:
    path = _bigger(raw)
    found = write_subset(tmp_path / "s.h5", read_layout(path), Plan(), accepted=_all(path))
    assert found["overlap"] is None
    assert "no coordinates" in found["overlap_reason"]


def test_a_split_by_place_leaves_no_place_on_both_sides(so2sat: Path, tmp_path: Path) -> None:
    layout = read_layout(so2sat)
    with h5py.File(so2sat) as file:
        city, x, y = (file[name][:] for name in ("city", "x", "y"))
    places = {"city": city, "block": city * 10**8 + (x // 2000).astype(int) * 10**4 + (y // 2000).astype(int)}
    for split, place in places.items():
        found = write_subset(tmp_path / "s.h5", layout, Plan(split, 0.3, 1.0), accepted=_all(so2sat))  # type: ignore[arg-type]
        with h5py.File(tmp_path / "s.h5") as done:
            train, test = (place[done[part]["row"][:]] for part in ("train", "test"))
        assert not set(train) & set(test)
        assert found["test"] == pytest.approx(360, abs=120)
        assert found["split"] == split
        if split == "city":
            assert found["overlap"] == 0


def test_a_separate_test_file_is_the_test_split(raw: Raw, tmp_path: Path) -> None:
    train, test = _bigger(raw), _bigger(raw, "test.h5", rows=30)
    accepted = np.ones(30, bool)
    accepted[3] = False
    plan = Plan(test_share=0.9, train_share=0.5)
    found = write_subset(tmp_path / "s.h5", read_layout(train), plan, accepted=_all(train), test=read_layout(test), test_accepted=accepted)
    assert (found["train"], found["test"], found["split"], found["pruned"]) == (30, 29, "test file", 1)
    with h5py.File(test) as file, h5py.File(tmp_path / "s.h5") as done:
        rows = done["test"]["row"][:]
        assert rows.tolist() == [row for row in range(30) if row != 3]
        numbers = found["arrays"]["a"]
        np.testing.assert_allclose(done["test"]["a"][:] * numbers["scale"] + numbers["shift"], file["a"][:][rows], atol=1e-4)


def test_one_patch_of_a_class_can_be_trained_on_with_a_separate_test_file(raw: Raw, tmp_path: Path) -> None:
    label = np.eye(3)[[0, 1] * 29 + [0, 2]]
    train, test = _bigger(raw, label=label), _bigger(raw, "test.h5")
    found = write_subset(
        tmp_path / "s.h5", read_layout(train), Plan(), accepted=_all(train), test=read_layout(test), test_accepted=_all(test)
    )
    assert found["class_counts"]["train"][2] == 1


def test_a_truncated_raw_file_is_blamed_not_the_subset(so2sat: Path, tmp_path: Path) -> None:
    layout = read_layout(so2sat)
    cut = tmp_path / "cut.h5"
    cut.write_bytes(so2sat.read_bytes()[: 50 << 20])
    with pytest.raises(SensorscapeError, match=r"cut\.h5 is truncated"):
        write_subset(tmp_path / "s.h5", type(layout)(**{**vars(layout), "path": cut}), Plan(), accepted=np.ones(1200, bool))


def test_every_class_of_so2sat_reaches_both_sides(so2sat: Path, tmp_path: Path) -> None:
    layout = read_layout(so2sat)
    found = write_subset(tmp_path / "s.h5", layout, Plan(test_share=0.5, train_share=0.5), accepted=_all(so2sat))
    assert (found["train"], found["test"]) == (300, 600)
    assert min(found["class_counts"]["train"]) >= 2
    assert 0.5 < found["overlap"] < 1
    assert np.bincount(read_classes(layout)).sum() == 1200


def test_memory_does_not_grow_with_the_file(raw: Raw, tmp_path: Path) -> None:
    """1,500 rows of 144 kB are 216 MB; what a process with its libraries adds to read them stays below that."""
    path = tmp_path / "big.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("sen2", (1500, 32, 32, 18), "<f8", fillvalue=0.5)
        file.create_dataset("label", data=np.eye(3)[np.arange(1500) % 3])
        for start in range(0, 1500, 100):
            file["sen2"][start : start + 100] = np.random.default_rng(start).normal(size=(100, 32, 32, 18))
    code = (
        "import resource, sys; from pathlib import Path; import numpy as np\n"
        "from sensorscape.patches.layout import read_layout; from sensorscape.patches.subset import Plan, write_subset\n"
        "layout = read_layout(Path(sys.argv[1])); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "write_subset(Path(sys.argv[2]), layout, Plan(test_share=0.5, train_share=1.0), accepted=np.ones(1500, bool))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), str(tmp_path / "s.h5")], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 190_000
