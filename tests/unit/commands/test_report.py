from types import SimpleNamespace

import pytest
from typer import Typer
from typer.testing import CliRunner

from sensorscape import params
from sensorscape.commands import report
from sensorscape.errors import SensorscapeError
from sensorscape.project import Project


@pytest.fixture
def project(tmp_path):
    """A workspace that was sampled but not trained."""
    (tmp_path / "models").mkdir()
    for name in report._COPIED:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw.txt").write_text("patches")
    return Project(tmp_path, tmp_path)


def test_without_partial_the_command_names_the_way(tmp_path):
    app = Typer()
    app.command()(report.report)
    done = CliRunner().invoke(app, [])
    assert isinstance(done.exception, SensorscapeError)
    assert "dvc repro" in str(done.exception)
    assert "--partial" in str(done.exception)


def test_nothing_trained_yet_is_said(project, monkeypatch):
    from sensorscape.stages import train

    planned = [SimpleNamespace(run=SimpleNamespace(fingerprint=str(number))) for number in range(78)]
    monkeypatch.setattr(train, "prepare", lambda *_, **__: SimpleNamespace(planned=planned, found={}))
    study = SimpleNamespace(**dict.fromkeys(params.Params.__dataclass_fields__))
    with pytest.raises(SensorscapeError, match="none of the study's 78 runs has ended yet"):
        report.draw_partial(project, study)
    assert not (project.root / "reports").exists()


def test_the_partial_workspace_is_fresh_and_outside_dvc_outputs(project):
    stale = project.work / "partial" / "models" / "runs.jsonl"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    root = report._workspace(project)
    assert root == project.work / "partial"
    assert not stale.exists()
    assert (root / "data" / "raw.txt").read_text() == "patches"
    assert (root / "models" / "population.json").is_file()
    assert (project.root / "data" / "raw.txt").is_file()  # the link goes, the data stay
    report._workspace(project)
    assert (project.root / "data" / "raw.txt").is_file()


def test_the_page_says_how_many_runs_it_lacks_and_that_they_are_not_missing_at_random():
    assert "12 of the study's 78 runs have ended" in report._progress(12, 78)
    assert "not at random" in report._progress(12, 78)
    assert "missing" not in report._progress(78, 78)
