"""Study runs: one MLflow run per execution of `train`, so that a variant that trained nothing is still seen.

It holds the parameters, the fingerprints, and later the footprint's metrics and the page. It is found again by the SHA-256 of
models/study.json, which says what the study contains, that of the parameters, and the name of the DVC experiment.
"""

import math
import os
import time
from collections.abc import Mapping
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json, read_json, sha256_text
from sensorscape.project import Project
from sensorscape.registry import artifacts, contents, reading
from sensorscape.registry.contents import Point
from sensorscape.registry.location import StoreError
from sensorscape.registry.opening import Store, open_store, patiently, speaking
from sensorscape.registry.provenance import provenance
from sensorscape.registry.reading import StoredRun
from sensorscape.registry.writing import Facts, Writer


def study_sha256(study: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON of models/study.json: which runs, in which roles."""
    return sha256_text(canonical_json(dict(study)))


def log_execution(
    project: Project, study: Mapping[str, Any], *, trained: int, taken_over: int, numbers: Mapping[str, float] | None = None
) -> str:
    """Add the study run of one execution of `train`; returns MLflow's run id.

    Args:
        project: the workspace; its params.yaml becomes the run's parameters.
        study: models/study.json.
        trained: runs that were trained now.
        taken_over: runs that existed already.
        numbers: more of the training (images per second, best kappa per sensor, …); what is not finite is left out.

    Raises:
        StoreError: when the store cannot be written.
    """
    store = open_store(project)
    now = int(1000 * time.time())
    counted = {**(numbers or {}), "trained": trained, "taken_over": taken_over}
    metrics = [Point(name, float(value), 0, now) for name, value in sorted(counted.items()) if math.isfinite(value)]
    with speaking(store.location), store.writing() as writer:
        return patiently(lambda: _add(store, writer, project, study, metrics, now))


def find_or_add(project: Project, study: Mapping[str, Any]) -> StoredRun:
    """The newest study run of this study, these parameters and this experiment.

    It is added when `train` was not executed here (`dvc pull`, a hit in the run cache).
    """
    store = open_store(project)
    found = _newest(store, project, study)
    if found:
        return found
    with speaking(store.location), store.writing() as writer:
        patiently(lambda: _add(store, writer, project, study, [], int(1000 * time.time())))
    found = _newest(store, project, study)
    if found is None:
        raise StoreError(f"the store {store.location.shown} does not show a run that was just added", "sensorscape status")
    return found


def attach_results(project: Project, *, page: bool = True) -> bool:
    """Add the footprint's metrics and the page to the study's run, what is there already is replaced; False when there are none yet.

    Args:
        project: the workspace.
        page: also the page; without it the footprint has just been made and the page is an older one.

    Raises:
        SensorscapeError: when a file is damaged.
        StoreError: when the store cannot be written.
    """
    models, reports = project.root / "models", project.root / "reports"
    needed = [models / "study.json", reports / "metrics.json", *([reports / "index.html"] if page else [])]
    if not all(path.is_file() for path in needed):
        return False
    study = read_json(models / "study.json", made_by="dvc repro train")
    metrics = read_json(reports / "metrics.json", made_by="dvc repro footprint")
    named = {f"{sensor}/{name}": value for sensor, numbers in metrics.items() for name, value in numbers.items()}
    run = find_or_add(project, study)
    store = open_store(project)
    files = {f"report/{path.name}": path.read_bytes() for path in needed[1:]}
    with speaking(store.location):
        shown = reading.full(store, [run])[run.run_id].latest
        fresh = {key: float(value) for key, value in named.items() if isinstance(value, int | float) and shown.get(key) != float(value)}
        if fresh:
            now = int(1000 * time.time())
            with store.writing() as writer:
                patiently(lambda: writer.metrics(run.run_id, [Point(key, value, 0, now) for key, value in fresh.items()]))
        if any(artifacts.get(store, run.artifact_uri, name) != content for name, content in files.items()):
            artifacts.put(store, run.run_id, run.artifact_uri, files, replace=True)
    return True


def _newest(store: Store, project: Project, study: Mapping[str, Any]) -> StoredRun | None:
    wanted = {contents.STUDY: study_sha256(study), contents.PARAMS: _params_sha256(project), contents.EXPERIMENT: _experiment()}
    runs = [run for run in reading.index(store) if all(run.tags.get(key, "") == value for key, value in wanted.items())]
    return runs[-1] if runs else None


def _params_sha256(project: Project) -> str:
    from sensorscape.params import read_yaml

    return sha256_text(canonical_json(flat(read_yaml(project.root / "params.yaml"))))


def _experiment() -> str:
    return os.environ.get("DVC_EXP_NAME", "")


def _add(store: Store, writer: Writer, project: Project, study: Mapping[str, Any], metrics: list[Point], now: int) -> str:
    from sensorscape.params import read_yaml

    origin = provenance(project)
    name = str(study["study"])
    entries = study["entries"]
    tags = {
        "mlflow.runName": f"study {name}" + (f" ({origin['experiment']})" if origin["experiment"] else ""),
        "mlflow.source.name": "dvc repro train",
        "mlflow.source.type": "PROJECT",
        contents.KIND: "study",
        contents.STUDY: study_sha256(study),
        contents.PARAMS: _params_sha256(project),
        "study": name,
        "runs": str(len(entries)),
        "dirty": str(origin["dirty"]).lower(),
    }
    for key, value in (
        ("mlflow.source.git.commit", origin["commit"]),
        *((key, origin[key]) for key in ("experiment", "baseline")),
    ):
        if value:
            tags[key] = value
    listing = "".join(f"{entry['fingerprint']} {entry['record_sha256']}\n" for entry in entries)
    files = {"fingerprints.txt": listing.encode(), "params.yaml": (project.root / "params.yaml").read_bytes()}
    facts = Facts(
        tags=tags,
        status="FINISHED",
        started=now,
        ended=int(1000 * time.time()),
        parameters={key: str(value)[:6000] for key, value in flat(read_yaml(project.root / "params.yaml")).items()},
        metrics=metrics,
        subset=_subset(project),
    )
    return writer.run(facts, lambda run_id, uri: artifacts.put(store, run_id, uri, files))


def _subset(project: Project) -> str | None:
    try:
        return str(read_json(project.root / "data" / "subset" / "subset.json", made_by="dvc repro subset")["sha256"])
    except (SensorscapeError, KeyError, TypeError):
        return None


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """A nested mapping as one level: ``training.batch`` → value; lists stay whole."""
    if isinstance(value, Mapping) and value:
        parts: dict[str, Any] = {}
        for key, inner in value.items():
            parts |= flat(inner, f"{prefix}.{key}" if prefix else str(key))
        return parts
    return {prefix: value}
