"""`sensorscape study NAME`: what an overlay changes in params.yaml, and what it refuses to overwrite."""

import re

import pytest
from typer.testing import CliRunner

from sensorscape import params
from sensorscape.cli import app
from sensorscape.errors import ConfigError, SensorscapeError


@pytest.fixture
def project(tiny_project, monkeypatch):
    """A committed project that the command stands in."""
    monkeypatch.chdir(tiny_project.root)
    return tiny_project


def invoke(*arguments):
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_the_overlay_is_merged_and_comments_stay(project):
    before = (project.root / "params.yaml").read_text()
    invoke("study", "paper")
    after = (project.root / "params.yaml").read_text()
    assert params.load(project.root / "params.yaml").study == "paper"
    assert after.count("#") == before.count("#")
    assert params.load(project.root / "params.yaml").training.budgets == (4, 12, 36, 108)


def test_only_what_differs_is_touched(project):
    (project.root / "studies" / "small.yaml").write_text("study: small\nsensor: [s1, s2, fusion]\nsubset: {seed: 9, split: random}\n")
    before = params.read_yaml(project.root / "params.yaml")
    invoke("study", "small")
    assert params.read_yaml(project.root / "params.yaml") == before | {"study": "small", "subset": before["subset"] | {"seed": 9}}
    changed = [
        line for line in project.run("git", "diff", "-U0", "params.yaml").stdout.splitlines() if line.startswith("+ ") or line[:2] == "+s"
    ]
    assert len(changed) == 2, changed


def test_a_list_stays_on_its_line_with_its_comment(project):
    (project.root / "studies" / "two.yaml").write_text("sensor: [s2, s1]\n")
    invoke("study", "two")
    assert re.search(r"^sensor: \[s2, s1\] +# the sensors to train", (project.root / "params.yaml").read_text(), re.MULTILINE)


def test_uncommitted_changes_are_not_overwritten(project):
    path = project.root / "params.yaml"
    path.write_text(path.read_text() + "# mine\n")
    with pytest.raises(SensorscapeError, match="changes that are not committed"):
        invoke("study", "paper")
    assert path.read_text().endswith("# mine\n")


def test_an_unknown_study_is_told_with_the_known_ones(project):
    with pytest.raises(SensorscapeError, match="no study 'nosuch'") as caught:
        invoke("study", "nosuch")
    assert "paper, pilot" in caught.value.hint


def test_an_overlay_that_does_not_fit_changes_nothing(project):
    (project.root / "studies" / "wrong.yaml").write_text("walk: {budget: 7}\nsubset: {seed: -1}\n")
    before = (project.root / "params.yaml").read_text()
    with pytest.raises(ConfigError) as caught:
        invoke("study", "wrong")
    assert len(caught.value.problems) == 2
    assert (project.root / "params.yaml").read_text() == before
