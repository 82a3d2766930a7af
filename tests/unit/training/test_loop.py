"""One run: it learns, stops where it should, and goes on bit for bit from any state."""

import math
import random

import pytest
import torch
from torch.nn import functional
from training_runs import CELLS, CLASSES, DEEP, SMALL, TRIVIAL, WIDE, PlainNetwork, network, place_of, run_of, sensor

from sensorscape.training.feed import epoch_order, open_feed
from sensorscape.training.loop import Arithmetic, DivergedError, TimeLimitError, Training, loss_of
from sensorscape.training.network import Network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def subset(tmp_path_factory):
    return place_of(tmp_path_factory.mktemp("loop")).subset


def training_of(subset, run, room=1 << 30, **keywords):
    return Training(run, open_feed(subset, run.sensor, CPU, run.training.precision, room=room), CLASSES, **keywords)


def finish(training, after_step=lambda _: None):
    training.train(after_step=after_step)
    return training


def outcome(training):
    """All that a run comes to, without the times."""
    evaluations = {
        budget: {key: value for key, value in numbers.items() if key != "seconds"} for budget, numbers in training.evaluations.items()
    }
    return evaluations, training.history["loss"], {name: tensor.clone() for name, tensor in training.weights().items()}


def same(one, two):
    return one[:2] == two[:2] and one[2].keys() == two[2].keys() and all(torch.equal(one[2][key], two[2][key]) for key in one[2])


def test_a_run_learns_what_can_be_learned(subset):
    training = finish(training_of(subset, run_of(budgets=(1, 12), epochs=12)))
    assert training.evaluations["12"]["test"]["kappa"] > 0.6
    assert training.history["loss"][-1] < training.history["loss"][0] / 2


def test_a_run_is_evaluated_at_its_budgets_and_has_a_history_of_every_epoch(subset):
    training = finish(training_of(subset, run_of(budgets=(1, 2, 4), epochs=2)))
    assert list(training.evaluations) == ["1", "2"]
    assert [numbers["epoch"] for numbers in training.evaluations.values()] == [1, 2]
    assert training.history["epoch"] == [1, 2]
    assert training.history["seconds"] == sorted(training.history["seconds"])
    assert sum(map(sum, training.evaluations["2"]["test"]["confusion"])) == 25


def test_a_run_that_stops_early_is_the_beginning_of_the_whole_one(subset):
    short, long = (finish(training_of(subset, run_of(budgets=(1, 3), epochs=epochs))) for epochs in (1, 3))
    assert outcome(short)[0]["1"] == outcome(long)[0]["1"]


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_trajectory_is_that_of_the_textbook_network_and_optimiser(subset, cell):
    run = run_of(cell=cell, budgets=(1, 2), epochs=2, learning_rate=0.05)
    ours = training_of(subset, run)
    plain = PlainNetwork(cell, run.network, run.sensor.channels, CLASSES)
    plain.like(ours.network)
    optimiser = torch.optim.SGD(plain.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    data, labels, steps = ours.feed.train.gather(torch.arange(40)).contiguous(), ours.feed.train.labels, 0
    for epoch in range(2):
        for index in epoch_order(run.seed, epoch, 40).split(8):
            optimiser.param_groups[0]["lr"] = 0.05 * 0.5 * (1 + math.cos(math.pi * steps / 10))
            optimiser.zero_grad()
            functional.cross_entropy(plain(data[index]), labels[index]).backward()
            optimiser.step()
            steps += 1
    finish(ours)
    plain.eval()
    ours.network.eval()
    with torch.no_grad():
        x = ours.feed.test.gather(torch.arange(25))
        torch.testing.assert_close(ours.network(x), plain(x.contiguous()), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop"])
def test_a_run_goes_on_bit_for_bit_from_any_of_twenty_states(subset, optimiser):
    run = run_of(cell=DEEP, budgets=(1, 3), optimiser=optimiser, augmentation="flips+crops")
    states = []

    def keep(training):
        plain, tensors = training.state()
        states.append(({**plain, "history": {k: list(v) for k, v in plain["history"].items()}, "evaluations": dict(plain["evaluations"])},
                       {name: tensor.clone() for name, tensor in tensors.items()}))  # fmt: skip

    whole = outcome(finish(training_of(subset, run), keep))
    chosen = random.Random(7).sample(states, min(20, len(states)))
    assert len(chosen) >= 17
    for plain, tensors in chosen:
        again = training_of(subset, run)
        again.restore(plain, tensors)
        assert same(outcome(finish(again)), whole)


def test_streamed_data_and_recomputed_activations_change_nothing(subset):
    run = run_of(cell=DEEP)
    whole = outcome(finish(training_of(subset, run)))
    assert same(outcome(finish(training_of(subset, run, room=0))), whole)
    assert same(outcome(finish(training_of(subset, run, recompute=True))), whole)


def test_seeds_differ_and_repeat(subset):
    one, again, other = (outcome(finish(training_of(subset, run_of(seed=seed)))) for seed in (0, 0, 1))
    assert same(one, again)
    assert not same(one, other)


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged(subset):
    training = training_of(subset, run_of())
    training.optimiser.parameters.value.fill_(math.inf)
    with pytest.raises(DivergedError, match="in epoch 1"):
        finish(training)
    assert training.evaluations == {}


def test_a_run_longer_than_its_limit_ends(subset):
    with pytest.raises(TimeLimitError, match=r"training\.time_limit"):
        finish(training_of(subset, run_of(time_limit=1e-9)))


def test_a_state_of_another_network_is_refused(subset):
    _, tensors = training_of(subset, run_of(cell=SMALL)).state()
    plain, _ = training_of(subset, run_of(cell=TRIVIAL)).state()
    with pytest.raises((KeyError, RuntimeError)):
        training_of(subset, run_of(cell=TRIVIAL)).restore(plain, tensors)


def test_late_fusion_trains(subset):
    run = run_of(definition={"sen1": "all", "sen2": "all"}, shape=network(sensors="late"), budgets=(1, 12), epochs=12)
    training = finish(training_of(subset, run))
    assert len(training.network.trunks) == 2
    assert training.evaluations["12"]["test"]["kappa"] > 0.6


def test_one_channel_and_a_last_batch_of_one_patch_train(subset):
    run = run_of(definition={"sen1": [1]}, batch=39, budgets=(1,), epochs=1)
    assert run.sensor == sensor({"sen1": [1]})
    assert math.isfinite(finish(training_of(subset, run)).history["loss"][0])


def test_classes_that_are_missing_in_a_split_leave_kappa_defined(tmp_path):
    import h5py

    place = place_of(tmp_path)
    with h5py.File(place.subset, "r+") as file:
        file["train/label"][:] %= 2
        file["test/label"][:] = file["test/label"][:] % 2 + 2
    training = finish(training_of(place.subset, run_of()))
    numbers = training.evaluations["3"]["test"]
    assert numbers["accuracy"] == 0.0
    assert numbers["kappa"] == 0.0


@pytest.mark.parametrize("cell", [SMALL, WIDE, DEEP], ids=["small", "wide", "deep"])
def test_a_bfloat16_step_is_as_near_to_float64_as_that_of_torch_autocast(cell):
    """Gradients of every convolution, one vector each: ours beside torch's own modules under autocast, both against float64."""
    ours = Network(cell, network(stem=16), [7], 5)
    ours.initialise(3, published=False)
    generator = torch.Generator().manual_seed(4)
    x, y = torch.randn(64, 7, 8, 8, generator=generator), torch.arange(64) % 5
    plains = [PlainNetwork(cell, network(stem=16), 7, 5) for _ in range(2)]
    pairs = [plain.like(ours) for plain in plains]
    plains[0].double()
    functional.cross_entropy(plains[0](x.double()), y).backward()
    with torch.autocast("cpu", torch.bfloat16):
        scores = plains[1](x)
    functional.cross_entropy(scores.float(), y).backward()
    loss_of(ours, Arithmetic("bfloat16", "cpu"))(x.contiguous(memory_format=torch.channels_last), y).backward()
    exact, autocast = (torch.cat([plain[0].weight.grad.double().flatten() for plain, *_ in found]) for found in pairs)
    mine = torch.cat([layer.weight.grad[part].double().flatten() for _, layer, part in pairs[0]])
    errors = [float((found - exact).norm() / exact.norm()) for found in (mine, autocast)]
    assert errors[0] < 1.5 * errors[1] < 0.5, errors


def test_bfloat16_reaches_about_the_same_kappa(subset):
    runs = [run_of(budgets=(12,), epochs=12, precision=precision) for precision in ("float32", "bfloat16")]
    one, two = (finish(training_of(subset, run)).evaluations["12"]["train"]["kappa"] for run in runs)
    assert two == pytest.approx(one, abs=0.15)
    assert runs[0].fingerprint != runs[1].fingerprint
