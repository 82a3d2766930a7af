"""The same runs on a Ray cluster of two nodes, one of which is killed in the middle."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest
from training_runs import DEEP, SMALL, TRIVIAL, WIDE, place_of, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.project import Machine
from sensorscape.training import checkpoint, copies, executor, record
from sensorscape.training.worker import BrokenDeviceError, Worker

ray = pytest.importorskip("ray", reason="the extra `ray` is optional")
cluster = pytest.importorskip("sensorscape.training.cluster", reason="the extra `ray` is optional")
MATERIAL = str(Path(__file__).parents[2] / "material")
PATHS = os.pathsep.join([MATERIAL, str(Path(__file__).parents[3] / "src")])


def on_subset(place, run):
    """The run with the digest of the subset that is really there."""
    run.identity["subset"] = sha256_file(place.subset)
    return run


def without_times(found):
    return [{k: v for k, v in value.items() if k != "seconds"} for value in found["evaluations"].values()], found["weights"]


@pytest.fixture
def place(tmp_path):
    return place_of(tmp_path)


class Answers:
    """What a worker answers, one after the other."""

    def __init__(self, place):
        self.cluster = cluster.Cluster(place, None, 1)

    def __call__(self, task, *answer):
        from collections import deque

        waiting = deque()
        ended = list(self.cluster._understand(task, answer, waiting))
        return ended, list(waiting)


def test_record_and_weights_of_another_node_are_written_here(tmp_path, place):
    elsewhere = place_of(tmp_path, work=tmp_path / "elsewhere")
    run = run_of()
    found = Worker(elsewhere).train(run)
    weights = (elsewhere.folder(run.fingerprint) / record.WEIGHTS).read_bytes()
    ended, waiting = Answers(place)(cluster._Task(run), "done", found, weights)
    assert ended == [(run, found)]
    assert waiting == []
    assert record.read(place.folder(run.fingerprint), run.fingerprint) == found
    assert sha256_file(place.folder(run.fingerprint) / record.WEIGHTS) == found["weights"]["sha256"]


@pytest.mark.parametrize(("kind", "outcome"), [("lost", "failed"), ("memory", "out_of_memory")])
def test_a_cell_that_is_no_node_s_fault_is_tried_twice_more_alone_then_recorded(place, kind, outcome):
    task, answers = cluster._Task(run_of(), lost=True), Answers(place)
    for attempt in (1, 2):
        assert answers(task, kind, "why", None) == ([], [])
        assert list(answers.cluster._alone) == [task]
        assert answers.cluster._alone.pop().attempt == attempt
    [(_, found)], waiting = answers(task, kind, "why", None)
    assert waiting == []
    assert (found["outcome"], found["reason"]) == (outcome, "why")


def test_the_first_loss_of_a_worker_is_held_to_be_its_node_s(place):
    task, answers = cluster._Task(run_of()), Answers(place)
    assert answers(task, "lost", "why", None) == ([], [task])
    assert (task.attempt, list(answers.cluster._alone)) == (0, [])


def test_an_error_in_a_cell_is_recorded_at_once_and_one_to_mend_is_raised(place):
    [(_, found)], _ = Answers(place)(cluster._Task(run_of()), "failed", "ValueError: what", None)
    assert found["outcome"] == "failed"
    with pytest.raises(SensorscapeError, match="the disk is full"):
        Answers(place)(cluster._Task(run_of()), "mend", ("the disk is full", "free space"), None)


def answered(value=None, error=None):
    future = Future()
    future.set_exception(error) if error else future.set_result(value)
    return future


def test_workers_that_cannot_begin_end_the_study_with_the_message(place):
    fleet, idle = cluster.Cluster(place, None, 1), []
    with pytest.raises(SensorscapeError, match="no GPU on this node"):
        fleet._greet(answered(("no GPU on this node", "set device: cpu")), "actor", idle)
    fleet._greet(answered(), "actor", idle)
    assert idle == ["actor"]
    died = answered(error=ray.exceptions.RayActorError())
    for _ in range(9):
        fleet._greet(died, "actor", idle)
    with pytest.raises(SensorscapeError, match="10 workers in a row died"):
        fleet._greet(died, "actor", idle)
    assert idle == ["actor"]


class Actor:
    """An actor that notes what it is asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        return SimpleNamespace(remote=lambda: self.asked.append(name) or SimpleNamespace(future=answered))


def test_workers_that_train_are_asked_to_stop_before_they_are_killed_and_what_they_finish_is_kept(place, monkeypatch):
    idle, starting, one, other = (Actor() for _ in range(4))
    monkeypatch.setattr(cluster.ray, "kill", lambda actor: actor.asked.append("kill"))
    run, lost = run_of(), run_of(seed=1)
    found = record.make_record(run, place, outcome="diverged")
    under_way = {
        answered(("done", found, None)): (one, cluster._Task(run)),
        answered(error=ray.exceptions.RayActorError()): (other, cluster._Task(lost)),
    }
    cluster.Cluster(place, None, 1)._dismiss([idle], [starting], under_way)
    assert [actor.asked for actor in (idle, starting)] == [["leave", "kill"], ["kill"]]
    assert [actor.asked for actor in (one, other)] == [["stop", "leave", "kill"]] * 2
    assert record.read(place.folder(run.fingerprint), run.fingerprint) == found


def remote_on(place):
    remote = cluster.Remote(place, "0" * 64, [])
    remote.worker = Worker(place)
    return remote


def test_a_node_forgets_a_failure_that_it_remembers_and_keeps_what_it_finished(place):
    run, remote = run_of(), remote_on(place)
    folder = place.folder(run.fingerprint)
    for outcome in ("timed_out", "failed", "out_of_memory"):
        record.write(folder, record.make_record(run, place, outcome=outcome))
        kind, found, weights = remote.train(run, False)
        assert (kind, found["outcome"], bool(weights)) == ("done", "finished", True)
        assert remote.train(run, False) == (kind, found, weights)
        record.clear(folder)
    record.write(folder, found)
    assert remote.train(run, False)[2] == weights  # a record without its weights stands for nothing


def test_a_worker_that_is_asked_to_stop_leaves_a_checkpoint_and_goes_on_from_it(place):
    run, remote = run_of(), remote_on(place)
    remote.stop()
    assert remote.train(run, False) == ("stopped", None, None)
    assert (place.folder(run.fingerprint) / checkpoint.NAME).exists()
    kind, found, _ = remote.train(run, False)
    assert (kind, found["outcome"], found["environment"]["resumed"]) == ("done", "finished", 1)


def test_a_worker_whose_device_broke_is_lost_to_the_driver(place):
    remote = cluster.Remote(place, "", [])

    def broken(run, recompute):
        raise BrokenDeviceError("a kernel")

    remote.worker = SimpleNamespace(train=broken)
    with pytest.raises(BrokenDeviceError):
        remote.train(run_of(), False)


def test_a_node_that_has_the_driver_s_file_makes_no_copy_and_another_removes_its_own(tmp_path, place, monkeypatch):
    monkeypatch.setattr("sensorscape.training.worker.prepare_process", lambda: None)
    monkeypatch.setattr(copies.tempfile, "gettempdir", lambda: str(tmp_path / "temp"))
    monkeypatch.setattr(cluster.ray, "get", lambda piece: piece)
    (tmp_path / "temp").mkdir()
    content, sha256 = place.subset.read_bytes(), sha256_file(place.subset)
    here = cluster.Remote(place, sha256, [])
    assert here.begin() is None
    here.leave()
    assert here.place.subset == place.subset
    assert place.subset.exists()
    assert list((tmp_path / "temp").iterdir()) == []
    place.subset.write_bytes(b"of another study")
    there = cluster.Remote(place, sha256, [content[:1000], content[1000:]])
    assert there.begin() is None
    assert there.place.subset.read_bytes() == content
    assert there.place.subset != place.subset
    there.leave()
    assert not there.place.subset.exists()


@pytest.mark.parametrize(("workers", "most"), [("auto", 9), (1, 1), (3, 3)])
def test_the_cluster_decides_how_many_workers_unless_a_number_is_given(place, monkeypatch, workers, most):
    runs, machine = [run_of(seed=seed) for seed in range(9)], Machine(executor="ray", workers=workers)
    monkeypatch.setattr(executor.os, "sched_getaffinity", lambda _: {0})
    size = executor.workers_of(machine, "auto", runs, pixels=64, data_bytes=0)
    seen = []
    monkeypatch.setattr(cluster.Cluster, "run", lambda self, _: seen.append(self.size) or iter(()))
    list(executor.train_all(machine, place, runs, size, lambda _: None))
    assert seen == [most]
    monkeypatch.setattr(cluster, "_nodes", lambda: [{"CPU": 64.0}])
    assert cluster.Cluster(place, "auto", most)._room({"num_cpus": 1, "num_gpus": 0}) == most


def test_a_cluster_that_cannot_be_reached_is_named_with_the_way_out(place):
    with pytest.raises(SensorscapeError, match=r"ray_address 127\.0\.0\.1:1: the Ray cluster cannot be reached") as caught:
        list(cluster.Cluster(place, "127.0.0.1:1", 1).run([run_of()]))
    assert "executor: local" in caught.value.hint


@pytest.mark.nodes
def test_a_study_ends_as_on_one_machine_though_a_node_is_killed_in_the_middle(tmp_path, place, monkeypatch):
    from ray.cluster_utils import Cluster as Nodes

    monkeypatch.setenv("PYTHONPATH", PATHS)
    runs = [
        on_subset(place, run_of(cell=cell, seed=seed, budgets=(1, 40), epochs=40))
        for cell in (SMALL, TRIVIAL, DEEP, WIDE)
        for seed in (0, 1)
    ]
    alone = Worker(place_of(tmp_path, work=tmp_path / "alone"))
    expected = {run.fingerprint: without_times(alone.train(run)) for run in runs}
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 100 << 20})
    second = nodes.add_node(num_cpus=1, object_store_memory=100 << 20)
    nodes.wait_for_nodes()
    ray.init(address=nodes.address, log_to_driver=False)
    try:
        found = {}
        for run, made in cluster.Cluster(place, nodes.address, 2).run(runs):
            found[run.fingerprint] = made
            if len(found) == 2:
                nodes.remove_node(second, allow_graceful=False)
        assert {key: without_times(made) for key, made in found.items()} == expected
        assert all(record.read(place.folder(key), key) == made for key, made in found.items())
    finally:
        ray.shutdown()
        nodes.shutdown()


@pytest.fixture
def cores(monkeypatch):
    """A cluster that announces four cores, whatever this machine has."""
    monkeypatch.setenv("PYTHONPATH", PATHS)
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
    yield 4
    ray.shutdown()


def meeting(folder, enough):
    """Actors that wait up to a minute until `enough` of them live and say out of memory unless they find exactly so many, or are alone."""
    import psutil

    folder.mkdir()

    class Meeting(cluster.Remote):
        def begin(self):
            (folder / str(os.getpid())).touch()

        def alive(self):
            return sum(psutil.pid_exists(int(path.name)) for path in folder.iterdir())

        def train(self, run, recompute):
            share, deadline = ray.get_runtime_context().get_assigned_resources()["CPU"], time.monotonic() + 60
            wanted = enough if share == 1 else 1
            while (met := self.alive()) != wanted and time.monotonic() < deadline:
                time.sleep(0.1)
            if share == 1 and run.seed == 0:
                return "memory", "not alone", None
            reason = f"{met} workers, {share:g} cores, recompute {recompute}"
            return "done", record.make_record(run, self.place, outcome="diverged", reason=reason), None

    return Meeting


@pytest.mark.nodes
def test_auto_uses_all_cores_of_the_cluster_and_what_does_not_fit_runs_alone_on_a_node(tmp_path, place, cores, monkeypatch):
    monkeypatch.setattr(cluster, "Remote", meeting(tmp_path / "met", cores))
    monkeypatch.setattr(executor.os, "sched_getaffinity", lambda _: {0})
    runs, machine = [run_of(seed=seed) for seed in range(cores)], Machine(executor="ray")
    size = executor.workers_of(machine, "auto", runs, pixels=64, data_bytes=0)
    found = {run.seed: made["reason"] for run, made in executor.train_all(machine, place, runs, size, lambda _: None)}
    assert found.pop(0) == "1 workers, 4 cores, recompute False"
    assert set(found.values()) == {"4 workers, 1 cores, recompute False"}


@pytest.mark.nodes
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_driver_that_is_asked_to_end_leaves_checkpoints_and_the_next_goes_on_from_them(tmp_path, place, name):
    code = f"""
        import sys
        sys.path[:0] = {PATHS.split(os.pathsep)!r}
        from pathlib import Path
        from training_runs import WIDE, place_of, run_of
        from sensorscape.files import sha256_file
        from sensorscape.training.cluster import Cluster
        place, run = place_of(Path({str(tmp_path)!r})), run_of(cell=WIDE, budgets=(1, 400), epochs=400)
        run.identity["subset"] = sha256_file(place.subset)
        heard = lambda news: print("under way", flush=True)
        for _, found in Cluster(place, None, 1, heard).run([run]):
            print("ended", found["outcome"], "resumed", found["environment"].get("resumed"))
    """
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(code))
    command, environment = [sys.executable, str(script)], os.environ | {"PYTHONPATH": PATHS}
    driver = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "under way" in driver.stdout.readline()
    driver.send_signal(signal.Signals[name])
    _, said = driver.communicate(timeout=60)
    assert driver.returncode == {"SIGTERM": 143, "SIGINT": -signal.SIGINT}[name]
    assert "SIGTERM received" not in said
    assert [path.name for path in (place.work / "runs").glob("*/checkpoint")] == [checkpoint.NAME]
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert "ended finished resumed 1" in again.stdout
