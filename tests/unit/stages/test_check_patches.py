"""The stage that judges patches: on real files, what it reads, what it writes, what stops it."""

import json

import h5py
import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.params import NO_TEST_FILE, Dataset, PatchQuality, Quality, RunQuality
from sensorscape.project import Project
from sensorscape.stages import check_patches

SENSORS = {"radar": {"a": "all"}, "optical": {"b": (1, 0)}, "table": {"table": "data/external/tables/t.csv"}}
ROWS = 400


def write(path, rows=ROWS, seed=0, **changes):
    rng = np.random.default_rng(seed)
    arrays = {
        "a": rng.normal(size=(rows, 4, 4, 2)),
        "b": rng.integers(0, 200, (rows, 6, 6, 3)).astype("u1"),
        "unused": np.zeros((rows, 2)),
        "label": np.eye(3)[np.arange(rows) % 3],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, array in (arrays | changes).items():
            if array is not None:
                file[name] = array
    return arrays


@pytest.fixture
def project(tmp_path):
    write(tmp_path / "data" / "raw" / "file.h5")
    return Project(tmp_path, tmp_path)


def run(project, *, sensors=SENSORS, test_path=NO_TEST_FILE, max_pruned=0.05):
    quality = Quality(patches=PatchQuality(max_pruned=max_pruned, value_range=(-100.0, 300.0)), runs=RunQuality(epoch_time_factor=20.0))
    dataset = Dataset(path="data/raw/file.h5", label="label", test_path=test_path)
    check_patches.run(project, sensors=sensors, dataset=dataset, quality=quality)
    checks = project.root / "data" / "checks"
    with np.load(checks / "patches.npz") as stored:
        verdicts = dict(stored)
    return verdicts, json.loads((checks / "patches.json").read_text())


def test_bad_patches_are_named_by_row_with_their_reason(project):
    sound = write(project.root / "data" / "raw" / "file.h5")
    bad = {name: array.copy() for name, array in sound.items()}
    bad["a"][3, 1, 2, 0] = np.nan
    bad["a"][5, 0, 0, 1] = -np.inf
    bad["a"][7, 0, 0, 1] = 301
    bad["b"][11, :, :, 2] = 9
    bad["label"][13] = 0
    bad["label"][17, :] = 1
    bad["a"][19], bad["b"][19] = bad["a"][2], bad["b"][2]
    write(project.root / "data" / "raw" / "file.h5", **bad)
    verdicts, table = run(project)
    rows = np.flatnonzero(verdicts["verdict"])
    named = {int(row): str(verdicts["reasons"][verdicts["verdict"][row]]) for row in rows}
    assert named == {3: "nan", 5: "infinite", 7: "out-of-range", 11: "constant-band", 13: "label", 17: "label", 19: "copy"}
    assert verdicts["verdict"].dtype == np.uint8
    assert table["main"]["pruned"] == 7
    assert table["main"]["reasons"] == {"constant-band": 1, "copy": 1, "infinite": 1, "label": 2, "nan": 1, "out-of-range": 1}


def test_a_sound_file_is_accepted_whole_and_said_so(project, capsys):
    verdicts, table = run(project, max_pruned=0.0)
    assert not verdicts["verdict"].any()
    assert set(verdicts) == {"verdict", "reasons"}
    assert set(table) == {"main"}
    assert capsys.readouterr().out == "data/raw/file.h5: 400 of 400 patches accepted\n"


def test_only_the_arrays_that_sensors_use_are_looked_at(project):
    sound = write(project.root / "data" / "raw" / "file.h5")
    sound["b"][:] = 0
    write(project.root / "data" / "raw" / "file.h5", b=sound["b"])
    verdicts, _ = run(project, sensors={"radar": {"a": "all"}}, max_pruned=0.0)
    assert not verdicts["verdict"].any()


def test_a_separate_test_file_gets_its_own_verdicts_and_may_not_repeat_the_main_file(project):
    main = write(project.root / "data" / "raw" / "file.h5")
    test = write(project.root / "data" / "external" / "test.h5", rows=100, seed=1)
    test["a"][4], test["b"][4] = main["a"][250], main["b"][250]
    test["a"][6, 0, 0, 0] = np.nan
    write(project.root / "data" / "external" / "test.h5", rows=100, **test)
    verdicts, table = run(project, test_path="data/external/test.h5")
    assert not verdicts["verdict"].any()
    assert {int(row): str(verdicts["reasons"][verdicts["test_verdict"][row]]) for row in np.flatnonzero(verdicts["test_verdict"])} == {
        4: "copy-of-main",
        6: "nan",
    }
    assert (table["main"]["rows"], table["test"]["rows"], table["test"]["pruned"]) == (400, 100, 2)


def test_outputs_are_the_same_bytes_each_time(project):
    checks = project.root / "data" / "checks"
    outputs = []
    for _ in range(2):
        run(project)
        outputs.append([(path.name, path.read_bytes()) for path in sorted(checks.iterdir())])
    assert outputs[0] == outputs[1]
    assert [name for name, _ in outputs[0]] == ["patches.json", "patches.npz"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"a": None}, "'a' is not in the file"),
        ({"label": None}, "'label' is not in the file"),
        ({"a": np.zeros((ROWS, 32))}, "'a' (400, 32) float64 should be (N, height, width, channels) for patches"),
        ({"a": np.zeros((ROWS - 1, 4, 4, 2))}, "has -1 rows against the labels"),
        ({"a": np.zeros((ROWS, 4, 4, 2), "S1")}, "should hold numbers"),
        (
            {"label": np.arange(ROWS) % 3},
            "'label' (400,) int64 should be (N, height, width, channels) for patches, (N, K) for labels (one-hot",
        ),
        ({"a": np.full((ROWS, 4, 4, 2), np.nan)}, "400 of 400 patches (100.0%) are bad, more than 5.0%"),
        ({"a": np.zeros((ROWS, 4, 4, 1))}, "constant"),
        ({"b": np.zeros((ROWS, 6, 6, 1))}, "sensors.optical.b: channel 1 is out of range"),
    ],
)
def test_what_stops_is_said_and_nothing_is_written(project, changes, says):
    write(project.root / "data" / "raw" / "file.h5", **changes)
    with pytest.raises(SensorscapeError) as caught:
        run(project)
    assert says in caught.value.message
    assert not (project.root / "data" / "checks").exists()


def test_labels_that_are_not_one_hot_are_named_by_row(project):
    labels = np.eye(3)[np.arange(ROWS) % 3]
    labels[[8, 21]] = 0.5
    write(project.root / "data" / "raw" / "file.h5", label=labels)
    with pytest.raises(SensorscapeError, match=r"label: 2 rows \(8, 21\); in row 8: the label is not one-hot"):
        run(project, max_pruned=0.0)


@pytest.mark.parametrize("kind", ["missing", "directory", "text", "truncated"])
def test_what_is_no_file_of_patches_stops(project, kind):
    path = project.root / "data" / "raw" / "file.h5"
    content = path.read_bytes()
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "text":
        path.write_text("no HDF5")
    elif kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SensorscapeError, match=rf"file\.h5 (is|cannot be read).*{'' if kind == 'text' else kind[:5]}"):
        run(project)
    assert not (project.root / "data" / "checks").exists()


def test_a_test_file_of_another_data_set_stops(project):
    write(project.root / "data" / "external" / "test.h5", label=np.eye(4)[np.arange(ROWS) % 4])
    with pytest.raises(SensorscapeError, match="has 4 classes"):
        run(project, test_path="data/external/test.h5")
