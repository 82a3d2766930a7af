"""The stage `report`: figures, tables and the page, from what the stages before it left."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json
from sensorscape.params import Dataset
from sensorscape.project import Project
from sensorscape.stages.beside import beside

if TYPE_CHECKING:
    from sensorscape.report.material import Material
    from sensorscape.report.patches import Data


def run(project: Project, *, study: str, sensor: tuple[str, ...], sensors: Mapping[str, Any], dataset: Dataset) -> None:
    """Write reports/index.html, reports/figures/ and reports/tables/.

    The patches are read in a process of their own: what that takes and what the figures' libraries take to start go on side by side.

    Raises:
        SensorscapeError: when an output of an earlier stage is missing or damaged, or is of another study.
    """
    reports = project.root / "reports"
    with beside(partial(patches, project.root, {name: sensors[name] for name in sensor}, dataset)) as shown:
        from sensorscape.report.material import read_footprint

        footprint, tables = read_footprint(reports)
        if footprint["study"] != study or set(footprint["sensors"]) != set(sensor):
            found = f"{footprint['study']} ({', '.join(footprint['sensors'])})"
            raise SensorscapeError(
                f"reports/footprint is of the study {found}, params.yaml of {study} ({', '.join(sensor)})", "dvc repro footprint"
            )
        from sensorscape.report.write import write_report

        made = material(project.root, footprint, tables, sensors=sensors, data=shown())
    page = write_report(made, reports)
    print(f"the page: {page.relative_to(project.root)} (open it in a browser; it needs no network)")


def material(
    root: Path, footprint: Mapping[str, Any], tables: Mapping[str, Any], *, sensors: Mapping[str, Any], data: "Data", note: str = ""
) -> "Material":
    """Gather what the page is made of from the outputs of the other stages; what a table study has no file for stays empty."""
    from sensorscape.report.material import Material
    from sensorscape.report.palette import Palette

    models = root / "models"
    return Material(
        footprint=footprint,
        tables=tables,
        palette=Palette(list(sensors)),
        data=data,
        identity=_identities(models),
        commits=_commits(models / "runs.jsonl"),
        population=_optional(models / "population.json"),
        walks=_optional(models / "walks.json"),
        verdicts=_optional(models / "verdicts.json"),
        champions=_optional(models / "registered.json").get("champions") or {},
        partial=note,
    )


def patches(root: Path, sensors: Mapping[str, Any], dataset: Dataset) -> "Data":
    """What the page shows of the patches behind `sensors` (the study's, by name): pictures, classes, checks, the linear baseline.

    Raises:
        SensorscapeError: when the raw file, the subset or their checks are missing or damaged.
    """
    from sensorscape.patches.baseline import linear_baseline
    from sensorscape.patches.pictures import pictures
    from sensorscape.patches.sensors import is_image, resolve
    from sensorscape.report.patches import Data

    images = {name: definition for name, definition in sensors.items() if is_image(definition)}
    if not images:
        return Data()
    subset = read_json(root / "data/subset/subset.json", made_by="dvc repro subset")
    raw, prepared = root / dataset.path, root / "data/subset/subset.h5"
    channels = {array: int(found["channels"]) for array, found in subset["arrays"].items()}
    resolved = {name: resolve(name, definition, channels) for name, definition in images.items()}
    shown = pictures(raw, prepared, sorted({array for definition in images.values() for array in definition}))
    return Data(
        source=dataset.path,
        synthetic=subset.get("synthetic", ""),
        classes=shown.classes,
        pictures=shown.images,
        rows=shown.rows,
        checks=_optional(root / "data/checks/patches.json"),
        subset=subset,
        baseline=linear_baseline(prepared, resolved, classes=int(subset["classes"])),
    )


def _optional(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found: dict[str, Any] = read_json(path, made_by=f"dvc repro {path.stem}")
    return found


def _identities(models: Path) -> dict[str, Any]:
    """The identity of the first record of each sensor: the ledger is read only as far as needed."""
    ledger, study = models / "runs.jsonl", _optional(models / "study.json")
    wanted = {entry["sensor"] for entry in study.get("entries", [])}
    found: dict[str, Any] = {}
    if not ledger.is_file():
        return found
    with ledger.open(encoding="utf-8") as lines:
        for line in lines:
            if wanted <= set(found):
                break
            record = json.loads(line)
            found.setdefault(record["sensor"], record["identity"])
    return found


def _commits(ledger: Path) -> list[str]:
    """The distinct commits that the records name, without parsing every record."""
    if not ledger.is_file():
        return []
    found: set[bytes] = set()
    with ledger.open("rb") as lines:
        for line in lines:
            found.update(re.findall(rb'"commit":"([0-9a-f]{7,64})"', line))
    return sorted(commit.decode() for commit in found)
