import hashlib
import json
import subprocess

import pytest
import yaml
from footprint_frames import Made

from sensorscape.commands import sides
from sensorscape.errors import SensorscapeError
from sensorscape.project import Project

MADE = Made(("s1", "s2"), n=4, steps=4, replay=False)


def git(root, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def cache(root, content):
    """Put bytes where DVC's cache would have them; returns the MD5."""
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path = root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return digest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one committed footprint whose curves are in DVC's cache, as `dvc repro` and `git commit` leave it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = tmp_path / "project"
    MADE.write(root / "reports")
    (root / "params.yaml").write_text("study: tiny\ntraining:\n  batch: 64\n")
    (root / "dvc.yaml").write_text("stages: {}\n")
    files = [{"md5": cache(root, path.read_bytes()), "relpath": path.name} for path in sorted((root / "reports/footprint").iterdir())]
    listing = json.dumps(files, sort_keys=True).encode()
    folder = hashlib.md5(listing, usedforsecurity=False).hexdigest()
    place = root / ".dvc/cache/files/md5" / folder[:2] / f"{folder[2:]}.dir"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(listing)
    lock = {
        "schema": "2.0",
        "stages": {"footprint": {"cmd": "x", "outs": [{"path": "reports/footprint", "hash": "md5", "md5": f"{folder}.dir"}]}},
    }
    (root / "dvc.lock").write_text(yaml.safe_dump(lock))
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "params.yaml", "dvc.yaml", "dvc.lock", "reports/metrics.json", "reports/undefined.json")
    git(root, "commit", "-q", "-m", "a study")
    return Project(root, root)


def test_a_revision_is_read_from_git_and_the_cache(project):
    found = sides.read(project, "main")
    assert found.commit == git(project.root, "rev-parse", "HEAD")
    assert found.metrics == MADE.metrics
    assert found.undefined == MADE.undefined
    assert found.params == {"study": "tiny", "training.batch": 64}
    assert found.footprint == MADE.footprint
    assert len(found.tables["means"]) == len(MADE.tables["means"])
    assert found.missing == ""


def test_an_experiment_is_found_by_its_name(project):
    commit = git(project.root, "rev-parse", "HEAD")
    git(project.root, "update-ref", "refs/exps/ab/cdef/stark-bird", commit)
    assert sides.read(project, "stark-bird").commit == commit


def test_tags_and_short_commits_are_revisions(project):
    git(project.root, "tag", "v1")
    assert sides.read(project, "v1").metrics == MADE.metrics
    assert sides.read(project, git(project.root, "rev-parse", "--short", "HEAD")).metrics == MADE.metrics


def test_the_workspace_is_what_lies_there(project):
    changed = {"s1": {"mean": 0.123}}
    (project.root / "reports/metrics.json").write_text(json.dumps(changed))
    assert sides.read(project, "workspace").metrics == changed
    assert sides.read(project, "main").metrics == MADE.metrics


@pytest.mark.parametrize(
    ("params", "synthetic"),
    [
        ({"dataset": {"path": "data/raw/synthetic.h5"}, "sensors": {"s1": {"sen1": "all"}}}, True),
        ({"dataset": {"path": "data/external/training.h5"}}, False),
        ({"dataset": {"path": "data/raw/synthetic.h5"}, "sensors": {name: {"table": "t.csv"} for name in ("s1", "s2")}}, False),
    ],
)
def test_it_is_known_whether_its_data_are_synthetic(project, params, synthetic):
    (project.root / "params.yaml").write_text(yaml.safe_dump(params))
    assert sides.read(project, "workspace").synthetic is synthetic


def test_curves_that_the_cache_lacks_are_named_with_the_command(project):
    for path in (project.root / ".dvc/cache").rglob("*.dir"):
        path.unlink()
    found = sides.read(project, "main")
    assert found.footprint is None
    assert found.missing.startswith("its curves are not in DVC's cache: dvc fetch --rev")


def test_another_project_is_named_by_its_folder(project, tmp_path):
    other = tmp_path / "other"
    Made(("s1",), n=3, steps=3, replay=False).write(other / "reports")
    found = sides.read(project, str(other))
    assert set(found.metrics) == {"s1"}
    assert found.commit == ""
    assert found.footprint is not None


@pytest.mark.parametrize("name", ["nosuch", "--help", "../nowhere"])
def test_what_is_no_footprint_is_refused(project, name):
    with pytest.raises(SensorscapeError, match="dvc exp list"):
        sides.read(project, name)


def test_a_revision_without_a_footprint_is_refused(project):
    git(project.root, "rm", "-q", "--cached", "reports/metrics.json")
    git(project.root, "commit", "-q", "-m", "without")
    with pytest.raises(SensorscapeError, match=r"has no reports/metrics\.json"):
        sides.read(project, "HEAD")


def test_parameters_become_dotted_keys():
    assert sides.flat({"a": 1, "b": {"c": [1, 2], "d": {"e": None}}}) == {"a": 1, "b.c": [1, 2], "b.d.e": None}


def test_a_partial_footprint_is_a_side_of_its_own(project):
    with pytest.raises(SensorscapeError, match=r"(?s)partial: there is no.*sensorscape report --partial"):
        sides.read(project, "partial")
    Made(("s2",), n=4, steps=4, replay=False).write(project.work / "partial" / "reports")
    assert set(sides.read(project, "partial").metrics) == {"s2"}


def test_another_project_that_only_has_a_partial_footprint_is_found(project, tmp_path):
    other = tmp_path / "other"
    Made(("s1",), n=4, steps=4, replay=False).write(other / ".sensorscape" / "partial" / "reports")
    assert set(sides.read(project, str(other)).metrics) == {"s1"}


def test_a_folder_whose_curves_are_of_another_version_still_has_its_metrics(project):
    path = project.root / "reports" / "footprint" / "means.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("mean_low", "mean_lower"), encoding="utf-8")
    found = sides.read(project, "workspace")
    assert found.footprint is None
    assert "other columns" in found.missing
    assert set(found.metrics) == {"s1", "s2"}
