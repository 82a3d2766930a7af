"""Study runs: one MLflow run per execution of `train`, so that a variant that trained nothing is still seen.

It holds the parameters, the fingerprints, and later the footprint's metrics and the page. It is found again by the SHA-256 of
models/study.json, which says what the study contains.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensorscape.files import canonical_json, sha256_text
from sensorscape.project import Project
from sensorscape.registry import artifacts, contents, reading
from sensorscape.registry.opening import Store, open_store, patiently, speaking
from sensorscape.registry.provenance import provenance
from sensorscape.registry.reading import StoredRun

_PARAMS_AT_ONCE = 100


def study_sha256(study: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON of models/study.json: which runs, in which roles."""
    return sha256_text(canonical_json(dict(study)))


def log_execution(project: Project, study: Mapping[str, Any], *, trained: int, taken_over: int) -> str:
    """Add the study run of one execution of `train`; returns MLflow's run id.

    Args:
        project: the workspace; its params.yaml becomes the run's parameters.
        study: models/study.json.
        trained: runs that were trained now.
        taken_over: runs that existed already.

    Raises:
        StoreError: when the store cannot be written.
    """
    from mlflow.entities import Metric

    store = open_store(project)
    now = int(1000 * time.time())
    metrics = [Metric(name, float(value), now, 0) for name, value in (("trained", trained), ("taken_over", taken_over))]
    with speaking(store.location), store.writing():
        return patiently(lambda: _add(store, project, study, metrics, now))


def find_or_add(project: Project, study: Mapping[str, Any]) -> str:
    """The newest study run of this study and experiment; added when `train` was not executed here (pull, run cache)."""
    store = open_store(project)
    found = _newest(store, study)
    if found:
        return found.run_id
    with speaking(store.location), store.writing():
        return patiently(lambda: _add(store, project, study, [], int(1000 * time.time())))


def attach(
    project: Project, study: Mapping[str, Any], *, metrics: Mapping[str, float] | None = None, files: Mapping[str, Path] | None = None
) -> str:
    """Add the footprint's metrics (names with ``/``) and files (by path in the run, the page for instance) to the study's run.

    Raises:
        StoreError: when the store cannot be written.
    """
    from mlflow.entities import Metric

    run_id = find_or_add(project, study)
    store = open_store(project)
    now = int(1000 * time.time())
    finite = [Metric(key, float(value), now, 0) for key, value in (metrics or {}).items() if value == value]
    with speaking(store.location), store.writing():
        if finite:
            patiently(lambda: store.client.log_batch(run_id, metrics=finite))
        if files:
            uri = store.client.get_run(run_id).info.artifact_uri
            artifacts.put(store, run_id, uri, {name: path.read_bytes() for name, path in files.items()}, replace=True)
    return run_id


def _newest(store: Store, study: Mapping[str, Any]) -> StoredRun | None:
    digest = study_sha256(study)
    runs = [run for run in reading.index(store) if run.tags.get(contents.STUDY) == digest]
    return runs[-1] if runs else None


def _add(store: Store, project: Project, study: Mapping[str, Any], metrics: list[Any], now: int) -> str:
    from mlflow.entities import Param

    from sensorscape.params import read_yaml
    from sensorscape.registry.dataset import subset_input

    origin = provenance(project)
    name = str(study["study"])
    entries = study["entries"]
    tags = {
        "mlflow.runName": f"study {name}" + (f" ({origin['experiment']})" if origin["experiment"] else ""),
        "mlflow.source.name": "dvc repro train",
        "mlflow.source.type": "PROJECT",
        contents.KIND: "study",
        contents.STUDY: study_sha256(study),
        "sensorscape.study": name,
        "sensorscape.runs": str(len(entries)),
        "sensorscape.dirty": str(origin["dirty"]).lower(),
    }
    for key, value in (
        ("mlflow.source.git.commit", origin["commit"]),
        *((f"sensorscape.{key}", origin[key]) for key in ("experiment", "baseline")),
    ):
        if value:
            tags[key] = value
    info = store.client.create_run(store.experiment, start_time=now, tags=tags).info
    params = [Param(key, str(value)[:6000]) for key, value in flat(read_yaml(project.root / "params.yaml")).items()]
    for start in range(0, max(len(params), 1), _PARAMS_AT_ONCE):
        store.client.log_batch(info.run_id, metrics=metrics if start == 0 else [], params=params[start : start + _PARAMS_AT_ONCE])
    listing = "".join(f"{entry['fingerprint']} {entry['record_sha256']}\n" for entry in entries)
    files = {"fingerprints.txt": listing.encode(), "params.yaml": (project.root / "params.yaml").read_bytes()}
    artifacts.put(store, info.run_id, info.artifact_uri, files)
    subset = _subset(project)
    if subset:
        store.client.log_inputs(info.run_id, [subset_input(subset)])
    store.client.set_terminated(info.run_id, "FINISHED")
    return str(info.run_id)


def _subset(project: Project) -> str | None:
    from sensorscape.errors import SensorscapeError
    from sensorscape.files import read_json

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
