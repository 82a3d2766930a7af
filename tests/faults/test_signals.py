"""Signals to DVC: a stage ends with the DVC that started it, whoever was told to end; nothing goes on writing unseen."""

import os
import signal
import subprocess

import psutil
import pytest
from waiting import wait_for


def start(project, *command, **variables):
    """A command in a process group of its own, as a shell would start it."""
    return subprocess.Popen(
        command,
        cwd=project.root,
        env=project.environment | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def below(project):
    """Living processes that stand in the project's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(project.root)):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("whom", ["dvc alone", "dvc alone, killed", "the group"])
def test_no_orphan_goes_on_and_the_next_run_finishes(run_project, trap, hashes, tmp_path, whom):
    before, mark = hashes(run_project), tmp_path / "reached"
    dvc = start(run_project, "dvc", "repro", "-f", "-s", "register", **trap("sensorscape.files:write_json", f"touch={mark}"))
    wait_for(mark.exists)
    if whom == "the group":
        os.killpg(dvc.pid, signal.SIGTERM)
    else:
        dvc.send_signal(signal.SIGKILL if "killed" in whom else signal.SIGTERM)
    dvc.wait(30)
    wait_for(lambda: not below(run_project), 30)
    run_project.run("dvc", "repro")
    assert hashes(run_project) == before
    assert run_project.run("sensorscape", "status").returncode == 0


def test_training_that_lost_its_dvc_ends_and_is_taken_up_again(new_project, trap, ledger, tmp_path):
    project, mark = new_project(changes={"sensor": ["s1"]}), tmp_path / "reached"
    dvc = start(project, "dvc", "repro", "train", **trap("sensorscape.registry.store:log_run", f"touch={mark}", 3))
    wait_for(mark.exists, 120)
    finished = {path.name for path in (project.root / ".sensorscape" / "runs").glob("*") if (path / "record.json").exists()}
    assert len(finished) >= 3
    dvc.terminate()
    dvc.wait(30)
    wait_for(lambda: not below(project), 60)
    written = {path: path.stat().st_mtime_ns for path in (project.root / ".sensorscape" / "runs").glob("*/record.json")}
    project.run("dvc", "repro", "train")
    assert finished <= set(ledger(project))
    assert {path: path.stat().st_mtime_ns for path in written if path.exists()} == written
