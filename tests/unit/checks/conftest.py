"""Records of runs as the ledger holds them, and the study that lists them."""

import copy
import hashlib

import pytest

BUDGETS = [1, 3, 9]
KAPPAS = {1: 0.30, 3: 0.50, 9: 0.60}


def _confusion(kappa):
    """A two-class matrix of 200 patches with equal margins, whose kappa is `kappa` (2 p_o − 1)."""
    right = round(50 * (1 + kappa))
    return [[right, 100 - right], [100 - right, right]]


def _record(name, *, sensor="s1", epochs=9, kappas=KAPPAS, schedule="shared"):
    evaluations = {}
    for budget, kappa in kappas.items():
        scores = {"accuracy": (1 + kappa) / 2, "average_accuracy": (1 + kappa) / 2}
        evaluations[str(budget)] = {
            "epoch": budget,
            "seconds": 2.0 * budget,
            "train": {"kappa": kappa, **scores},
            "test": {"kappa": kappa, **scores, "kappa_choice": kappa, "kappa_report": kappa, "confusion": _confusion(kappa)},
        }
    history = {
        "epoch": list(range(1, epochs + 1)),
        "loss": [1.0 / epoch for epoch in range(1, epochs + 1)],
        "learning_rate": [0.1] * epochs,
        "seconds": [2.0 * epoch for epoch in range(1, epochs + 1)],
    }
    return {
        "fingerprint": hashlib.sha256(name.encode()).hexdigest(),
        "record_sha256": hashlib.sha256(b"record " + name.encode()).hexdigest(),
        "identity": {"training": {"budgets": BUDGETS if schedule == "shared" else [epochs], "epochs": epochs}},
        "sensor": sensor,
        "seed": 0,
        "outcome": "finished",
        "reason": None,
        "evaluations": evaluations,
        "history": history,
    }


@pytest.fixture
def make_record():
    """A finished, valid record of the run `name`; keywords as in `_record`."""
    return lambda name, **changes: copy.deepcopy(_record(name, **changes))


@pytest.fixture
def make_study():
    """The study that lists `records`, all in the population or in the given roles."""

    def make(records, roles=("population",)):
        keys = ("fingerprint", "record_sha256", "sensor", "seed")
        return {"budgets": BUDGETS, "entries": [{**{key: record[key] for key in keys}, "roles": list(roles)} for record in records]}

    return make
