"""The fleet with real worker processes: everything ends, whatever becomes of one run or one worker."""

import multiprocessing
import os
import signal
import time
from collections import deque

import psutil
import pytest
from training_runs import DEEP, SMALL, TRIVIAL, WIDE, place_of, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.training import checkpoint, record
from sensorscape.training.fleet import Fleet, Task, _Worker
from sensorscape.training.worker import Worker

RUNS = [run_of(cell=cell) for cell in (SMALL, TRIVIAL, DEEP)]
LONG = run_of(cell=WIDE, budgets=(1, 3000), epochs=3000)


def children():
    return [child for child in multiprocessing.active_children() if child.name == "sensorscape-worker"]


def without_times(found):
    return [{k: v for k, v in value.items() if k != "seconds"} for value in found["evaluations"].values()], found["weights"]


def test_every_run_ends_as_it_would_in_one_process_and_no_worker_stays(tmp_path):
    place = place_of(tmp_path)
    ended = {run.fingerprint: found for run, found in Fleet(place, 2).run(RUNS)}
    alone = Worker(place_of(tmp_path, work=tmp_path / "alone"))
    assert {key: without_times(found) for key, found in ended.items()} == {run.fingerprint: without_times(alone.train(run)) for run in RUNS}
    assert children() == []


def test_a_run_that_diverges_is_recorded_and_the_others_go_on(tmp_path):
    impossible = run_of(cell=SMALL, budgets=(1,), epochs=1, learning_rate=1e30, weight_decay=0.1, momentum=0.0)
    ended = {run.fingerprint: found for run, found in Fleet(place_of(tmp_path), 1).run([impossible, *RUNS])}
    assert ended[impossible.fingerprint]["outcome"] == "diverged"
    assert [ended[run.fingerprint]["outcome"] for run in RUNS] == ["finished"] * 3


def test_a_full_disk_or_a_missing_subset_stops_the_fleet_with_the_message(tmp_path):
    place = place_of(tmp_path)
    place.subset.unlink()
    with pytest.raises(SensorscapeError, match="is missing"):
        list(Fleet(place, 1).run(RUNS))
    assert children() == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_run_goes_on_from_its_checkpoint(tmp_path):
    place = place_of(tmp_path, checkpoint_seconds=0.0)
    run = run_of(cell=WIDE, budgets=(1, 60), epochs=60)
    fleet = Fleet(place, 1)
    ended = fleet.run([run])
    path = place.folder(run.fingerprint) / checkpoint.NAME

    def kill_when_under_way(_):
        if path.exists() and not killed:
            killed.append(children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    killed = []
    fleet.progress = kill_when_under_way
    found = {r.fingerprint: f for r, f in ended}[run.fingerprint]
    assert killed
    assert found["outcome"] == "finished"
    assert found["environment"]["resumed"] >= 1
    whole = Worker(place_of(tmp_path, work=tmp_path / "whole")).train(run)
    assert without_times(found) == without_times(whole)


@pytest.mark.slow
def test_closing_the_fleet_stops_the_workers_within_seconds_and_leaves_checkpoints(tmp_path):
    place = place_of(tmp_path)
    ended = Fleet(place, 2).run([LONG, RUNS[0]])
    assert next(ended)[0].fingerprint == RUNS[0].fingerprint
    deadline = time.monotonic() + 30
    while not place.lock(LONG.fingerprint).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    began = time.monotonic()
    ended.close()
    assert time.monotonic() - began < 20
    assert (place.folder(LONG.fingerprint) / checkpoint.NAME).exists()
    assert children() == []


@pytest.mark.slow
def test_a_run_that_another_process_trains_is_waited_for(tmp_path):
    from filelock import FileLock

    place = place_of(tmp_path)
    place.lock(RUNS[0].fingerprint).parent.mkdir(parents=True)
    lock = FileLock(place.lock(RUNS[0].fingerprint))
    lock.acquire()
    ended = Fleet(place, 1).run(RUNS[:2])
    first = next(ended)[0]
    assert first.fingerprint == RUNS[1].fingerprint
    lock.release()
    assert next(ended)[0].fingerprint == RUNS[0].fingerprint
    assert list(ended) == []


class Scripted(Fleet):
    """A fleet whose workers say what the test wants; nothing is trained."""

    def __init__(self, place, script):
        super().__init__(place, 2)
        self.script, self.orders = script, []

    def run(self, runs):
        from collections import deque

        from sensorscape.training.fleet import Task

        tasks, done = deque(Task(run) for run in runs), []
        self._alone = deque()
        while tasks or self._alone:
            task = tasks.popleft() if tasks else self._alone.popleft()
            self.orders.append((task.run.fingerprint, task.attempt))
            kind, value = self.script(task)
            worker = type("Idle", (), {"task": task})()
            done += self._understand(worker, kind, value)
        return done


def test_a_run_out_of_memory_is_tried_alone_then_recomputed_then_recorded(tmp_path):
    place = place_of(tmp_path)
    fleet = Scripted(place, lambda task: ("memory", "20 GiB wanted"))
    [(run, found)] = fleet.run(RUNS[:1])
    assert [attempt for _, attempt in fleet.orders] == [0, 1, 2]
    assert found["outcome"] == "out_of_memory"
    assert "20 GiB wanted" in found["reason"]
    assert record.read(place.folder(run.fingerprint), run.fingerprint) == found


def test_runs_that_failed_for_memory_come_after_all_others(tmp_path):
    fleet = Scripted(place_of(tmp_path), lambda task: ("memory", "") if task.attempt == 0 and task.run is RUNS[0] else ("done", {}))
    fleet.run(RUNS)
    assert fleet.orders == [(RUNS[0].fingerprint, 0), (RUNS[1].fingerprint, 0), (RUNS[2].fingerprint, 0), (RUNS[0].fingerprint, 1)]


def test_an_unforeseen_error_is_a_recorded_failure(tmp_path):
    fleet = Scripted(place_of(tmp_path), lambda task: ("failed", "ValueError: what (loop.py:1)"))
    [(_, found)] = fleet.run(RUNS[:1])
    assert (found["outcome"], found["reason"]) == ("failed", "ValueError: what (loop.py:1)")


class Gone:
    """The process and the pipe of a worker that has ended."""

    exitcode = 0

    def close(self):
        pass


def test_a_broken_device_costs_its_worker_and_the_run_goes_on_in_another(tmp_path):
    """Errors of a GPU's kernels stay with a process: the next run of the same worker would fail as well."""
    fleet = Fleet(place_of(tmp_path), 1)
    fleet._alone = deque()
    task = Task(RUNS[0])
    for attempt in range(3):
        worker = _Worker(Gone(), Gone(), task)
        fleet._workers = [worker]
        assert fleet._understand(worker, "broken", "cuda:0 stopped working: launch failure") == []
        assert worker.task is task  # nothing new is given to it
        ended = fleet._mourn(worker)
        assert (ended == []) == (attempt < 2)
        assert not fleet._workers
    [(_, found)] = ended
    assert found["outcome"] == "failed"
    assert "cuda:0 stopped working: launch failure; also alone" in found["reason"]


@pytest.mark.faults
def test_workers_end_when_their_driver_is_killed(tmp_path):
    import subprocess
    import sys
    import textwrap
    from pathlib import Path

    place_of(tmp_path)
    code = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[2] / "material")!r})
        from pathlib import Path
        from training_runs import WIDE, place_of, run_of
        from sensorscape.training.fleet import Fleet, Task, _Worker
        if __name__ == "__main__":
            run = run_of(cell=WIDE, budgets=(1, 100000), epochs=100000)
            list(Fleet(place_of(Path({str(tmp_path)!r})), 1, lambda news: print("under way", flush=True)).run([run]))
    """
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(code))
    driver = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert "under way" in driver.stdout.readline()
    workers = psutil.Process(driver.pid).children(recursive=True)
    driver.kill()
    driver.wait()
    _, alive = psutil.wait_procs(workers, timeout=15)
    assert alive == []
    fingerprint = run_of(cell=WIDE, budgets=(1, 100000), epochs=100000).fingerprint
    assert (tmp_path / "work" / "runs" / fingerprint / checkpoint.NAME).exists()
