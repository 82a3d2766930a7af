"""Quality control of the patches: the raw file → data/checks/patches.npz (verdicts by row) and patches.json (the table of results)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.checks.patches import Verdicts, check_layout, check_patches
from sensorscape.files import atomic_write, write_json
from sensorscape.params import NO_TEST_FILE, Dataset, Quality
from sensorscape.patches.layout import Layout, check_same, read_layout
from sensorscape.patches.sensors import arrays_of, check_sensors
from sensorscape.patches.summary import summarise_layout
from sensorscape.patches.survey import survey
from sensorscape.project import Project


def run(project: Project, *, sensors: Mapping[str, Any], dataset: Dataset, quality: Quality) -> None:
    """Check the raw file and, where there is one, the separate test file.

    Writes ``patches.npz`` (``verdict`` uint8 by row: 0 accepted, else a position in ``reasons``; ``test_verdict`` where there is a test
    file) and ``patches.json`` (``main`` and ``test``: counts, reasons, flags, table of results).

    Raises:
        SensorscapeError: for a broken layout, sensors that the file does not have, or too many bad patches; nothing is written then.
    """
    arrays = arrays_of(sensors)
    layout, faults = _layout(project, dataset.path, dataset.label, arrays)
    check_sensors(sensors, {name: (image.height, image.width, image.channels) for name, image in layout.arrays.items()})
    has_test_file = dataset.test_path != NO_TEST_FILE
    if has_test_file:
        test_layout, test_faults = _layout(project, dataset.test_path, dataset.label, arrays)
        check_same(layout, test_layout)
    verdicts, hashes = _verdicts(layout, dataset.path, quality, None)
    npz: dict[str, Any] = {"verdict": verdicts.codes, "reasons": np.array(verdicts.reasons)}
    table = {"main": verdicts.to_dict(faults)}
    _say(dataset.path, verdicts)
    if has_test_file:
        test_verdicts, _ = _verdicts(test_layout, dataset.test_path, quality, hashes)
        npz |= {"test_verdict": test_verdicts.codes, "reasons": np.array(test_verdicts.reasons)}
        table["test"] = test_verdicts.to_dict(test_faults)
        _say(dataset.test_path, test_verdicts)
    folder = project.root / "data" / "checks"
    with atomic_write(folder / "patches.npz", "wb") as stream:
        np.savez(stream, **npz)
    write_json(folder / "patches.json", table)


def _layout(project: Project, path: str, label: str, arrays: list[str] | None) -> tuple[Layout, list[dict[str, Any]]]:
    """The layout of a file and its part of the table of results."""
    place = project.root / path
    results = check_layout(survey(place, label=label, arrays=arrays), path)
    return read_layout(place, label=label, arrays=arrays), results


def _verdicts(layout: Layout, source: str, quality: Quality, hashes: pd.Series | None) -> tuple[Verdicts, pd.Series]:
    """The verdicts on a file and the content hashes of its patches."""
    summary = summarise_layout(layout)
    verdicts = check_patches(
        summary,
        list(layout.arrays),
        classes=layout.classes,
        value_range=quality.patches.value_range,
        max_pruned=quality.patches.max_pruned,
        source=source,
        main_hashes=hashes,
    )
    return verdicts, summary["hash"]


def _say(source: str, verdicts: Verdicts) -> None:
    counts = verdicts.to_dict()
    why = ", ".join(f"{count} {reason}" for reason, count in counts["reasons"].items())
    print(f"{source}: {counts['accepted']:,} of {counts['rows']:,} patches accepted{f'; pruned: {why}' if why else ''}")
    for flag in verdicts.flags:
        print(f"  note: {flag}")
