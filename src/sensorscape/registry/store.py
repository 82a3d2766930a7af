"""Runs in the store: added once, whole, never overwritten, and read back only when they equal their records."""

import json
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json
from sensorscape.project import Project
from sensorscape.registry import artifacts, contents, pictures, reading
from sensorscape.registry.location import StoreError, locate
from sensorscape.registry.opening import PATIENCE, Store, open_store, patiently, speaking
from sensorscape.registry.reading import Key, StoredRun
from sensorscape.registry.record import Record, verify
from sensorscape.registry.writing import Facts, Writer

__all__ = ["Store", "StoreError", "find_records", "locate", "log_run", "open_store", "read_records", "set_tags"]


def log_run(project: Project, record: Record, *, tags: Mapping[str, str] | None = None, patience: float = PATIENCE) -> str:
    """Add a run to the store, or find it there; returns MLflow's run id.

    Idempotent by (fingerprint, record SHA-256): a run that is there whole is left alone, one that a killed process left half
    written is finished. `tags` are set in either case.

    Args:
        project: whose store.
        record: the run; both digests are checked first.
        tags: more tags, a study's for instance.
        patience: seconds to wait for a store that another program has locked.

    Raises:
        StoreError: when the store cannot be written; nothing is lost, add the run later.
        SensorscapeError: for an altered record.
    """
    verify(record, f"the record of {str(record.get('fingerprint'))[:12]}")
    store = open_store(project)
    with speaking(store.location), store.writing() as writer:
        return patiently(lambda: _log(store, writer, record, tags or {}), patience=patience)


def read_records(project: Project, entries: Iterable[Mapping[str, Any]]) -> list[Record]:
    """The records of `entries`, in their order, read from the store.

    Every record is rebuilt from the store, its digests are checked, and every metric that MLflow holds for it, of every
    step, must equal the record's.

    Args:
        project: whose store.
        entries: mappings with ``fingerprint`` and ``record_sha256`` (the entries of models/study.json, or ledger records).

    Raises:
        SensorscapeError: when a run is missing in the store or differs from its record; nothing is returned then.
        StoreError: when the store cannot be read.
    """
    keys = [(str(entry["fingerprint"]), str(entry["record_sha256"])) for entry in entries]
    records, missing, damaged = inspect(project, keys)
    if missing:
        raise SensorscapeError(
            f"{len(missing)} of {len(keys)} runs of the ledger are not in the MLflow store, the first is {missing[0][0][:12]}",
            "add them: sensorscape sync",
        )
    if damaged:
        first = next(iter(damaged))
        raise SensorscapeError(
            f"the MLflow store differs from the ledger in {len(damaged)} of {len(keys)} runs; run {first[0][:12]}: {damaged[first]}",
            "see what differs: sensorscape status; set the altered runs aside and add the ledger's again: sensorscape sync --mend",
        )
    return [records[key] for key in keys]


def inspect(project: Project, keys: Sequence[Key]) -> tuple[dict[Key, Record], list[Key], dict[Key, str]]:
    """What the store holds of `keys`: sound records, missing keys, and damaged ones with the reason."""
    store = open_store(project)
    there = reading.by_key(reading.index(store))
    runs = {key: there[key] for key in keys if key in there}
    records, damaged = _rebuild(store, runs)
    return records, [key for key in keys if key not in runs], damaged


def find_records(project: Project, fingerprints: Iterable[str]) -> dict[str, Record]:
    """The sound records that the store holds of some fingerprints; of replicates the one trained first, ties by SHA-256."""
    store = open_store(project)
    wanted = set(fingerprints)
    runs: dict[Key, StoredRun] = {}
    taken: set[str] = set()
    for key, run in sorted(reading.by_key(reading.index(store)).items(), key=lambda item: (item[1].started, item[0])):
        if key[0] in wanted and key[0] not in taken:
            runs[key] = run
            taken.add(key[0])
    records, _ = _rebuild(store, runs)
    return {key[0]: record for key, record in records.items()}


def set_tags(project: Project, tags: Mapping[str, Mapping[str, str]]) -> None:
    """Set tags on runs: run id → name → value. Equal tags are not written again.

    Raises:
        StoreError: when the store cannot be written.
    """
    if not tags:
        return
    store = open_store(project)
    with speaking(store.location), store.writing() as writer:
        for run_id, wanted in tags.items():
            patiently(lambda run_id=run_id, wanted=wanted: writer.tag_run(run_id, wanted))  # type: ignore[misc]


def set_aside(project: Project, run_id: str, reason: str) -> None:
    """Mark a damaged run so that nothing reads it again; it stays to be looked at."""
    set_tags(project, {run_id: {contents.SET_ASIDE: reason[:5000]}})


def _log(store: Store, writer: Writer, record: Record, tags: Mapping[str, str]) -> str:
    found = reading.find(store, (record["fingerprint"], record["record_sha256"]))
    whole = [run for run in found if run.whole]
    if whole:
        fresh = {key: value for key, value in tags.items() if whole[0].tags.get(key) != value}
        if fresh:
            writer.tag_run(whole[0].run_id, fresh)
        return whole[0].run_id
    half = (found[0].run_id, found[0].artifact_uri) if found else None  # a process died while it wrote this run
    files = _files(record)
    return writer.run(_facts(record, tags), lambda run_id, uri: artifacts.put(store, run_id, uri, files), half=half)


def _facts(record: Record, tags: Mapping[str, str]) -> Facts:
    subset = record["identity"].get("subset")
    return Facts(
        tags={**contents.tags(record), **tags, contents.WRITER: f"{socket.gethostname()}:{os.getpid()}"},
        status=contents.status(record),
        started=contents.started(record),
        ended=contents.ended(record),
        parameters=contents.parameters(record),
        metrics=contents.points(record),
        subset=subset if isinstance(subset, str) else None,
    )


def _files(record: Record) -> dict[str, bytes | Path]:
    drawn = {f"pictures/{name}": content for name, content in pictures.of_record(record).items()}
    return {contents.ARTIFACT: canonical_json(record).encode() + b"\n", **drawn}


def _rebuild(store: Store, runs: Mapping[Key, StoredRun]) -> tuple[dict[Key, Record], dict[Key, str]]:
    with speaking(store.location):
        filled = reading.full(store, runs.values())
        raw = artifacts.get_many(store, {run.run_id: run.artifact_uri for run in runs.values()}, contents.ARTIFACT)
    records: dict[Key, Record] = {}
    damaged: dict[Key, str] = {}
    for key, run in runs.items():
        problem, record = _check(key, filled.get(run.run_id, run), raw[run.run_id])
        if record is None:
            damaged[key] = problem
        else:
            records[key] = record
    return records, damaged


def _check(key: Key, run: StoredRun, raw: bytes | None) -> tuple[str, Record | None]:
    if raw is None:
        return f"its artifact {contents.ARTIFACT} is missing", None
    try:
        record = verify(json.loads(raw), f"{contents.ARTIFACT} of run {run.run_id}", text=raw)
    except (ValueError, SensorscapeError) as error:
        return getattr(error, "message", f"its artifact {contents.ARTIFACT} is not JSON"), None
    if (record["fingerprint"], record["record_sha256"]) != key:
        return f"its artifact {contents.ARTIFACT} is the record of another run", None
    expected = contents.values(record)
    last = contents.last_of(expected)
    shown = {name: value for name, value in run.latest.items() if contents.is_ours(name)}
    if shown != last:
        name = sorted({*shown, *last}, key=lambda item: (shown.get(item) == last.get(item), item))[0]
        return f"{name} is {last.get(name, 'undefined')} in the record, {shown.get(name, 'missing')} in the store", None
    problem = "" if run.points is None else contents.difference(expected, run.points)
    return problem, None if problem else record
