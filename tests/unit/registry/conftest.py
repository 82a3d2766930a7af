"""A project folder with a prepared empty store, and records made by hand."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch

from sensorscape.cells import Cell
from sensorscape.files import sha256_file
from sensorscape.params import Network as Shape
from sensorscape.project import Project
from sensorscape.registry import ledger, mirror
from sensorscape.registry.location import VARIABLE
from sensorscape.registry.record import seal
from sensorscape.training.network import Network


def make_record(cell: str = "a", sensor: str = "s1", seed: int = 0, kappa: float = 0.5, **changes: Any) -> dict[str, Any]:
    """A sealed record with two budgets, two classes and three epochs."""
    evaluations = {
        budget: {
            "epoch": int(budget),
            "seconds": 1.5 * int(budget),
            "train": {"kappa": kappa + 0.1, "accuracy": 0.75, "average_accuracy": 0.7},
            "test": {
                "kappa": kappa,
                "accuracy": 0.7,
                "average_accuracy": 0.65,
                "kappa_choice": kappa + 0.01,
                "kappa_report": kappa - 0.01,
                "confusion": [[3, 1], [0, 4]],
            },
        }
        for budget in ("1", "3")
    }
    record = {
        "identity": {
            "recipe_version": 1,
            "cell": cell * 32,
            "sensor": {"arrays": {"sen1": "all"}},
            "subset": "5" * 64,
            "network": {"stem": 8},
            "training": {"optimiser": "sgd", "budgets": [1, 3], "epochs": 3},
            "seed": seed,
            "name": sensor,
        },
        "cell": {"hash": cell * 32, "matrix": [[0, 1], [0, 0]], "ops": [], "vertices": 2, "edges": 1, "parameters": 10},
        "sensor": sensor,
        "seed": seed,
        "outcome": "finished",
        "reason": None,
        "evaluations": evaluations,
        "history": {"epoch": [1, 2, 3], "loss": [2.0, 1.0, 0.5], "learning_rate": [0.1, 0.05, 0.0], "seconds": [1.5, 3.0, 4.5]},
        "environment": {"device": "cpu", "commit": "c" * 40, "started": "2024-01-01T00:00:00+00:00"},
        "weights": None,
    }
    return seal({**record, **changes})


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    return make_record


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder whose store was made once: the migrations take a second or two."""
    from sensorscape.registry.opening import open_store

    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        open_store(Project(folder, folder))
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without a store."""
    for name in (VARIABLE, "DVC_ROOT", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, tmp_path)


@pytest.fixture
def stored(project: Project, empty_store: Path) -> Project:
    """A project with an empty store: the prepared one, copied (so it is also a moved one)."""
    shutil.copytree(empty_store / "models", project.main / "models")
    return project


CELLS = {
    "a": {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]},
    "b": {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv1x1"]},
}
SHAPE = {"stem": 4, "stacks": 2, "cells": 1, "batch_norm_momentum": 0.1, "sensors": "stack"}
SUBSET = {
    "sha256": "5" * 64,
    "classes": 3,
    "arrays": {
        "sen1": {"channels": 2, "height": 8, "width": 8, "transform": "zscore", "kinds": ["zscore"] * 2, "shift": [1, 2], "scale": [2, 1]}
    },
}


@pytest.fixture
def trained(record, stored):
    """Makes a record whose weights are a real network's, in models/weights, and the network: `trained("a", 0.5)`."""

    def make(letter="a", kappa=0.5, sensor="s1", seed=0):
        return _trained(record, stored.root / "models" / "weights", letter, kappa, sensor, seed)

    return make


def _trained(record, folder, letter, kappa, sensor, seed):
    network = Network(Cell.from_dict(CELLS[letter]), Shape(**SHAPE), [2], 3)
    network.initialise(ord(letter), published=False)
    one = record(cell=letter, kappa=kappa, sensor=sensor, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    one["identity"]["network"] = SHAPE
    one["cell"] |= CELLS[letter]
    fingerprint = seal(one)["fingerprint"]
    path = folder / f"{fingerprint}.safetensors"
    safetensors.torch.save_file(network.state_dict(), path)
    one["weights"] = {"sha256": sha256_file(path), "bytes": path.stat().st_size, "epoch": 3}
    return seal(one), network.eval()


@pytest.fixture
def study_of():
    """Makes a study of some records: `study_of([one], chosen={"s1": fingerprint})`."""
    return _study


def _study(records, verdicts=None, chosen=None, budget=3):
    return mirror.Study(
        name="embedded",
        records={one["fingerprint"]: one for one in records},
        roles={one["fingerprint"]: ["population"] for one in records},
        verdicts={one["fingerprint"]: {"verdict": "accepted", "reasons": [], "flags": ["low"]} for one in records}
        if verdicts is None
        else verdicts,
        champions=chosen or {},
        subset=SUBSET,
        budget=budget,
        content={"study": "embedded", "budgets": [1, 3], "entries": [_entry(one) for one in records]},
    )


def _entry(record):
    return {key: record[key] for key in ("fingerprint", "record_sha256", "sensor", "seed")} | {
        "cell": record["cell"]["hash"],
        "roles": ["population"],
    }


@pytest.fixture
def weights(stored):
    """Finds the weights that `trained` wrote."""
    return lambda fingerprint: stored.root / "models" / "weights" / f"{fingerprint}.safetensors"


@pytest.fixture
def workspace(stored, trained, study_of):
    """A workspace with the outputs of `train`, `check_runs` and `register` of two runs, and an empty store; and the records."""
    records = [trained("a")[0], trained("b", 0.6)[0]]
    study = study_of(records)
    folder = stored.root / "models"
    ledger.write(folder / "runs.jsonl", records)
    (folder / "study.json").write_text(json.dumps(study.content))
    (folder / "verdicts.json").write_text(json.dumps({"runs": study.verdicts}))
    registered = {"budget": 3, "champions": {"s1": {"fingerprint": records[1]["fingerprint"]}}}
    (folder / "registered.json").write_text(json.dumps(registered))
    (stored.root / "data" / "subset").mkdir(parents=True)
    (stored.root / "data" / "subset" / "subset.json").write_text(json.dumps(study.subset))
    (stored.root / "params.yaml").write_text("study: embedded\n")
    return stored, records
