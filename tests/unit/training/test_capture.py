"""A captured pass is used where it is quicker and the same, and nowhere else."""

import pytest
import torch
from training_runs import SMALL, network

from sensorscape.training import capture
from sensorscape.training.capture import Captured, Passes
from sensorscape.training.network import Network
from sensorscape.training.optimiser import FlatParameters


@pytest.fixture
def passes(monkeypatch):
    """Passes of a small network that may capture, on a CPU, with a clock that only the fake capture moves."""
    net = Network(SMALL, network(), [4], 4)
    net.initialise(0, published=False)
    flat = FlatParameters(net.parameters())
    made = Passes(net, lambda x, y: torch.nn.functional.cross_entropy(net(x), y), flat.gradient, 3)
    made.left = 1
    made.clock, made.cost = 0.0, 1.0

    def plain(x, y, whole=made.plain):
        made.clock += made.cost
        return whole(x, y)

    made.plain = plain
    monkeypatch.setattr(capture, "_now", lambda _: made.clock)
    return made


def fake(passes, *, cost, factor=1.0, fails=False):
    """A capture that computes the pass itself, at this cost, its gradients times a factor."""

    def captured(_, x, y):
        if fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        held = Captured(lambda: None, x.clone(), y.clone(), torch.zeros(()), [])

        def replay():
            before = passes.gradient.clone()
            held.loss.copy_(type(passes).plain(passes, held.x, held.y))
            passes.gradient.copy_(before + factor * (passes.gradient - before))
            passes.clock += cost
            held.batches[:] = [(layer, layer.batch) for layer in passes.network.layers()]

        held.replay = replay
        return held

    return captured


def batch(n=3, seed=0):
    x = torch.randn(n, 4, 8, 8, generator=torch.Generator().manual_seed(seed)).contiguous(memory_format=torch.channels_last)
    return x, torch.arange(n) % 4


def step(passes, *pair):
    loss = passes(*pair)
    gradient = passes.gradient.clone()
    passes.gradient.zero_()
    return loss.item(), gradient


def test_a_quicker_capture_with_the_same_gradients_is_used_for_whole_batches(passes, monkeypatch):
    expected = [step(passes, *batch(seed=seed)) for seed in (1, 2)]
    passes.left = 1
    monkeypatch.setattr(capture, "capture", fake(passes, cost=0.1))
    step(passes, *batch())
    found = [step(passes, *batch(seed=seed)) for seed in (1, 2)]
    assert passes.captured is not None
    for (loss, gradient), (other, same) in zip(found, expected, strict=True):
        assert loss == pytest.approx(other)
        torch.testing.assert_close(gradient, same)
    before = passes.clock
    step(passes, *batch(n=2))
    assert passes.clock == before + passes.cost


@pytest.mark.parametrize("fault", [{"cost": 2.0}, {"cost": 0.1, "factor": 1.1}, {"cost": 0.1, "fails": True}])
def test_a_slower_a_different_and_a_failed_capture_is_dropped(passes, monkeypatch, fault):
    monkeypatch.setattr(capture, "capture", fake(passes, **fault))
    first, second = step(passes, *batch(seed=1)), step(passes, *batch(seed=1))
    assert passes.captured is None
    assert first[0] == second[0]
    assert torch.equal(first[1], second[1])


def test_nothing_is_captured_on_a_cpu_or_with_recomputed_activations():
    net = Network(SMALL, network(), [4], 4)
    flat = FlatParameters(net.parameters())
    for allowed in (True, False):
        assert Passes(net, lambda x, y: x.sum(), flat.gradient, 3, allowed=allowed).left == -1
