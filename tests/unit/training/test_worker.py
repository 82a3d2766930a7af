"""A worker leaves every run it ends on disk, can be stopped at any moment, and goes on where it was."""

import gc
import sys
import weakref

import pytest
import torch
from filelock import FileLock
from training_runs import DEEP, SMALL, place_of, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.training import checkpoint, record, worker
from sensorscape.training.interruption import StoppedError
from sensorscape.training.worker import BrokenDeviceError, BusyError, OutOfMemoryError, Worker

RUN = run_of(cell=DEEP)


@pytest.fixture
def place(tmp_path):
    return place_of(tmp_path)


def without_times(found):
    evaluations = {key: {k: v for k, v in value.items() if k != "seconds"} for key, value in found["evaluations"].items()}
    return evaluations, found["history"]["loss"], found["weights"]


class StopAfter(Worker):
    """A worker that is sent SIGTERM after some steps."""

    def __init__(self, place, steps):
        self.left = steps
        super().__init__(place)

    def _run(self, training, folder, environment):
        step = training._update

        def counted(*arguments):
            step(*arguments)
            self.left -= 1
            if self.left == 0:
                self.interruption.request()

        training._update = counted
        super()._run(training, folder, environment)


def test_a_run_leaves_its_record_and_its_weights(place):
    found = Worker(place).train(RUN)
    folder = place.folder(RUN.fingerprint)
    assert found["outcome"] == "finished"
    assert record.read(folder, RUN.fingerprint) == found
    assert sha256_file(folder / record.WEIGHTS) == found["weights"]["sha256"]
    assert not (folder / checkpoint.NAME).exists()
    assert found["environment"]["torch"] == str(torch.__version__)


def test_a_finished_run_is_found_and_not_trained_again(place):
    first = Worker(place).train(RUN)
    assert Worker(place).train(RUN) == first


@pytest.mark.parametrize("steps", [1, 4, 5, 6, 14])
def test_a_stopped_worker_leaves_a_checkpoint_from_which_the_run_ends_as_if_nothing_had_been(tmp_path, steps):
    whole = Worker(place_of(tmp_path / "whole")).train(RUN)
    place = place_of(tmp_path / "stopped")
    with pytest.raises(StoppedError):
        StopAfter(place, steps).train(RUN)
    assert (place.folder(RUN.fingerprint) / checkpoint.NAME).exists()
    assert record.read(place.folder(RUN.fingerprint), RUN.fingerprint) is None
    again = Worker(place).train(RUN)
    assert without_times(again) == without_times(whole)
    assert again["environment"]["resumed"] == 1


def test_checkpoints_are_written_by_time(place, monkeypatch):
    saved = []
    monkeypatch.setattr(Worker, "_save", lambda self, training, *_: saved.append(training.step))
    Worker(place_of(place.subset.parent, checkpoint_seconds=0.0)).train(RUN)
    assert len(saved) == 3 * 5 + 2  # after every step and after both evaluations


@pytest.mark.parametrize("damage", ["truncated", "another run"])
def test_a_checkpoint_that_cannot_be_continued_is_kept_aside_with_a_message(tmp_path, damage, capsys):
    whole = Worker(place_of(tmp_path / "whole")).train(RUN)
    place = place_of(tmp_path / "damaged")
    other = RUN if damage == "truncated" else run_of(cell=SMALL)
    with pytest.raises(StoppedError):
        StopAfter(place, 4).train(other)
    path = place.folder(RUN.fingerprint) / checkpoint.NAME
    content = (place.folder(other.fingerprint) / checkpoint.NAME).read_bytes()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content[:-100] if damage == "truncated" else content)
    assert without_times(Worker(place).train(RUN)) == without_times(whole)
    assert (path.parent / "checkpoint.damaged").exists()
    said = capsys.readouterr().err
    assert ("truncated" if damage == "truncated" else "belongs to the run") in said
    assert "begins again" in said


def test_a_run_that_another_process_trains_is_left_to_it(place):
    place.lock(RUN.fingerprint).parent.mkdir(parents=True)
    with FileLock(place.lock(RUN.fingerprint)), pytest.raises(BusyError):
        Worker(place).train(RUN)


def test_divergence_is_an_outcome(place):
    run = run_of(learning_rate=1e30, momentum=0.0, weight_decay=0.1)
    found = Worker(place).train(run)
    assert (found["outcome"], found["weights"]) == ("diverged", None)
    assert "loss" in found["reason"]


def test_the_time_limit_is_an_outcome_and_says_which_limit(place):
    found = Worker(place).train(run_of(time_limit=1e-6))
    assert (found["outcome"], found["environment"]["time_limit"]) == ("timed_out", 1e-6)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:128] err == 0. DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_memory_that_runs_out_is_told_from_other_errors(place, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(worker.Training, "train", fail)
    with pytest.raises(OutOfMemoryError):
        Worker(place).train(RUN)


def test_what_did_not_fit_is_gone_before_the_memory_is_given_back(place, monkeypatch):
    """The error's frames hold the training: nothing can be given back to a GPU as long as they live."""
    left, seen = [], []

    def fail(training, **_):
        left.append(weakref.ref(training))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    release = Worker._release

    def watched(one):
        release(one)
        seen.append([reference() for reference in left])

    monkeypatch.setattr(worker.Training, "train", fail)
    monkeypatch.setattr(Worker, "_release", watched)
    with pytest.raises(OutOfMemoryError):
        Worker(place).train(RUN)
    assert seen[-1] == [None]


def test_a_training_that_ended_is_gone_with_its_data_at_once(place, monkeypatch):
    """No circle of references: the collector, which comes seldom, is off."""
    trainings, feeds = [], []
    begin, opened = worker.Training.__init__, worker.open_feed

    def watched(self, *arguments, **keywords):
        begin(self, *arguments, **keywords)
        trainings.append(weakref.ref(self))

    def open_watched(*arguments, **keywords):
        feed = opened(*arguments, **keywords)
        feeds.append(weakref.ref(feed.train))
        return feed

    monkeypatch.setattr(worker.Training, "__init__", watched)
    monkeypatch.setattr(worker, "open_feed", open_watched)
    monkeypatch.setattr(worker.gc, "collect", lambda: 0)
    one = Worker(place)
    gc.disable()
    try:
        for seed, definition in enumerate(({"sen1": "all"}, {"sen2": "all"}) * 3):
            one.train(run_of(seed=seed, definition=definition))
        assert [reference() for reference in trainings] == [None] * 6
        assert [reference() for reference in feeds[:-1]] == [None] * 5
    finally:
        gc.enable()


def test_a_device_that_stops_working_is_no_failure_of_the_cell(place, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(worker.Training, "train", fail)
    monkeypatch.setattr(worker, "_works", lambda device: False)
    with pytest.raises(BrokenDeviceError, match="stopped working: CUDA error: unspecified launch failure"):
        Worker(place).train(RUN)
    assert not (place.folder(RUN.fingerprint) / "record.json").exists()


def test_float32_is_float32_on_a_gpu_too():
    worker.prepare_process()
    assert not torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "highest"


def test_auto_says_that_a_driver_is_too_old_for_the_gpu_that_is_there(monkeypatch, capsys):
    def too_old():
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).")

    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", too_old)
    assert worker.open_device("auto").type == "cpu"
    assert "auto takes the CPU: the NVIDIA driver is too old" in capsys.readouterr().err


def test_other_errors_are_not_taken_for_memory(place, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(worker.Training, "train", fail)
    with pytest.raises(RuntimeError, match="shapes differ"):
        Worker(place).train(RUN)


def test_a_device_that_is_not_there_is_named_with_the_way_out():
    name = "cuda:99" if torch.cuda.is_available() else "cuda"
    with pytest.raises(SensorscapeError, match=r"device: cuda.*") as caught:
        worker.open_device(name)
    assert "machine.yaml" in caught.value.hint


def test_a_driver_too_old_for_this_torch_is_named_as_such(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).")

    monkeypatch.setattr(torch.version, "cuda", "12.9")
    monkeypatch.setattr(torch, "zeros", fail)
    with pytest.raises(SensorscapeError, match=r"driver is too old for torch .* built for CUDA 12\.9") as caught:
        worker.open_device("cuda:0")
    assert "update the driver" in caught.value.hint


def test_progress_is_reported(place, monkeypatch):
    monkeypatch.setattr(worker, "_REPORT_SECONDS", 0.0)
    heard = []
    Worker(place, heard.append).train(RUN)
    images = [news["images"] for news in heard]
    assert images == sorted(images)
    assert images[-1] == 120
    assert heard[-1]["fingerprint"] == RUN.fingerprint
    assert heard[-1]["kappa"] is not None


def test_importing_the_driver_s_modules_does_not_load_torch():
    import subprocess

    code = (
        "import sys, sensorscape.training.fleet, sensorscape.training.plan, sensorscape.training.executor, sensorscape.training.progress;"
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
