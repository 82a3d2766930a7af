"""Device and number of workers follow machine.yaml and the memory there is."""

import builtins
from types import SimpleNamespace

import pytest
from training_runs import place_of, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.project import Machine
from sensorscape.training import executor

RUNS = [run_of(seed=seed) for seed in range(9)]


def workers(machine=None, device="cpu", runs=RUNS, data_bytes=0):
    return executor.workers_of(machine or Machine(), device, runs, pixels=64, data_bytes=data_bytes)


def test_a_device_that_is_named_is_taken_and_auto_is_the_cpu_without_a_driver(monkeypatch):
    assert executor.device_of(Machine(device="cuda:1")) == "cuda:1"
    monkeypatch.setattr(executor.Path, "exists", lambda self: False)
    monkeypatch.setattr(executor.shutil, "which", lambda name: None)
    assert executor.device_of(Machine()) == "cpu"


def test_a_number_of_workers_is_taken_but_never_more_than_runs():
    assert workers(Machine(workers=3)) == 3
    assert workers(Machine(workers=30)) == 9


def test_one_worker_per_core_where_memory_allows(monkeypatch):
    monkeypatch.setattr(executor.os, "sched_getaffinity", lambda _: set(range(6)))
    monkeypatch.setattr(executor.psutil, "virtual_memory", lambda: SimpleNamespace(available=64 << 30))
    assert workers() == 6
    assert workers(runs=RUNS[:2]) == 2
    monkeypatch.setattr(executor.psutil, "virtual_memory", lambda: SimpleNamespace(available=5 << 29))
    assert workers() == 3
    assert workers(data_bytes=100 << 30) == 1


def test_several_cells_per_gpu_where_memory_allows(monkeypatch):
    monkeypatch.setattr(executor, "_gpu_free", lambda device: 79 << 30)
    assert workers(device="cuda") == 4
    assert workers(device="cuda", data_bytes=20 << 30) == 2
    monkeypatch.setattr(executor, "_gpu_free", lambda device: 0)
    assert workers(device="cuda") == 1


NODES = [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 32.0}, {"GPU": 4.0}, {"CPU": 3.0, "GPU": 1.0}]


@pytest.mark.parametrize(
    ("device", "whole", "nodes", "share", "room"),
    [
        ("cpu", False, NODES, (1, 0), 8 + 32 + 3),
        ("cpu", True, NODES, (32, 0), 1),
        ("cuda", False, NODES, (1, 0.25), 8 + 3),
        ("auto", True, NODES, (1, 1), 2 + 1),
        ("auto", False, [{"CPU": 6.0}], (1, 0), 6),
        ("auto", True, [{"CPU": 6.0}, {"CPU": 6.0}], (6, 0), 2),
        ("cuda", False, [{"CPU": 6.0}], (1, 0.25), 0),
    ],
)
def test_a_worker_of_a_cluster_takes_a_core_and_a_quarter_of_a_gpu_and_is_alone_on_a_whole_device(device, whole, nodes, share, room):
    taken = executor.share_of(device, nodes, whole=whole)
    assert (taken["num_cpus"], taken["num_gpus"]) == share
    assert executor.room_for(taken, nodes) == room


def test_ray_that_is_not_installed_is_named_with_the_way_out(tmp_path, monkeypatch):
    real = builtins.__import__

    def without_ray(name, *arguments, **keywords):
        if name.split(".")[0] == "ray":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    monkeypatch.delitem(__import__("sys").modules, "sensorscape.training.cluster", raising=False)
    with pytest.raises(SensorscapeError, match="Ray is not installed"):
        list(executor.train_all(Machine(executor="ray"), place_of(tmp_path), RUNS, 1, lambda _: None))
