"""The stage `subset`: draw the accepted patches, standardise them and write the file that is trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from sensorscape.errors import SensorscapeError
from sensorscape.files import write_json
from sensorscape.params import NO_TEST_FILE, Dataset, Subset
from sensorscape.patches.layout import Layout, read_layout, synthetic_note
from sensorscape.patches.sensors import arrays_of, check_sensors
from sensorscape.patches.subset import Plan, write_subset
from sensorscape.project import Project


def run(project: Project, *, sensors: Mapping[str, Any], dataset: Dataset, subset: Subset) -> None:
    """Write data/subset/subset.h5 and subset.json.

    Raises:
        SensorscapeError: a broken layout, verdicts that do not fit, a split that is not possible, a disk that is full.
    """
    names = arrays_of(sensors)
    layout = read_layout(project.root / dataset.path, label=dataset.label, arrays=names)
    check_sensors(sensors, {name: (image.height, image.width, image.channels) for name, image in layout.arrays.items()})
    test = None
    if dataset.test_path != NO_TEST_FILE:
        test = read_layout(project.root / dataset.test_path, label=dataset.label, arrays=names)
    verdicts = _verdicts(project.root / "data/checks/patches.npz")
    plan = Plan(**{key: getattr(subset, key) for key in Plan.__dataclass_fields__})
    folder = project.root / "data/subset"
    described = write_subset(
        folder / "subset.h5",
        layout,
        plan,
        accepted=_accepted(verdicts, "verdict", layout),
        test=test,
        test_accepted=_accepted(verdicts, "test_verdict", test) if test else None,
    )
    write_json(folder / "subset.json", described | {"synthetic": synthetic_note(layout.path)})
    for part, counts in described["class_counts"].items():
        if lacking := [str(number) for number, count in enumerate(counts) if not count]:
            print(f"subset: no {part} patch of class {', '.join(lacking)} (split: {described['split']})")


def _verdicts(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, BadZipFile) as error:
        raise SensorscapeError(f"{path} cannot be read: {error}", "make it with: dvc repro check_patches") from error


def _accepted(verdicts: Mapping[str, np.ndarray], name: str, layout: Layout) -> np.ndarray:
    """Verdict 0 is accepted. Without verdicts on a test file all its rows are."""
    if name not in verdicts:
        if name == "verdict":
            raise SensorscapeError("data/checks/patches.npz holds no verdicts", "make it again: dvc repro -f check_patches")
        return np.ones(layout.rows, bool)
    return np.asarray(verdicts[name] == 0)
