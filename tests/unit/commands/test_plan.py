"""`sensorscape plan` says what a study will cost."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from sensorscape.cli import app
from sensorscape.stages import train
from sensorscape.training import probe


@pytest.fixture
def project(tiny_project, monkeypatch):
    monkeypatch.chdir(tiny_project.root)
    return tiny_project


def test_a_study_without_a_subset_names_the_command_that_makes_it(project):
    caught = CliRunner().invoke(app, ["plan"]).exception
    assert "dvc repro subset" in str(caught)


def test_runs_found_runs_left_and_hours_are_told(project, monkeypatch):
    ready = SimpleNamespace(planned=[], found={}, runs=[object()], patches=40, pixels=64, place=SimpleNamespace(device="cpu", classes=4))
    monkeypatch.setattr(train, "prepare", lambda *_, **__: ready)
    monkeypatch.setattr(probe, "estimate", lambda *_: 7200.0)
    monkeypatch.setattr("sensorscape.training.executor.workers_of", lambda *_, **__: 2)
    shown = CliRunner().invoke(app, ["plan"]).output
    assert "0 runs, 0 found already, 1 to train" in shown
    assert "about 60 min on cpu with 2 workers" in shown
