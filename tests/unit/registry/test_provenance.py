"""Where a run comes from: commit and dirtiness, without what `dvc repro` itself rewrites; and what a variant is."""

import subprocess

import pytest

from sensorscape.project import Project
from sensorscape.registry import provenance


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in ("DVC_ROOT", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(name, raising=False)

    def git(*words):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        return subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    (tmp_path / "reports").mkdir()
    for name in ("code.py", "dvc.lock", "params.yaml", "reports/metrics.json"):
        (tmp_path / name).write_text("study: a\n")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    return Project(tmp_path, tmp_path), git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("changed", "experiment", "dirty"),
    [
        (None, "", False),
        ("dvc.lock", "", False),
        ("reports/metrics.json", "", False),
        ("code.py", "", True),
        ("params.yaml", "", True),
        ("params.yaml", "happy-otter", False),
        ("code.py", "happy-otter", True),
    ],
)
def test_only_code_and_parameters_make_a_run_dirty(repository, monkeypatch, changed, experiment, dirty):
    project, commit = repository
    if experiment:
        monkeypatch.setenv("DVC_EXP_NAME", experiment)
    if changed:
        (project.root / changed).write_text("study: b\n")
    assert provenance.provenance(project) == {
        "commit": commit,
        "dirty": dirty,
        "experiment": experiment or None,
        "baseline": None,
    }


def test_outside_git_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = provenance.provenance(Project(tmp_path, tmp_path))
    assert (found["commit"], found["dirty"]) == (None, False)


def test_a_variant_is_an_experiment_with_other_parameters_than_its_baseline(repository, monkeypatch):
    project, commit = repository
    assert not provenance.is_variant(project)
    assert provenance.tag_prefix(project, "a") == "study.a"
    monkeypatch.setenv("DVC_EXP_NAME", "happy-otter")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", commit)
    (project.root / "params.yaml").write_text("# a comment\nstudy:   a\n")
    assert not provenance.is_variant(project), "equal values are no other parameters"
    (project.root / "params.yaml").write_text("study: b\n")
    assert provenance.is_variant(project)
    assert provenance.tag_prefix(project, "a") == "study.a.happy-otter"
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "0" * 40)
    assert provenance.is_variant(project), "an unknown baseline moves no alias"
