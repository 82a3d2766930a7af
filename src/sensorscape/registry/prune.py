"""`sensorscape prune`: removes models that no commit needs any more from store and disk.

Kept is the model of every run that any ledger names: of the workspace, of the throw-away workspaces of experiments under way,
and of every version of dvc.lock in any commit that a branch, tag, experiment or stash reaches. A ledger that cannot be read could
name anything, so then nothing is removed. The runs themselves (numbers, curves, pictures) always stay.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import description, ledger, models, takeover, work
from sensorscape.registry.location import local_path
from sensorscape.registry.models import Version
from sensorscape.registry.opening import Store, open_store, patiently, speaking
from sensorscape.registry.reading import Key


@dataclass
class Plan:
    """What can go: model versions, and the bytes of their files that no other name holds."""

    versions: list[Version] = field(default_factory=list)
    freed: int = 0
    kept: int = 0


def plan(project: Project, *, ignore_missing: bool = False) -> Plan:
    """Find what can go; changes nothing.

    Args:
        project: the project.
        ignore_missing: take a ledger that is not in DVC's cache to name nothing that is needed here.

    Raises:
        SensorscapeError: when a ledger that some commit names cannot be read.
    """
    needed = reachable(project, ignore_missing=ignore_missing)
    found = Plan()
    for known in models.shelf(open_store(project)).versions.values():
        for version in known.values():
            if version.key in needed or models.CHAMPION in version.aliases or not version.key[0]:
                found.kept += 1
                continue
            found.versions.append(version)
            folder = local_path(version.source)
            names = [work.weights_of(project, version.key), *([folder / description.WEIGHTS] if folder else [])]
            found.freed += _held_by(names)
    return found


def prune(project: Project, *, ignore_missing: bool = False) -> Plan:
    """Remove what `plan` finds, from the registry and from the artifacts.

    Raises:
        SensorscapeError: as `plan`.
        StoreError: when the store cannot be written.
    """
    found = plan(project, ignore_missing=ignore_missing)
    opened = open_store(project)
    with speaking(opened.location), opened.writing():
        for version in found.versions:
            patiently(lambda version=version: _remove(opened, version))  # type: ignore[misc]
    work.drop(project, {version.key for version in found.versions})
    return found


def reachable(project: Project, *, ignore_missing: bool = False) -> set[Key]:
    """Every (fingerprint, record SHA-256) that a ledger names: of the workspace, of an experiment under way, of any commit.

    Raises:
        SensorscapeError: when a ledger cannot be read; nothing may be removed then.
    """
    keys: set[Key] = set()
    for path in (project.root / ledger.NAME, *(project.main / ".dvc" / "tmp" / "exps").rglob(ledger.NAME)):
        if path.exists():
            keys |= {(record["fingerprint"], record["record_sha256"]) for record in ledger.read(path).values()}
    seen: set[str] = set()
    for commit, text in _every_lock(project):
        digest = takeover.outputs_of(text).get(ledger.NAME)
        if digest in seen or digest is None:
            continue
        seen.add(digest)
        content = takeover.cached_bytes(project, digest)
        if content is None and ignore_missing:
            continue
        if content is None:
            raise SensorscapeError(
                f"the ledger of commit {commit[:12]} is not in DVC's cache: what it names is unknown, so everything is kept",
                "fetch it: dvc fetch --all-commits models/runs.jsonl; where it is nowhere to be had: sensorscape prune --ignore-missing",
            )
        keys |= {
            (record["fingerprint"], record["record_sha256"]) for record in ledger.parse(content, f"the ledger of {commit[:12]}").values()
        }
    return keys


def _every_lock(project: Project) -> Iterator[tuple[str, str]]:
    """(commit, dvc.lock) of every commit on any ref in which dvc.lock changed, and the working copies."""
    for folder in dict.fromkeys((project.root, project.main)):
        if (folder / "dvc.lock").is_file():
            yield "workspace", (folder / "dvc.lock").read_text("utf-8")
    commits = takeover.git(project.main, "log", "--all", "--full-history", "-m", "--format=%H", "--", "dvc.lock")
    if commits is None:
        raise SensorscapeError("the commits cannot be read, so everything is kept", "run this inside the project's git repository")
    for commit in dict.fromkeys(commits.split()):
        text = takeover.git(project.main, "show", f"{commit}:./dvc.lock")
        if text:
            yield commit, text


def _remove(opened: Store, version: Version) -> None:
    from mlflow.exceptions import MlflowException

    try:
        for alias in sorted(version.aliases):
            opened.client.delete_registered_model_alias(version.name, alias)
        opened.client.delete_model_version(version.name, version.number)
        if not opened.client.search_model_versions(f"name = '{version.name}'", max_results=1):
            opened.client.delete_registered_model(version.name)
    except MlflowException as error:
        if "not found" not in str(error).lower():
            raise
    folder = local_path(version.source)
    artifacts = opened.location.artifacts
    if folder and artifacts and _below(folder, artifacts):
        shutil.rmtree(folder, ignore_errors=True)


def _held_by(names: list[Path | None]) -> int:
    """Bytes of the files that no other name than these holds."""
    held = [path.stat() for path in names if path and path.is_file()]
    links = Counter(state.st_ino for state in held)
    return sum({state.st_ino: state.st_size for state in held if state.st_nlink == links[state.st_ino]}.values())


def _below(folder: Path, root: Path) -> bool:
    return folder.name == description.FOLDER and not folder.is_symlink() and folder.resolve().is_relative_to(root.resolve())
