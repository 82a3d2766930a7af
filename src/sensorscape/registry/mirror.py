"""A study in the store: its runs, its tags on them, its models, aliases and champions. All of it can be repeated.

`register` does this when the study is run, `sensorscape sync` when the study came from elsewhere (`dvc pull`, a clone, DVC's run
cache) or the store was lost. What is there already is left alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json
from sensorscape.project import Project
from sensorscape.registry import description, ledger, models, reading, store, views
from sensorscape.registry.champions import kappa_of
from sensorscape.registry.location import StoreError
from sensorscape.registry.opening import Store, open_store, patiently, speaking
from sensorscape.registry.provenance import is_variant, run_tags, tag_prefix
from sensorscape.registry.reading import Key, StoredRun
from sensorscape.registry.record import Record
from sensorscape.registry.writing import Writer

Weights = Callable[[str], Path | None]
"""Finds the weights of a fingerprint on this machine."""
Progress = Callable[[int, int], None]
"""Called with (done, all)."""
_AT_ONCE = 50


@dataclass(frozen=True)
class Study:
    """What a workspace says of its study: the outputs of `train`, `check_runs` and `register`.

    Attributes:
        name: as in params.yaml.
        records: the ledger, by fingerprint.
        roles: roles of each fingerprint.
        verdicts: verdict of each fingerprint; empty before `check_runs`.
        champions: fingerprint of each sensor's champion; empty before `register`.
        budget: the decision budget in epochs, None before `register`.
        subset: subset.json, None when it is not at hand (then no model can be made).
        content: models/study.json.
    """

    name: str
    records: dict[str, Record]
    roles: dict[str, list[str]]
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    champions: dict[str, str] = field(default_factory=dict)
    budget: int | None = None
    subset: dict[str, Any] | None = None
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def synthetic(self) -> str:
        """What the data say of their making when they are synthetic, else empty."""
        return str((self.subset or {}).get("synthetic", ""))

    @property
    def data_tags(self) -> dict[str, str]:
        """What the versions of its models say of their data."""
        return {"data": "synthetic"} if self.synthetic else {}


@dataclass
class Done:
    """What was added: runs, model versions, and runs whose weights were not at hand."""

    runs: int = 0
    versions: int = 0
    without_weights: int = 0


def read_study(root: Path) -> Study:
    """The study in a workspace, as far as it was run.

    Raises:
        SensorscapeError: when the ledger or models/study.json is missing or damaged, or they differ.
    """
    folder = root / "models"
    records = ledger.read(folder / "runs.jsonl")
    content = read_json(folder / "study.json", made_by="dvc repro train")
    known = {_key(record) for record in records.values()}
    strangers = [entry["fingerprint"] for entry in content["entries"] if _key(entry) not in known]
    if strangers:
        raise SensorscapeError(
            f"models/study.json names the run {strangers[0][:12]}, the ledger does not", "dvc checkout --force models/runs.jsonl"
        )
    optional = {name: _if_there(path) for name, path in (
        ("verdicts", folder / "verdicts.json"),
        ("registered", folder / "registered.json"),
        ("subset", root / "data" / "subset" / "subset.json"),
    )}  # fmt: skip
    registered = optional["registered"] or {}
    return Study(
        name=str(content["study"]),
        records=records,
        roles={entry["fingerprint"]: list(entry["roles"]) for entry in content["entries"]},
        verdicts=(optional["verdicts"] or {}).get("runs") or {},
        champions={sensor: champion["fingerprint"] for sensor, champion in registered.get("champions", {}).items()},
        budget=registered.get("budget"),
        subset=optional["subset"],
        content=content,
    )


def add_runs(
    project: Project,
    records: Mapping[str, Record],
    progress: Progress | None = None,
    tags: Mapping[str, dict[str, str]] | None = None,
) -> int:
    """Add the runs that the store lacks, with `tags` by the keys of `records`; returns their number.

    Raises:
        StoreError: when the store cannot be written.
    """
    there = reading.by_key(reading.index(open_store(project)))
    missing = {name: record for name, record in records.items() if _key(record) not in there}
    for number, (name, record) in enumerate(missing.items(), start=1):
        store.log_run(project, record, tags=(tags or {}).get(name))
        if progress:
            progress(number, len(missing))
    return len(missing)


def mirror(project: Project, study: Study, weights: Weights, *, progress: Progress | None = None) -> Done:
    """Bring a study into the store: missing runs, tags, models, aliases, champions.

    Args:
        project: the workspace it stands in; decides whether this is the main study, which alone moves aliases.
        study: what it contains.
        weights: finds weights by fingerprint.
        progress: told of every run and model.

    Raises:
        StoreError: when the store cannot be written.
    """
    prefix = tag_prefix(project, study.name)
    wanted = {fingerprint: _tags(study, fingerprint, prefix) for fingerprint in study.records}
    done = Done(runs=add_runs(project, study.records, progress, wanted))
    opened = open_store(project)
    runs = reading.by_key(reading.index(opened, prefix=prefix))
    lost = [record for record in study.records.values() if _key(record) not in runs]
    if lost:
        raise StoreError(f"the store {opened.location.shown} lost {len(lost)} runs while it was written", "run again: sensorscape sync")
    pairs = [(runs[_key(record)], wanted[fingerprint]) for fingerprint, record in study.records.items()]
    fresh = {run.run_id: {key: value for key, value in tags.items() if run.tags.get(key) != value} for run, tags in pairs}
    store.set_tags(project, {run_id: tags for run_id, tags in fresh.items() if tags})
    main = not is_variant(project)
    ordered = [record for _, record in sorted(study.records.items())]
    for start in range(0, len(ordered), _AT_ONCE):
        # in portions, so that a training that wants to add a run need not wait for all of them
        with speaking(opened.location), opened.writing() as writer:
            known = models.shelf(opened)
            for record in ordered[start : start + _AT_ONCE]:
                if record["weights"]:
                    patiently(partial(_model, opened, writer, known, study, runs, record, weights, done, prefix, main))
        if progress:
            progress(min(start + _AT_ONCE, len(ordered)), len(ordered))
    if main and study.budget:
        with speaking(opened.location), opened.writing() as writer:
            views.show(opened, writer, study.name, study.records, study.content["budgets"], study.budget)
    if main and study.champions:
        with speaking(opened.location), opened.writing() as writer:
            known = models.shelf(opened)
            for sensor, fingerprint in sorted(study.champions.items()):
                patiently(partial(_crown, writer, known, study, runs, sensor, fingerprint))
    return done


def _tags(study: Study, fingerprint: str, prefix: str) -> dict[str, str]:
    tags = run_tags(prefix, study.roles.get(fingerprint, []), study.synthetic)
    verdict = study.verdicts.get(fingerprint)
    if verdict:
        tags[f"{prefix}.verdict"] = str(verdict["verdict"])
        tags |= {f"{prefix}.{name}": "; ".join(map(str, verdict.get(name) or []))[:5000] for name in ("reasons", "flags")}
    return {key: value for key, value in tags.items() if value}


def _model(
    opened: Store,
    writer: Writer,
    known: models.Shelf,
    study: Study,
    runs: Mapping[Key, StoredRun],
    record: Record,
    weights: Weights,
    done: Done,
    prefix: str,
    main: bool,
) -> None:
    name = models.model_name(record)
    version = known.find(name, _key(record))
    run = runs[_key(record)]
    if version is None or not _has_files(version):
        path = weights(record["fingerprint"])
        if path is None or study.subset is None or not models.add_files(opened, run, record, study.subset, path):
            done.without_weights += 1
            return
    if version is None:
        version = models.add_version(writer, known, name, run, record, description.of_cell(record))
        done.versions += 1
    verdict = study.verdicts.get(record["fingerprint"])
    if verdict:
        models.tag(writer, version, {f"{prefix}.verdict": str(verdict["verdict"])})
    models.tag(writer, version, study.data_tags)
    if main and record["seed"] == min(other["seed"] for other in _siblings(study, record)):
        models.point(writer, known, version, models.alias_of(record["sensor"]))


def _siblings(study: Study, record: Record) -> list[Record]:
    return [
        other for other in study.records.values() if (other["cell"]["hash"], other["sensor"]) == (record["cell"]["hash"], record["sensor"])
    ]


def _crown(writer: Writer, known: models.Shelf, study: Study, runs: Mapping[Key, StoredRun], sensor: str, fingerprint: str) -> None:
    record = study.records.get(fingerprint)
    if record is None or known.find(models.model_name(record), _key(record)) is None:
        return
    about = (
        f"The champion cells of the sensor `{sensor}`; the alias `champion` points at the main study's. It is the accepted run with the "
        "best kappa at the decision budget on one half of the test split (`kappa_choice`); `kappa_report` is that of the other half, "
        "which had no part in the choice."
    )
    version = models.add_version(writer, known, models.champion_name(sensor), runs[_key(record)], record, about)
    models.tag(writer, version, {"study": study.name} | _decision(record, study.budget) | study.data_tags)
    models.point(writer, known, version, models.CHAMPION)


def _decision(record: Record, budget: int | None) -> dict[str, str]:
    """What the champion was chosen by, and what it reaches on the half of the test split that did not choose it."""
    if budget is None:
        return {}
    kappas = {name: kappa_of(record, budget, name) for name in ("kappa_choice", "kappa_report")}
    return {"decision_budget": str(budget)} | {name: f"{value:.6f}" for name, value in kappas.items() if value is not None}


def _has_files(version: models.Version) -> bool:
    from sensorscape.registry.location import local_path

    folder = local_path(version.source)
    return folder is None or (folder / description.WEIGHTS).is_file()


def _key(entry: Mapping[str, Any]) -> Key:
    return str(entry["fingerprint"]), str(entry["record_sha256"])


def _if_there(path: Path) -> Any:
    return read_json(path, made_by="dvc pull") if path.is_file() else None
