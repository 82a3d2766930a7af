"""Read a footprint from where it is: a revision by `git show` and DVC's cache, the workspace, a partial report, another project."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sensorscape.errors import SensorscapeError
from sensorscape.landscape.schema import TABLES, read_tables
from sensorscape.params import SYNTHETIC_FILE
from sensorscape.project import Project
from sensorscape.registry.takeover import cached_folder, git, outputs_of
from sensorscape.report.compare import Side
from sensorscape.report.material import read_footprint

PARTIAL = "partial"
Curves = tuple[dict[str, Any] | None, dict[str, pd.DataFrame] | None, str]
"""footprint.json and its tables, or None and why they are not at hand."""
METRICS, UNDEFINED, FOOTPRINT = "reports/metrics.json", "reports/undefined.json", "reports/footprint"


def read(project: Project, name: str) -> Side:
    """The footprint called `name`.

    Args:
        project: whose experiments and revisions are meant.
        name: ``workspace``, ``partial`` (what `sensorscape report --partial` drew from the store), the name of an experiment, anything
            git resolves to a commit, or the path of a project's folder.

    Raises:
        SensorscapeError: when nothing is called so, or what is has no footprint.
    """
    if name == "workspace":
        return _folder(project.root, name)
    commit = _commit(project, name)
    if commit:
        return _revision(project, name, commit)
    if name == "partial":
        return _folder(project.work / PARTIAL, name, made_by="sensorscape report --partial")
    folder = Path(name)
    for root in (folder, Project(folder, folder).work / PARTIAL):
        if (root / METRICS).is_file():
            return _folder(root.resolve(), name)
    raise SensorscapeError(f"{name} is no experiment, revision or project with a footprint", "list them: dvc exp list, git tag")


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested parameters as dotted keys: ``{"training.batch": 64}``."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _commit(project: Project, name: str) -> str:
    """The commit of an experiment or of whatever git calls so; empty when there is none."""
    if name.startswith("-"):
        return ""
    listed = git(project.main, "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps") or ""
    for line in listed.splitlines():
        commit, ref = line.split(" ", 1)
        if ref.rsplit("/", 1)[-1] == name and not ref.startswith("refs/exps/exec/"):
            return commit
    return (git(project.main, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") or "").strip()


def _revision(project: Project, name: str, commit: str) -> Side:
    metrics = _shown(project, commit, METRICS)
    if metrics is None:
        raise SensorscapeError(f"{name} ({commit[:12]}) has no {METRICS}", "name a revision in which `dvc repro` was committed")
    texts = metrics, _shown(project, commit, UNDEFINED), _shown(project, commit, "params.yaml")
    return _side(name, commit, texts, _cached(project, commit))


def _folder(root: Path, name: str, made_by: str = "dvc repro") -> Side:
    metrics = root / METRICS
    if not metrics.is_file():
        raise SensorscapeError(f"{name}: there is no {METRICS}", f"make it with: {made_by}")
    footprint, tables, missing = None, None, "its curves are not there: dvc pull reports/footprint"
    if (root / FOOTPRINT).is_dir():
        try:
            (footprint, tables), missing = read_footprint(root / "reports"), ""
        except SensorscapeError as error:  # an older version's, or damaged: the metrics can still be compared
            missing = f"its curves cannot be read: {error.message}"
    others = (root / UNDEFINED, root / "params.yaml")
    undefined, params = (path.read_text("utf-8") if path.is_file() else None for path in others)
    return _side(name, "", (metrics.read_text("utf-8"), undefined, params), (footprint, tables, missing))


def _side(name: str, commit: str, texts: tuple[str, str | None, str | None], curves: Curves) -> Side:
    """A side from the texts of metrics.json, undefined.json and params.yaml (None: not there)."""
    metrics = _json(texts[0], name, METRICS)
    params = flat(yaml.safe_load(texts[2] or "{}") or {})
    trained = any(f"sensors.{sensor}.table" not in params for sensor in metrics)
    return Side(
        name=name,
        commit=commit,
        metrics=metrics,
        undefined=_json(texts[1] or "{}", name, UNDEFINED),
        params=params,
        footprint=curves[0],
        tables=curves[1],
        missing=curves[2],
        synthetic=trained and params.get("dataset.path") == SYNTHETIC_FILE,
    )


def _cached(project: Project, commit: str) -> Curves:
    """The footprint's files out of DVC's cache, or why they cannot be had."""
    fetch = f"its curves are not in DVC's cache: dvc fetch --rev {commit[:12]} {FOOTPRINT}"
    digest = outputs_of(_shown(project, commit, "dvc.lock") or "").get(FOOTPRINT)
    files = cached_folder(project, digest) if digest else {}
    if not files or not all(path.is_file() for path in files.values()):
        return None, None, fetch
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for relative, path in files.items():
            (folder / relative).symlink_to(path)
        try:
            footprint: dict[str, Any] = json.loads((folder / "footprint.json").read_text("utf-8"))
            return footprint, read_tables(folder, TABLES), ""
        except (OSError, ValueError, SensorscapeError):
            return None, None, "its curves were written by another version of sensorscape"


def _shown(project: Project, commit: str, path: str) -> str | None:
    return git(project.main, "show", f"{commit}:./{path}")


def _json(content: str, name: str, path: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(content)
    except ValueError as error:
        raise SensorscapeError(f"{name}: {path} is not JSON: {error}", "make it again with: dvc repro footprint") from error
    return found
