"""The same runs on a Ray cluster of two nodes, one of which is killed in the middle."""

import os
from pathlib import Path

import pytest
from training_runs import DEEP, SMALL, TRIVIAL, WIDE, place_of, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.training import record
from sensorscape.training.worker import Worker

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
def test_a_lost_worker_s_cell_is_tried_twice_more_then_recorded(place, kind, outcome):
    task, answers = cluster._Task(run_of()), Answers(place)
    for attempt in (1, 2):
        assert answers(task, kind, "why", None) == ([], [task])
        assert task.attempt == attempt
    [(_, found)], waiting = answers(task, kind, "why", None)
    assert waiting == []
    assert (found["outcome"], found["reason"]) == (outcome, "why")


def test_an_error_in_a_cell_is_recorded_at_once_and_one_to_mend_is_raised(place):
    [(_, found)], _ = Answers(place)(cluster._Task(run_of()), "failed", "ValueError: what", None)
    assert found["outcome"] == "failed"
    with pytest.raises(SensorscapeError, match="the disk is full"):
        Answers(place)(cluster._Task(run_of()), "mend", ("the disk is full", "free space"), None)


def test_workers_that_cannot_begin_end_the_study_with_the_message(place, monkeypatch):
    fleet, idle = cluster.Cluster(place, None, 1), []
    answers = [("no GPU on this node", "set device: cpu"), None]
    monkeypatch.setattr(cluster.ray, "get", lambda _: answers.pop(0))
    with pytest.raises(SensorscapeError, match="no GPU on this node"):
        fleet._greet("reference", "actor", idle)
    fleet._greet("reference", "actor", idle)
    assert idle == ["actor"]

    def died(_):
        raise ray.exceptions.RayActorError

    monkeypatch.setattr(cluster.ray, "get", died)
    for _ in range(9):
        fleet._greet("reference", "actor", idle)
    with pytest.raises(SensorscapeError, match="10 workers in a row died"):
        fleet._greet("reference", "actor", idle)
    assert idle == ["actor"]


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
