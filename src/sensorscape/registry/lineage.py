"""`sensorscape show`: from an experiment, a run, a fingerprint or a cell to everything that belongs to it, both ways."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import contents, ledger, models, reading, store, takeover
from sensorscape.registry.opening import Store, open_store
from sensorscape.registry.reading import Key, StoredRun
from sensorscape.registry.record import Record

_HEX = re.compile(r"[0-9a-f]{6,64}\Z")


def show(project: Project, what: str) -> list[str]:
    """Lines on `what`: the name of a DVC experiment, an MLflow run id, or the first six or more digits of a fingerprint or cell hash.

    Raises:
        SensorscapeError: when nothing has that name, or several do.
    """
    places = list(ledgers(project))
    refs = [name for name, _ in places if name.rsplit("/", 1)[-1] == what]
    if refs:
        return _experiment(project, refs[0], dict(places)[refs[0]])
    opened = open_store(project)
    runs = reading.index(opened)
    run = next((run for run in runs if run.run_id == what), None)
    if run and run.tags.get(contents.KIND) == "study":
        return _study_run(opened, run)
    records = _known(project, opened, runs, places)
    if run:
        found = {run.key: records[run.key]} if run.key in records else {}
    elif _HEX.match(what):
        found = {key: record for key, record in records.items() if key[0].startswith(what)}
        found = found or {key: record for key, record in records.items() if record["cell"]["hash"].startswith(what)}
    else:
        found = {}
    if not found:
        raise SensorscapeError(
            f"nothing is called {what!r}: no experiment, MLflow run, fingerprint or cell", "dvc exp show, or sensorscape ui"
        )
    if len({record["cell"]["hash"] for record in found.values()}) > 1:
        raise SensorscapeError(f"{what!r} begins the names of {len(found)} runs of several cells", "give more digits")
    return [line for key in sorted(found) for line in (*_record(found[key], opened, runs, places), "")][:-1]


def ledgers(project: Project) -> Iterator[tuple[str, dict[str, Record]]]:
    """(place, its ledger) of the workspace, every experiment, branch and tag whose ledger DVC's cache holds."""
    path = project.root / ledger.NAME
    if path.is_file():
        yield "the workspace", ledger.read(path)
    seen: dict[str, dict[str, Record]] = {}
    for name, text in takeover.locks_of_refs(project):
        digest = takeover.outputs_of(text).get(ledger.NAME, "")
        if digest and digest not in seen:
            content = takeover.cached_bytes(project, digest)
            seen[digest] = ledger.parse(content, f"the ledger of {name}") if content else {}
        if seen.get(digest):
            yield name, seen[digest]


def _known(project: Project, opened: Store, runs: list[StoredRun], places: list[tuple[str, dict[str, Record]]]) -> dict[Key, Record]:
    found = {(one["fingerprint"], one["record_sha256"]): one for _, known in places for one in known.values()}
    missing = [key for key in reading.by_key(runs) if key not in found]
    if missing:
        found |= store.inspect(project, missing)[0]
    _ = opened
    return found


def _experiment(project: Project, ref: str, records: Mapping[str, Record]) -> list[str]:
    parts = ref.split("/")
    commit = (takeover.git(project.main, "rev-parse", ref) or "").strip()
    lines = [f"experiment {parts[-1]}" if ref.startswith("refs/exps/") else f"{ref}", f"  commit    {commit}"]
    if ref.startswith("refs/exps/"):
        lines.append(f"  baseline  {parts[2]}{parts[3]}")
        before, after = (takeover.git(project.main, "show", f"{place}:./params.yaml") or "" for place in (f"{parts[2]}{parts[3]}", ref))
        lines += [f"  changed   {line}" for line in _changes(before, after)]
    lines.append(f"  runs      {len(records)}")
    opened = open_store(project)
    index = reading.index(opened)
    there = reading.by_key(index)
    for run in index:
        if run.tags.get(contents.EXPERIMENT) == parts[-1]:
            lines.append(f"  executed  MLflow run {run.run_id}")
    for fingerprint, record in sorted(records.items(), key=lambda item: (item[1]["sensor"], item[1]["cell"]["hash"])):
        run_id = there[fingerprint, record["record_sha256"]].run_id if (fingerprint, record["record_sha256"]) in there else "not in MLflow"
        lines.append(f"    {record['sensor']:10} cell {record['cell']['hash'][:12]}  run {fingerprint[:12]}  MLflow {run_id}")
    return lines


def _changes(before: str, after: str) -> list[str]:
    import yaml

    from sensorscape.registry.studies import flat

    old, new = (flat(yaml.safe_load(text) or {}) for text in (before, after))
    return [f"{key}: {old.get(key)} → {new.get(key)}" for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _study_run(opened: Store, run: StoredRun) -> list[str]:
    tags = dict(opened.client.get_run(run.run_id).data.tags)
    names = (
        "study",
        "runs",
        "mlflow.source.git.commit",
        "dirty",
        "experiment",
        "baseline",
    )
    return [f"execution of a study: MLflow run {run.run_id}"] + [
        f"  {name.rsplit('.', 1)[-1]:10} {tags[name]}" for name in names if name in tags
    ]


def _record(record: Record, opened: Store, runs: list[StoredRun], places: list[tuple[str, dict[str, Record]]]) -> list[str]:
    key = (record["fingerprint"], record["record_sha256"])
    environment: dict[str, Any] = record.get("environment") or {}
    lines = [
        f"run {record['fingerprint']}",
        f"  record    {record['record_sha256']}",
        f"  cell      {record['cell']['hash']}",
        f"  sensor    {record['sensor']}, seed {record['seed']}",
        f"  subset    {record['identity'].get('subset')}",
        f"  outcome   {record['outcome']}" + (f": {record['reason']}" if record.get("reason") else ""),
    ]
    for budget, evaluation in sorted(record["evaluations"].items(), key=lambda item: int(item[0])):
        kappa = (evaluation.get("test") or {}).get("kappa")
        lines.append(f"  kappa     {'undefined' if kappa is None else f'{kappa:.4f}'} after {budget} epochs")
    for name in ("commit", "baseline", "experiment", "started", "device"):
        if environment.get(name):
            lines.append(
                f"  {name:9} {environment[name]}{' with uncommitted changes' if name == 'commit' and environment.get('dirty') else ''}"
            )
    lines += [f"  MLflow    run {run.run_id} ({run.status})" for run in runs if run.key == key and contents.SET_ASIDE not in run.tags]
    for known in models.shelf(opened).versions.values():
        if key in known:
            version = known[key]
            aliases = "".join(f" @{alias}" for alias in sorted(version.aliases))
            lines.append(f"  model     {version.name} version {version.number}{aliases}")
    for name, records in places:
        if records.get(key[0], {}).get("record_sha256") == key[1]:
            lines.append(f"  ledger of {name.removeprefix('refs/')}")
    return lines
