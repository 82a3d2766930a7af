"""Study runs: one MLflow run per execution of `train`, so that a variant that trained nothing is still seen.

While `train` trains, the run is RUNNING and has the numbers of the training (step: seconds of training). It holds the parameters, in the
end the fingerprints, and later the footprint's metrics and the page. It is found again by the SHA-256 of models/study.json, which says
what the study contains, that of the parameters, and the name of the DVC experiment.
"""

import math
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json, locked, read_json, sha256_text
from sensorscape.project import Project
from sensorscape.registry import artifacts, contents, reading
from sensorscape.registry.abandoned import RUNNING, close_abandoned
from sensorscape.registry.contents import Point
from sensorscape.registry.location import StoreError
from sensorscape.registry.opening import PATIENCE, Store, open_store, patiently, speaking
from sensorscape.registry.provenance import provenance
from sensorscape.registry.reading import StoredRun
from sensorscape.registry.writing import Facts, Writer

_EVERY = 60.0
"""Seconds between two logs of a training under way."""
_SPARE = 20.0
"""Pause after a log, in times that it took: a slow store or a server that is away costs the driver a twentieth of its time at most."""


def study_sha256(study: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON of models/study.json: which runs, in which roles."""
    return sha256_text(canonical_json(dict(study)))


class Execution:
    """An execution of `train` as a run of the store: running from its beginning, then finished, or killed or failed with its last numbers.

    Use as a context manager around all that can fail. Whatever the store does, training goes on: what could not be written is said in one
    line and tried again later.

    Args:
        project: the workspace; its params.yaml, as it is at the beginning, becomes the run's parameters.
        study: the study's name.
    """

    def __init__(self, project: Project, study: str) -> None:
        self.project, self.study = project, study
        self._numbers: Callable[[], Mapping[str, float]] = dict
        self._facts: Facts | None = None
        self._files: dict[str, bytes | Path] = {}
        self._ids: tuple[str, str] | None = None
        self._status = ""
        self._due = -math.inf
        self._told = False

    def __enter__(self) -> "Execution":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._status == RUNNING:
            status = "FAILED" if issubclass(kind, Exception) else "KILLED"
            self._quietly(lambda: self._write(status, self._numbers(), patience=0.0))

    def show(self, numbers: Callable[[], Mapping[str, float]]) -> None:
        """Log the numbers of a training under way, once a minute at most, and seldomer where the store takes its time; never fails."""
        self._numbers = numbers
        began = time.monotonic()
        if began < self._due:
            return
        self._quietly(lambda: self._write(RUNNING, numbers(), patience=0.0))
        now = time.monotonic()
        self._due = now + max(_EVERY, _SPARE * (now - began))

    def end(self, study: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
        """`finish`, or a line that says why not."""
        self._quietly(lambda: self.finish(study, numbers))

    def finish(self, study: Mapping[str, Any], numbers: Mapping[str, float]) -> str:
        """Log what came of it; returns MLflow's run id.

        Args:
            study: models/study.json.
            numbers: of the training; what is not finite is left out.

        Raises:
            StoreError: when the store cannot be written.
        """
        entries = study["entries"]
        listing = "".join(f"{entry['fingerprint']} {entry['record_sha256']}\n" for entry in entries)
        tags = {contents.STUDY: study_sha256(study), "runs": str(len(entries))}
        run_id = self._write("FINISHED", numbers, tags=tags, files={"fingerprints.txt": listing.encode()})
        self._quietly(lambda: close_abandoned(open_store(self.project), kind="study"))
        return run_id

    def _write(
        self,
        status: str,
        numbers: Mapping[str, float],
        *,
        tags: Mapping[str, str] | None = None,
        files: Mapping[str, bytes | Path] | None = None,
        patience: float = PATIENCE,
    ) -> str:
        store = open_store(self.project)
        now = int(1000 * time.time())
        step = int(numbers.get("training_seconds", 0))
        metrics = [Point(name, float(value), step, now) for name, value in sorted(numbers.items()) if math.isfinite(value)]
        if self._facts is None:
            self._files = {"params.yaml": (self.project.root / "params.yaml").read_bytes()}
            self._facts = _facts(self.project, self.study, now)
        facts = replace(
            self._facts, tags={**self._facts.tags, **(tags or {})}, status=status, ended=0 if status == RUNNING else now, metrics=metrics
        )
        if not patience:
            with locked(store.lock, timeout=1.0, held="the store is being written"):
                pass  # it is free: `writing` below would wait for it for minutes, and the workers for the driver
        with speaking(store.location), store.writing() as writer:
            run_id = patiently(lambda: self._send(store, writer, facts, {**self._files, **(files or {})}), patience=patience)
        self._status = status
        return run_id

    def _send(self, store: Store, writer: Writer, facts: Facts, files: Mapping[str, bytes | Path]) -> str:
        def put(run_id: str, uri: str) -> None:
            self._ids = run_id, uri
            artifacts.put(store, run_id, uri, files)

        if self._ids and self._status == facts.status:
            writer.metrics(self._ids[0], facts.metrics)
            return self._ids[0]
        if self._ids:
            writer.tag_run(self._ids[0], facts.tags)
        return writer.run(facts, put, half=self._ids)

    def _quietly(self, write: Callable[[], object]) -> None:
        try:
            write()
            self._told = False
        except Exception as error:
            if not self._told:
                reason = " ".join(str(getattr(error, "message", error)).split())
                print(f"train: the study's run in MLflow is not up to date: {reason}", file=sys.stderr, flush=True)
            self._told = True


def log_execution(
    project: Project, study: Mapping[str, Any], *, trained: int, taken_over: int, numbers: Mapping[str, float] | None = None
) -> str:
    """Add the study run of one execution of `train` that is over; returns MLflow's run id.

    Args:
        project: the workspace; its params.yaml becomes the run's parameters.
        study: models/study.json.
        trained: runs that were trained now.
        taken_over: runs that existed already.
        numbers: more of the training (images per second, best kappa per sensor, …); what is not finite is left out.

    Raises:
        StoreError: when the store cannot be written.
    """
    counted = {**(numbers or {}), "trained": trained, "taken_over": taken_over}
    return Execution(project, str(study["study"])).finish(study, counted)


def find_or_add(project: Project, study: Mapping[str, Any]) -> StoredRun:
    """The newest study run of this study, these parameters and this experiment.

    It is added when `train` was not executed here (`dvc pull`, a hit in the run cache).
    """
    store = open_store(project)
    found = _newest(store, project, study)
    if found:
        return found
    Execution(project, str(study["study"])).finish(study, {})
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


def _facts(project: Project, name: str, now: int) -> Facts:
    """What is known of an execution when it begins."""
    from sensorscape.params import read_yaml

    origin = provenance(project)
    tags = {
        "mlflow.runName": f"study {name}" + (f" ({origin['experiment']})" if origin["experiment"] else ""),
        "mlflow.source.name": "dvc repro train",
        "mlflow.source.type": "PROJECT",
        contents.KIND: "study",
        contents.PARAMS: _params_sha256(project),
        contents.WRITER: f"{socket.gethostname()}:{os.getpid()}",
        "study": name,
        "dirty": str(origin["dirty"]).lower(),
    }
    for key, value in (
        ("mlflow.source.git.commit", origin["commit"]),
        *((key, origin[key]) for key in ("experiment", "baseline")),
    ):
        if value:
            tags[key] = value
    return Facts(
        tags=tags,
        status=RUNNING,
        started=now,
        ended=0,
        parameters={key: str(value)[:6000] for key, value in flat(read_yaml(project.root / "params.yaml")).items()},
        subset=_subset(project),
    )


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
