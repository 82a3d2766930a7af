"""Records that exist already, so that nothing is trained twice.

DVC removes a stage's old outputs before the stage begins, so the old ledger is read where DVC keeps it: dvc.lock (of the
workspace and of the main project as they are, of HEAD, of the experiment's baseline) names its digest, the cache holds its bytes.
Then the runs that ended but never reached a ledger, in `.sensorscape/runs`; then the store. The first that has a fingerprint
wins, so `dvc repro -f` writes the ledger that was there before. Every digest is checked; what is damaged is as good as absent.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, canonical_json, sha256_file
from sensorscape.project import Project
from sensorscape.registry import ledger
from sensorscape.registry.record import Record, is_sha256, verify

Found = tuple[Record, Path | None]
_WEIGHTS = "models/weights"
_SUFFIX = ".safetensors"


def find(project: Project, fingerprints: Iterable[str], *, use_store: bool = True) -> dict[str, Found]:
    """The records of `fingerprints` that exist, each with the path of its weights where they are at hand.

    Args:
        project: whose ledgers, work and store.
        fingerprints: those wanted.
        use_store: also ask the MLflow store for what is found nowhere else.

    Returns:
        fingerprint → (record, weights): digests of both are verified; weights are None when the record has none or
        the bytes are not on this machine.

    Raises:
        SensorscapeError: for a ledger whose bytes are as DVC recorded them and that is damaged in the middle.
        StoreError: when the store is asked and cannot be read.
    """
    wanted = set(fingerprints)
    found: dict[str, Found] = {}
    sources = [*committed(project), in_work(project, wanted)]
    for records in sources:
        for fingerprint, (record, weights) in records.items():
            if fingerprint in wanted and fingerprint not in found:
                found[fingerprint] = (record, weights)
    missing = wanted - set(found)
    if use_store and missing:
        from sensorscape.registry.store import find_records

        found |= {fingerprint: (record, None) for fingerprint, record in find_records(project, missing).items()}
    found = {key: (record, sound(record, weights)) for key, (record, weights) in found.items()}
    lacking = {key for key, (record, weights) in found.items() if record["weights"] and weights is None}
    stored = _in_store(project, {key: found[key][0] for key in lacking}) if lacking and use_store else {}
    for key in lacking:
        candidates = [source[key][1] for source in sources if key in source]
        candidates += [project.work / "runs" / key / f"weights{_SUFFIX}", *stored.get(key, [])]
        record = found[key][0]
        found[key] = (record, next((path for path in candidates if sound(record, path)), None))
    return found


def committed(project: Project, *, experiments: bool = False) -> list[dict[str, Found]]:
    """The ledgers that DVC's cache holds, nearest first: fingerprint → (record, unchecked path of its weights).

    Args:
        project: the workspace.
        experiments: after those of the workspace, HEAD and baseline also those of every experiment, branch and tag.
    """
    ledgers: list[dict[str, Found]] = []
    seen: set[str] = set()
    for text in (*_locks(project), *(text for _, text in locks_of_refs(project) if experiments)):
        outputs = outputs_of(text)
        digest = outputs.get(ledger.NAME)
        if not digest or digest in seen:
            continue
        seen.add(digest)
        content = cached_bytes(project, digest)
        if content is None:
            continue
        weights = cached_folder(project, outputs.get(_WEIGHTS, ""))
        records = ledger.parse(content, f"{ledger.NAME} in DVC's cache", torn=True)
        ledgers.append({key: (record, weights.get(key + _SUFFIX)) for key, record in records.items()})
    return ledgers


def outputs_of(lock: str) -> dict[str, str]:
    """The outputs that a dvc.lock names: path → MD5 (with ``.dir`` for folders). Empty for one that cannot be read."""
    import yaml

    try:
        content = yaml.load(lock, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe, and in C
        stages = content["stages"].values()
        return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", []) if out.get("md5")}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}


def cached_bytes(project: Project, md5: str) -> bytes | None:
    """The bytes of an object in DVC's cache, if they have this MD5: an altered object is as good as absent."""
    path = cache_path(project, md5)
    if path is None or not path.is_file():
        return None
    content = path.read_bytes()
    right = hashlib.md5(content, usedforsecurity=False).hexdigest() == md5.removesuffix(".dir")
    return content if right else None


def cached_folder(project: Project, md5: str) -> dict[str, Path]:
    """The files of a folder in DVC's cache: relative path → the cache's file, whether it is there or not."""
    content = cached_bytes(project, md5) if md5.endswith(".dir") else None
    files = {}
    for entry in json.loads(content) if content else []:
        path = cache_path(project, entry["md5"])
        if path and ".." not in PurePosixPath(entry["relpath"]).parts:
            files[entry["relpath"]] = path
    return files


def cache_path(project: Project, md5: str) -> Path | None:
    """Where DVC's cache keeps an object; None for what is not an MD5."""
    plain = md5.removesuffix(".dir")
    if len(plain) != 32 or not set(plain) <= set("0123456789abcdef"):
        return None
    return cache_folder(project.main) / "files" / "md5" / md5[:2] / md5[2:]


@cache
def cache_folder(main: Path) -> Path:
    """DVC's cache of a project, wherever its configuration puts it."""
    default = main / ".dvc" / "cache"
    folder = main / ".dvc"
    configured = any((folder / name).is_file() and "dir" in (folder / name).read_text("utf-8") for name in ("config", "config.local"))
    beyond = [Path.home() / ".config" / "dvc" / "config", Path("/etc/xdg/dvc/config")]
    if not configured and not any(path.is_file() for path in beyond):
        return default  # asking DVC takes half a second
    answer = (dvc(main, "cache", "dir") or "").strip()
    return Path(answer) if answer else default


def git(folder: Path, *arguments: str) -> str | None:
    """What git answers in `folder`; None when it fails."""
    answer = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, encoding="utf-8")
    return answer.stdout if answer.returncode == 0 else None


def dvc(folder: Path, *arguments: str) -> str | None:
    """What DVC answers in `folder`; None when it fails."""
    command = [sys.executable, "-m", "dvc", *arguments]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    return answer.stdout if answer.returncode == 0 else None


def _locks(project: Project) -> Iterator[str]:
    for folder in dict.fromkeys((project.root, project.main)):
        if (folder / "dvc.lock").is_file():
            yield (folder / "dvc.lock").read_text("utf-8")
    for folder, revision in (
        (project.root, "HEAD"),
        (project.main, "HEAD"),
        (project.main, os.environ.get("DVC_EXP_BASELINE_REV", "")),
    ):
        text = git(folder, "show", f"{revision}:./dvc.lock") if revision else None
        if text:
            yield text


def locks_of_refs(project: Project, *patterns: str) -> Iterator[tuple[str, str]]:
    """(name of the ref, its dvc.lock) of every experiment, branch and tag, or of the refs below `patterns`."""
    listed = git(
        project.main, "for-each-ref", "--format=%(refname)", *(patterns or ("refs/exps", "refs/heads", "refs/tags", "refs/remotes"))
    )
    for name in (listed or "").splitlines():
        text = None if name.startswith("refs/exps/exec/") else git(project.main, "show", f"{name}:./dvc.lock")
        if text:
            yield name, text


def in_work(project: Project, wanted: set[str]) -> dict[str, Found]:
    """Those of the `wanted` fingerprints whose training ended in `.sensorscape/runs`; weights are not checked yet."""
    found: dict[str, Found] = {}
    for fingerprint in sorted(filter(is_sha256, wanted)):
        folder = project.work / "runs" / fingerprint
        try:
            value: Any = json.loads((folder / "record.json").read_bytes())
            found[fingerprint] = (verify(value, str(folder)), folder / f"weights{_SUFFIX}")
        except (OSError, ValueError, SensorscapeError):
            continue
        if value["fingerprint"] != fingerprint:
            del found[fingerprint]
    return found


def sound(record: Record, weights: Path | None) -> Path | None:
    """`weights` if they are there and their SHA-256 is the record's, else None."""
    expected = (record["weights"] or {}).get("sha256")
    try:
        return weights if expected and weights and sha256_file(weights) == expected else None
    except OSError:
        return None


def _in_store(project: Project, records: Mapping[str, Record]) -> dict[str, list[Path]]:
    """Weights that a `register` put into the store, by fingerprint; those of a server are fetched into `.sensorscape/runs`."""
    from sensorscape.registry.description import FOLDER, WEIGHTS
    from sensorscape.registry.location import local_path, locate
    from sensorscape.registry.opening import open_store
    from sensorscape.registry.reading import index, index_file

    database = locate(project).database
    found: dict[str, list[Path]] = {}
    for run in index_file(database) if database else index(open_store(project)):
        folder = local_path(run.artifact_uri)
        record = records.get(run.key[0])
        if record and folder:
            found.setdefault(run.key[0], []).append(folder / FOLDER / WEIGHTS)
        elif record and run.key[1] == record["record_sha256"] and (fetched := _fetch(project, record, run.artifact_uri)):
            found.setdefault(run.key[0], []).append(fetched)
    return found


def _fetch(project: Project, record: Record, artifact_uri: str) -> Path | None:
    from sensorscape.registry import artifacts
    from sensorscape.registry.description import FOLDER, WEIGHTS
    from sensorscape.registry.opening import open_store, speaking

    store = open_store(project)
    with speaking(store.location):
        content = artifacts.get(store, artifact_uri, f"{FOLDER}/{WEIGHTS}")
    if content is None or hashlib.sha256(content).hexdigest() != record["weights"]["sha256"]:
        return None
    folder = project.work / "runs" / str(record["fingerprint"])
    with atomic_write(folder / f"weights{_SUFFIX}", "wb") as stream:
        stream.write(content)
    with atomic_write(folder / "record.json") as stream:
        stream.write(canonical_json(record) + "\n")
    return folder / f"weights{_SUFFIX}"
