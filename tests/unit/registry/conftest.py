"""A project folder with a prepared empty store, and records made by hand."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sensorscape.project import Project
from sensorscape.registry.location import VARIABLE
from sensorscape.registry.record import seal


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
