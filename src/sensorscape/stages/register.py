"""Registered models and champions: ledger, verdicts and weights → models/registered.json, models/champions/, and the MLflow store."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, safe_name, write_json
from sensorscape.params import Footprint
from sensorscape.project import Project
from sensorscape.registry import champions, description, mirror, models, work
from sensorscape.registry.record import Record


def run(project: Project, *, study: str, footprint: Footprint) -> None:
    """Register every run with weights, choose and export the champions.

    The outputs depend on the ledger, the verdicts and the weights alone; aliases in the store are moved by the main study only.

    Raises:
        SensorscapeError: when an output of an earlier stage is missing or damaged.
        StoreError: when the store cannot be written; run `dvc repro` again when it can.
    """
    found = mirror.read_study(project.root)
    if found.name != study:
        raise SensorscapeError(f"models/study.json is of the study {found.name!r}, params.yaml of {study!r}", "dvc repro train")
    accepted = [fingerprint for fingerprint, verdict in found.verdicts.items() if verdict["verdict"] == "accepted"]
    chosen = champions.choose(found.records.values(), accepted, footprint.budget)
    folder = project.root / "models"
    _export(folder / "champions", chosen, folder / "weights", found.subset or {})
    write_json(folder / "registered.json", _registered(study, found, chosen, footprint.budget, folder / "weights"))
    found = replace(found, champions={sensor: record["fingerprint"] for sensor, record in chosen.items()}, budget=footprint.budget)
    done = mirror.mirror(project, found, _weights_in(folder / "weights"))
    for sensor, record in chosen.items():
        choice, report = (champions.kappa_of(record, footprint.budget, name) for name in ("kappa_choice", "kappa_report"))
        reported = "undefined" if report is None else f"{report:.3f}"
        print(f"{sensor}: champion {record['cell']['hash'][:12]}, kappa {reported} (chosen by {choice:.3f} on the other half)")
    print(f"{done.versions} model versions and {done.runs} runs added to the store")
    work.drop_finished(project)


def _registered(study: str, found: mirror.Study, chosen: Mapping[str, Record], budget: int, weights: Path) -> dict[str, Any]:
    return {
        "study": study,
        "budget": budget,
        "rule": champions.RULE,
        "champions": {
            sensor: {
                "model": models.champion_name(sensor),
                "cell": record["cell"]["hash"],
                "seed": record["seed"],
                "fingerprint": record["fingerprint"],
                "record_sha256": record["record_sha256"],
                "kappa": champions.kappa_of(record, budget),
                "kappa_choice": champions.kappa_of(record, budget, "kappa_choice"),
                "kappa_report": champions.kappa_of(record, budget, "kappa_report"),
                "exported": _weights_in(weights)(record["fingerprint"]) is not None,
            }
            for sensor, record in chosen.items()
        },
        "models": {
            fingerprint: models.model_name(record)
            for fingerprint, record in found.records.items()
            if record["weights"] and _weights_in(weights)(fingerprint)
        },
    }


def _export(folder: Path, chosen: Mapping[str, Record], weights: Path, subset: Mapping[str, Any]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for sensor, record in chosen.items():
        source = _weights_in(weights)(record["fingerprint"])
        if not record["weights"] or source is None:
            print(f"{sensor}: the weights of the champion were not kept; nothing to export")
            continue
        for name, content in description.files(record, subset, source).items():
            with atomic_write(folder / safe_name(sensor) / name, "wb") as stream:
                stream.write(content.read_bytes() if isinstance(content, Path) else content)


def _weights_in(folder: Path) -> mirror.Weights:
    def find(fingerprint: str) -> Path | None:
        path = folder / f"{safe_name(fingerprint)}.safetensors"
        return path if path.is_file() else None

    return find
