"""What all stages share: their parameters, messages instead of tracebacks, and an end when DVC has ended."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.stages import runner

CHECKOUT = Path(__file__).parents[3]


def test_the_sections_of_a_stage_are_its_keyword_only_arguments():
    def run(project, *, walk, population): ...

    assert runner.sections(SimpleNamespace(run=run)) == ("walk", "population")


def test_a_stage_gets_its_own_sections_only(tmp_path, monkeypatch):
    received = {}

    def run(project, *, walk, study):
        received.update(walk=walk, study=study)

    monkeypatch.setitem(sys.modules, "sensorscape.stages.sample", SimpleNamespace(run=run))
    (tmp_path / "params.yaml").write_text((CHECKOUT / "params.yaml").read_text())
    runner.run_stage("sample", Project(tmp_path, tmp_path))
    assert received["study"] == "embedded"
    assert received["walk"].length == 40


def test_an_unknown_stage_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(SensorscapeError, match="'tarin' is not a stage"):
        runner.run_stage("tarin", Project(tmp_path, tmp_path))


def test_what_a_user_can_mend_is_a_message_and_exit_code_2(tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text("sensor: nosuch\n")
    monkeypatch.chdir(tmp_path)
    assert runner.main(["sample"]) == 2
    told = capsys.readouterr().err
    assert "params.yaml: " in told
    assert "training: is missing" in told


def test_an_interrupt_is_exit_code_130(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_stage", interrupted)
    monkeypatch.chdir(CHECKOUT)
    assert runner.main(["sample"]) == 130
    assert "what was finished is kept" in capsys.readouterr().err


def test_no_dvc_above_means_nothing_is_watched(monkeypatch):
    monkeypatch.setattr(psutil.Process, "parents", lambda self: [])
    before = set(psutil.Process().threads())
    runner.end_with_dvc()
    assert len(psutil.Process().threads()) == len(before)


def test_a_stage_ends_when_its_dvc_is_killed(tmp_path):
    stage = tmp_path / "stage.py"
    stage.write_text(
        "import time\nfrom sensorscape.stages.runner import end_with_dvc\nend_with_dvc()\nprint('at work', flush=True)\ntime.sleep(60)\n"
    )
    dvc = tmp_path / "dvc"
    dvc.write_text(
        textwrap.dedent(f"""\
        import subprocess, sys
        child = subprocess.Popen([{sys.executable!r}, {str(stage)!r}], stdout=subprocess.PIPE, text=True)
        child.stdout.readline()
        print(child.pid, flush=True)
        child.wait()
        """)
    )
    parent = subprocess.Popen(
        [sys.executable, str(dvc)], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(CHECKOUT / "src")}
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 15
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
