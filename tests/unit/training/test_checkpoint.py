"""A checkpoint is whole and of its run, or it is refused."""

import pytest
import torch

from sensorscape.training import checkpoint

STATE = {"epoch": 2, "history": {"loss": [0.1, 1 / 3]}}
TENSORS = {"parameters": torch.arange(6.0), "loss": torch.tensor(0.1, dtype=torch.float64)}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run" / checkpoint.NAME
    checkpoint.save(path, "f" * 64, STATE, TENSORS)
    return path


def test_what_was_saved_comes_back_exactly(saved):
    state, tensors = checkpoint.load(saved, "f" * 64)
    assert state == STATE
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) and tensors[name].dtype == TENSORS[name].dtype for name in TENSORS)


def test_a_checkpoint_of_another_run_is_refused(saved):
    with pytest.raises(checkpoint.DamagedCheckpointError, match="belongs to the run ffffffffffff"):
        checkpoint.load(saved, "e" * 64)


@pytest.mark.parametrize("keep", [0, 10, 64, 100, -1])
def test_a_truncated_checkpoint_is_refused(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(checkpoint.DamagedCheckpointError, match="truncated or altered"):
        checkpoint.load(saved, "f" * 64)


@pytest.mark.parametrize("place", [0, 70, 200, -1])
def test_a_flipped_bit_is_refused(saved, place):
    content = bytearray(saved.read_bytes())
    content[place] ^= 1
    saved.write_bytes(content)
    with pytest.raises(checkpoint.DamagedCheckpointError, match="truncated or altered"):
        checkpoint.load(saved, "f" * 64)
