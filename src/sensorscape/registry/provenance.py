"""Where a run or a study comes from: commit, dirtiness, experiment, baseline; and whether this is the main study."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sensorscape.project import Project
from sensorscape.registry.takeover import git

_OUTPUTS = ("dvc.lock", "reports")
"""What `dvc repro` itself rewrites in git: no sign of changed code or parameters."""


def provenance(project: Project) -> dict[str, Any]:
    """Commit, dirtiness and experiment of the workspace. No branch names: they move.

    Returns:
        ``commit`` (40 hex digits or None outside git), ``dirty`` (whether code or parameters differ from it; inside an experiment
        params.yaml may, since that is what an experiment changes), ``experiment`` and ``baseline`` (of ``dvc exp run``, else None).
    """
    commit = git(project.root, "rev-parse", "HEAD")
    left_out = [*_OUTPUTS, *(["params.yaml"] if project.in_experiment else [])]
    exclusions = [f":(exclude){name}" for name in left_out]
    changed = git(project.root, "status", "--porcelain", "--untracked-files=no", "--", ".", *exclusions)
    return {
        "commit": commit.strip() if commit else None,
        "dirty": bool(changed and changed.strip()),
        "experiment": os.environ.get("DVC_EXP_NAME") or None,
        "baseline": os.environ.get("DVC_EXP_BASELINE_REV") or None,
    }


def is_variant(project: Project) -> bool:
    """Whether this is an experiment whose parameters differ from its baseline's: it never moves an alias of the main study."""
    from sensorscape.params import read_yaml

    baseline = os.environ.get("DVC_EXP_BASELINE_REV")
    if not project.in_experiment or not baseline:
        return False
    before = git(project.main, "show", f"{baseline}:./params.yaml")
    return before is None or _parse(before) != read_yaml(project.root / "params.yaml")


def tag_prefix(project: Project, study: str) -> str:
    """What the tags of this study on runs begin with: ``study.<name>``; for a variant the experiment's name follows."""
    return f"study.{study}.{os.environ.get('DVC_EXP_NAME', 'variant')}" if is_variant(project) else f"study.{study}"


def run_tags(prefix: str, roles: Iterable[str], synthetic: str) -> dict[str, str]:
    """What a study says of its runs in the store as soon as they are there: their roles, and that their data are synthetic."""
    return {f"{prefix}.roles": ", ".join(roles)} | ({f"{prefix}.data": "synthetic"} if synthetic else {})


def _parse(text: str) -> Any:
    import tempfile

    from sensorscape.params import read_yaml

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path)
