"""The record of a run: its digests, its cell, and the files that hold it."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file
from training_runs import SMALL, network, place_of, run_of

from sensorscape.cells import parameters
from sensorscape.registry.record import verify
from sensorscape.training import record

RUN = run_of()


def made(tmp_path, **keywords):
    return record.make_record(RUN, place_of(tmp_path, origin={"commit": "c" * 40}), **{"outcome": "finished"} | keywords)


def test_a_record_is_one_that_the_registry_accepts(tmp_path):
    assert verify(made(tmp_path), "here")["fingerprint"] == RUN.fingerprint


def test_a_record_says_what_the_cell_is_and_where_it_was_trained(tmp_path):
    found = made(tmp_path, environment={"device": "cpu"})
    assert found["cell"]["hash"] == SMALL.hash
    assert found["cell"]["parameters"] == parameters(SMALL, 4, 4, stem=6, stacks=2, cells=1)
    assert found["environment"] == {"commit": "c" * 40, "device": "cpu"}


def test_late_fusion_counts_the_parameters_of_every_trunk(tmp_path):
    run = run_of(definition={"sen1": "all", "sen2": "all"}, shape=network(sensors="late"))
    found = record.make_record(run, place_of(tmp_path), outcome="finished")
    assert found["cell"]["parameters"] == parameters(SMALL, [3, 4], 4, stem=6, stacks=2, cells=1)


def test_a_record_comes_back_from_its_folder_only_sound_and_its_own(tmp_path):
    folder = tmp_path / "run"
    record.write(folder, made(tmp_path))
    assert record.read(folder, RUN.fingerprint) == made(tmp_path)
    assert record.read(folder, "0" * 64) is None
    altered = json.loads((folder / record.RECORD).read_text()) | {"seed": 5}
    (folder / record.RECORD).write_text(json.dumps(altered))
    assert record.read(folder, RUN.fingerprint) is None
    assert record.read(tmp_path / "nowhere", RUN.fingerprint) is None


def test_weights_are_tensors_with_a_digest(tmp_path):
    tensors = {"a": torch.arange(3.0)}
    said = record.save_weights(tmp_path, tensors, 9)
    content = (tmp_path / record.WEIGHTS).read_bytes()
    assert said == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "epoch": 9}
    assert torch.equal(load_file(tmp_path / record.WEIGHTS)["a"], tensors["a"])


def test_clearing_removes_record_and_weights_and_may_be_repeated(tmp_path):
    record.write(tmp_path, made(tmp_path))
    record.save_weights(tmp_path, {"a": torch.zeros(1)}, 1)
    for _ in range(2):
        record.clear(tmp_path)
        assert record.read(tmp_path, RUN.fingerprint) is None
        assert not (tmp_path / record.WEIGHTS).exists()


@pytest.mark.parametrize("outcome", ["diverged", "out_of_memory", "timed_out", "failed"])
def test_every_outcome_is_one_that_the_registry_knows(tmp_path, outcome):
    assert verify(made(tmp_path, outcome=outcome, reason="why"), "here")["reason"] == "why"
