import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.params import NO_TEST_FILE, Dataset, Subset, Synthetic, Table
from sensorscape.project import Project
from sensorscape.stages import subset, synthesize

SENSORS = {"s1": {"sen1": "all"}, "rgb": {"sen2": (2, 1, 0)}}
DATASET = Dataset(path="data/raw/synthetic.h5", label="label", test_path=NO_TEST_FILE)
SUBSET = Subset(split="random", test_share=0.5, train_share=0.5, standardise="log", block_size=2000.0, seed=1)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with 200 synthetic patches, row 5 rejected."""
    made = Project(tmp_path, tmp_path)
    synthesize.run(made, synthetic=Synthetic(patches=200, cities=3, seed=1))
    verdict = np.zeros(200, np.uint8)
    verdict[5] = 2
    (tmp_path / "data/checks").mkdir(parents=True)
    np.savez(tmp_path / "data/checks/patches.npz", verdict=verdict)
    return made


def _bytes(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project.root / "data/subset").iterdir()}


def test_the_subset_is_written_without_the_rejected_rows_and_twice_the_same(project: Project) -> None:
    subset.run(project, sensors=SENSORS, dataset=DATASET, subset=SUBSET)
    first = _bytes(project)
    assert set(first) == {"subset.h5", "subset.json"}
    described = json.loads(first["subset.json"])
    assert (described["pruned"], described["train"] + described["test"]) == (1, 149)
    assert described["arrays"]["sen1"]["kinds"][4:6] == ["log", "log"]
    subset.run(project, sensors=SENSORS, dataset=DATASET, subset=SUBSET)
    assert _bytes(project) == first


def test_arrays_that_no_sensor_uses_are_left_out(project: Project) -> None:
    subset.run(project, sensors={"s1": {"sen1": "all"}}, dataset=DATASET, subset=SUBSET)
    assert list(json.loads(_bytes(project)["subset.json"])["arrays"]) == ["sen1"]


def test_classes_that_a_part_lacks_are_said(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    subset.run(project, sensors=SENSORS, dataset=DATASET, subset=replace(SUBSET, split="city"))
    counts = json.loads(_bytes(project)["subset.json"])["class_counts"]
    lacking = {part: [str(number) for number, count in enumerate(found) if not count] for part, found in counts.items()}
    assert any(lacking.values())
    said = capsys.readouterr().out
    for part, classes in lacking.items():
        assert (f"subset: no {part} patch of class {', '.join(classes)} (split: city)" in said) == bool(classes)


def test_a_channel_that_does_not_exist_stops_it_before_anything_is_written(project: Project) -> None:
    with pytest.raises(SensorscapeError, match=r"sensors\.s1\.sen1: channel 8 is out of range"):
        subset.run(project, sensors={"s1": {"sen1": (0, 8)}}, dataset=DATASET, subset=SUBSET)
    assert not (project.root / "data/subset").exists()


def test_a_study_of_tables_alone_keeps_all_arrays(project: Project) -> None:
    subset.run(project, sensors={"cifar10": Table(table="data/external/tables/cifar10.csv")}, dataset=DATASET, subset=SUBSET)
    assert list(json.loads(_bytes(project)["subset.json"])["arrays"]) == ["sen1", "sen2"]


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_bytes(b"no verdicts"),
        lambda path: path.write_bytes(b""),
        _torn,
        lambda path: np.savez(path, other=1),
    ],
)
def test_missing_or_damaged_verdicts_name_the_stage_that_makes_them(project: Project, damage: Callable[[Path], object]) -> None:
    verdicts = project.root / "data/checks/patches.npz"
    damage(verdicts)
    with pytest.raises(SensorscapeError) as caught:
        subset.run(project, sensors=SENSORS, dataset=DATASET, subset=SUBSET)
    assert "check_patches" in caught.value.hint
