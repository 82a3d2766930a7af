"""What a record becomes in MLflow: metrics, parameters and tags, computed from the record alone.

The same functions serve writing and checking: what the store holds must equal what they compute, so a number that
was altered in the store cannot reach the footprint.

Metrics of a run, for a budget of 9 epochs: ``kappa_9``, ``accuracy_9``, … (one value, sortable in the runs table) and
``test/kappa``, ``train/kappa``, … (curves over budgets, step = epochs); ``epoch/loss``, ``epoch/learning_rate`` and
``epoch/seconds`` (curves over epochs). An undefined value is not logged: MLflow has no "undefined".
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple

from sensorscape.registry.record import Record

FINGERPRINT = "fingerprint"
RECORD = "record_sha256"
KIND = "kind"
WRITER = "writer"
SET_ASIDE = "set_aside"
STUDY = "study_sha256"
PARAMS = "params_sha256"
EXPERIMENT = "experiment"
ARTIFACT = "record.json"

_TEST = ("kappa", "accuracy", "average_accuracy", "kappa_choice", "kappa_report")
_TRAIN = ("kappa", "accuracy", "average_accuracy")
_EPOCH = ("loss", "learning_rate", "seconds")
_OURS = re.compile(r"(?:train_)?(?:kappa|accuracy|average_accuracy|kappa_choice|kappa_report|seconds)_\d+\Z|(?:test|train|epoch)/")
_LONGEST_PARAM = 6000


class Point(NamedTuple):
    """One value of one metric: `step` is in epochs, `timestamp` in milliseconds since 1970 (when it was measured)."""

    key: str
    value: float
    step: int
    timestamp: int


@cache
def is_ours(key: str) -> bool:
    """Whether a metric's name is one that only records may write (others, such as ``system/…``, are free)."""
    return bool(_OURS.match(key))


def points(record: Record) -> list[Point]:
    """Every metric of a record, in a fixed order."""
    start = started(record)
    return [Point(key, float(value), step, start + int(1000 * seconds)) for key, value, step, seconds in _measured(record)]


def _measured(record: Record) -> Iterator[tuple[str, Any, int, float]]:
    """Name, value, step and seconds of everything that has a value."""
    for budget, evaluation in sorted(record["evaluations"].items(), key=lambda item: int(item[0])):
        step, seconds = int(evaluation["epoch"]), float(evaluation.get("seconds") or 0)
        test, train = evaluation.get("test") or {}, evaluation.get("train") or {}
        for name in _TEST:
            if (value := test.get(name)) is not None:
                yield f"{name}_{budget}", value, step, seconds
                yield f"test/{name}", value, step, seconds
        for name in _TRAIN:
            if (value := train.get(name)) is not None:
                yield f"train_{name}_{budget}", value, step, seconds
                yield f"train/{name}", value, step, seconds
        if (value := evaluation.get("seconds")) is not None:
            yield f"seconds_{budget}", value, step, seconds
    history = record["history"]
    times = history.get("seconds") or []
    for name in _EPOCH:
        key = f"epoch/{name}"
        for epoch, value, seconds in zip_longest(history.get("epoch") or [], history.get(name) or [], times):
            if epoch is not None and value is not None:
                yield key, value, int(epoch), float(seconds or 0)


def values(record: Record) -> dict[tuple[str, int], float]:
    """The metrics of a record by (name, step)."""
    return {(key, step): float(value) for key, value, step, _ in _measured(record)}


def latest(record: Record) -> dict[str, float]:
    """The value of every metric at its last step, which MLflow shows in the runs table."""
    return last_of(values(record))


def last_of(values: Mapping[tuple[str, int], float]) -> dict[str, float]:
    """Of metrics by (name, step) the value of each at its last step."""
    return {key: value for (key, _), value in sorted(values.items(), key=lambda item: item[0][1])}


def parameters(record: Record) -> dict[str, str]:
    """The cell and the recipe as MLflow parameters (text; longer than 6,000 characters is cut, as MLflow would)."""
    cell, identity = record["cell"], record["identity"]
    found: dict[str, Any] = {
        "cell": cell["hash"],
        "cell.operations": ", ".join(cell.get("ops") or []),
        "cell.edges": cell.get("edges"),
        "cell.vertices": cell.get("vertices"),
        "cell.depth": cell.get("depth"),
        "cell.width": cell.get("width"),
        "cell.parameters": cell.get("parameters"),
        "sensor": record["sensor"],
        "sensor.arrays": (identity.get("sensor") or {}).get("arrays"),
        "seed": record["seed"],
        "recipe_version": identity.get("recipe_version"),
    }
    for section in ("network", "training"):
        found |= {f"{section}.{key}": value for key, value in sorted((identity.get(section) or {}).items())}
    return {key: _text(value)[:_LONGEST_PARAM] for key, value in found.items() if value is not None}


def tags(record: Record) -> dict[str, str]:
    """The tags that identify a run: written when it is added, equal for equal records."""
    environment = record.get("environment") or {}
    found = {
        "mlflow.runName": f"{record['sensor']} {record['cell']['hash'][:12]} seed {record['seed']}",
        "mlflow.source.name": "sensorscape train",
        "mlflow.source.type": "LOCAL",
        "mlflow.note.content": about(record),
        KIND: "run",
        FINGERPRINT: record["fingerprint"],
        RECORD: record["record_sha256"],
        "cell": record["cell"]["hash"],
        "sensor": record["sensor"],
        "subset": str(record["identity"].get("subset")),
        "outcome": record["outcome"],
    }
    if record.get("reason"):
        found["reason"] = str(record["reason"])[:5000]
    if environment.get("commit"):
        found["mlflow.source.git.commit"] = str(environment["commit"])
    found |= {f"environment.{key}": _text(value)[:5000] for key, value in environment.items() if value is not None}
    return found


def about(record: Record) -> str:
    """A sentence for the top of the run's page: which cell, on what, and what came of it."""
    cell, last = record["cell"], latest(record)
    inner = ", ".join(name for name in cell.get("ops") or [] if name not in ("input", "output")) or "no operation"
    kappas = [
        f"{last[f'kappa_{budget}']:.3f} after {budget}" for budget in sorted(record["evaluations"], key=int) if f"kappa_{budget}" in last
    ]
    came = f"kappa on the test split {', '.join(kappas)} epochs" if kappas else f"{record['outcome']}, no kappa is defined"
    return (
        f"Cell `{cell['hash'][:12]}` ({inner}) on `{record['sensor']}`, seed {record['seed']}: {came}. Its picture is among the artifacts."
    )


SUBSET = "data/subset/subset.h5"
DATASET_CONTEXT = ("mlflow.data.context", "training")
_DIGEST = 32
"""Characters of the SHA-256 that are shown; MLflow allows 36."""


def dataset(sha256: str) -> tuple[str, str, str, str]:
    """The subset with this SHA-256 as MLflow's dataset: name, digest, type of source, source (see `registry.dataset`)."""
    return "subset", sha256[:_DIGEST], "dvc", json.dumps({"url": f"dvc://{SUBSET}@{sha256}"})


def status(record: Record) -> str:
    """MLflow's status of a run that ended as the record says."""
    return "FINISHED" if record["outcome"] == "finished" else "FAILED"


def started(record: Record) -> int:
    """When the training began, in milliseconds since 1970; 0 when the record does not say."""
    text = (record.get("environment") or {}).get("started")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return 0
    return int(1000 * (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def ended(record: Record) -> int:
    """When the training ended, in milliseconds since 1970."""
    return max((point.timestamp for point in points(record)), default=started(record))


def difference(expected: Mapping[tuple[str, int], float], found: Mapping[tuple[str, int], Iterable[float]]) -> str:
    """Where metrics read from a store depart from a record's, in words; empty when they agree.

    Args:
        expected: `values` of the record, its digests verified.
        found: every value the store holds by (name, step); names that are not `is_ours` are ignored.
    """
    ours = {place: found[place] for place in found if is_ours(place[0])}
    if ours == {place: [value] for place, value in expected.items()}:
        return ""
    for place in sorted(set(expected) | set(ours)):
        here = sorted(found.get(place, ()))
        if place not in expected:
            return f"the store has {place[0]} = {here[0]} at epoch {place[1]}, the record none"
        if here != [expected[place]]:
            return f"{place[0]} at epoch {place[1]} is {expected[place]} in the record, {_shown(here)} in the store"
    return ""


def _shown(numbers: list[float]) -> str:
    return " and ".join(map(str, numbers)) if numbers else "missing"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
