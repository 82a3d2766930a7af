"""A training killed at any moment ends bit for bit where an undisturbed one ends; one asked to stop leaves a checkpoint in seconds."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from training_runs import DEEP, WIDE, place_of, run_of

from sensorscape.training import checkpoint, record

MATERIAL = Path(__file__).parents[1] / "material"

pytestmark = pytest.mark.faults

INSTANTS = 20
TRAIN = """
import sys
sys.path.insert(0, {material!r})
from pathlib import Path
import test_resume_runs as runs
from sensorscape.training.interruption import Interruption, StoppedError
from sensorscape.training.worker import Worker, prepare_process
prepare_process()
interruption = Interruption()
interruption.install()
print("ready", flush=True)
try:
    Worker(runs.place(Path(sys.argv[1])), interruption=interruption).train(runs.RUNS[sys.argv[2]])
except StoppedError:
    sys.exit(143)
"""


RUNS = {
    "rmsprop": run_of(cell=DEEP, budgets=(1, 5, 150), epochs=150, augmentation="flips+crops", optimiser="rmsprop", learning_rate=0.05),
    "long": run_of(cell=WIDE, budgets=(3000,), epochs=3000),
}
"""One of some seconds with everything in it that has a state, and one that does not end by itself."""


def place(folder):
    return place_of(folder, checkpoint_seconds=0.0)


@pytest.fixture
def start(tmp_path):
    """start(folder, run): a process that trains a run of `RUNS` and has loaded everything it needs."""
    place(tmp_path)  # writes the subset
    (tmp_path / "test_resume_runs.py").write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    started = []

    def begin(folder, name):
        code = TRAIN.format(material=str(MATERIAL))
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder), name], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def state(folder, name):
    """What a finished run left: its weights' bytes, and its record without times and origin."""
    here = place(folder).folder(RUNS[name].fingerprint)
    found = record.read(here, RUNS[name].fingerprint)
    evaluations = [{key: value for key, value in evaluation.items() if key != "seconds"} for evaluation in found["evaluations"].values()]
    history = {key: values for key, values in found["history"].items() if key != "seconds"}
    return (here / record.WEIGHTS).read_bytes(), evaluations, history, found["outcome"]


def test_killed_at_twenty_random_instants_a_run_ends_bit_for_bit_as_if_undisturbed(tmp_path, start):
    name = "rmsprop"
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    began = time.monotonic()
    assert start(whole, name).wait(120) == 0
    lasts = time.monotonic() - began
    saved = place(broken).folder(RUNS[name].fingerprint) / checkpoint.NAME
    draw, kills = random.Random(name), 0
    while kills < INSTANTS:
        before = saved.stat().st_mtime_ns if saved.exists() else 0
        process = start(broken, name)
        trains = draw.random() < 0.8  # most instants are counted from where this process trains, the others from where it begins to load
        while trains and process.poll() is None and not (saved.exists() and saved.stat().st_mtime_ns > before):
            time.sleep(0.01)
        try:
            process.wait(draw.uniform(0, 2 * lasts / INSTANTS))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            continue
        # it ended before the instant came: it must have ended well, and begins anew for the instants that are left
        assert process.returncode == 0
        assert state(broken, name) == state(whole, name)
        record.clear(place(broken).folder(RUNS[name].fingerprint))
    assert start(broken, name).wait(120) == 0
    assert state(broken, name) == state(whole, name)


def test_sigterm_ends_a_training_within_seconds_with_a_checkpoint(tmp_path, start):
    process = start(tmp_path, "long")
    saved = place(tmp_path).folder(RUNS["long"].fingerprint) / checkpoint.NAME
    deadline = time.monotonic() + 60
    while not saved.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    saved.unlink()
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(30) == 143
    assert time.monotonic() - began < 5
    plain, _ = checkpoint.load(saved, RUNS["long"].fingerprint)
    assert plain["step"] or plain["epoch"]


DRIVE = """
import sys
from pathlib import Path
import test_resume_runs as runs
from sensorscape.training.fleet import Fleet
if __name__ == "__main__":
    print("ready", flush=True)
    list(Fleet(runs.place(Path(sys.argv[1])), 1).run([runs.RUNS["long"]]))
"""


def test_the_children_of_a_killed_driver_end_with_a_checkpoint_and_the_next_goes_on_from_it(tmp_path, start):
    (tmp_path / "drive.py").write_text(DRIVE, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    driver = subprocess.Popen([sys.executable, str(tmp_path / "drive.py"), str(tmp_path)], env=environment, stdout=subprocess.DEVNULL)
    saved = place(tmp_path).folder(RUNS["long"].fingerprint) / checkpoint.NAME
    deadline = time.monotonic() + 90
    while not saved.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    children = psutil.Process(driver.pid).children(recursive=True)
    assert children
    driver.kill()
    driver.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    before, _ = checkpoint.load(saved, RUNS["long"].fingerprint)
    process = start(tmp_path, "long")
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    after, _ = checkpoint.load(saved, RUNS["long"].fingerprint)
    assert (after["epoch"], after["step"]) > (before["epoch"], before["step"])
    assert after["environment"]["resumed"] >= 1
