"""On a GPU: the same trajectory as on the CPU within rounding, memory that is given back, and a study from end to end.

Run: ``pytest -m gpu``.
"""

import copy

import pytest
import torch
from torch.nn import functional
from training_runs import CLASSES, DEEP, SMALL, TRIVIAL, WIDE, network, place_of, run_of, write_subset

from sensorscape.training import record
from sensorscape.training.capture import capture
from sensorscape.training.feed import open_feed
from sensorscape.training.fleet import Fleet
from sensorscape.training.loop import Training
from sensorscape.training.network import Network
from sensorscape.training.worker import OutOfMemoryError, Worker, open_device, prepare_process

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


@pytest.fixture(autouse=True)
def _as_a_worker():
    """Float32 is float32, as in every process that trains."""
    prepare_process()


@pytest.fixture
def subset(tmp_path):
    return write_subset(tmp_path / "subset.h5", train=256, test=128)


def trained(subset, run, device, *, room=1 << 30, **options):
    feed = open_feed(subset, run.sensor, torch.device(device), run.training.precision, room=room)
    training = Training(run, feed, CLASSES, **options)
    training.train(after_step=lambda _: None)
    return training


@pytest.mark.parametrize("cell", [TRIVIAL, SMALL, WIDE, DEEP])
def test_values_and_gradients_are_those_of_the_cpu(cell):
    nets = []
    for device in ("cpu", "cuda"):
        net = Network(cell, network(stem=16), [10], 17)
        net.initialise(3, published=False)
        nets.append(net.to(device))
    x = torch.randn(32, 10, 16, 16).contiguous(memory_format=torch.channels_last)
    y = torch.arange(32) % 17
    assert torch.backends.cudnn.enabled
    losses = [functional.cross_entropy(net(x.to(net.weight.device)), y.to(net.weight.device)) for net in nets]
    for loss in losses:
        loss.backward()
    assert losses[1].item() == pytest.approx(losses[0].item(), rel=1e-4)
    for one, two in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(two.grad.cpu(), one.grad, rtol=5e-3, atol=1e-4)


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize(("precision", "margin"), [("float32", 0.03), ("bfloat16", 0.05)])
def test_a_run_reaches_the_kappa_of_the_cpu(subset, precision, margin, graphs):
    run = run_of(budgets=(20,), epochs=20, batch=32, precision=precision)
    kappas = [trained(subset, run, device, graphs=graphs).evaluations["20"]["test"]["kappa"] for device in ("cpu", "cuda")]
    assert kappas[1] == pytest.approx(kappas[0], abs=margin)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_step_can_be_captured_and_gives_the_same_gradients(subset, precision):
    """Whether it is quicker is measured on every run; that it is possible at all is tested here."""
    run = run_of(budgets=(1,), epochs=1, batch=32, precision=precision)
    training = trained(subset, run, "cuda")
    passes, gradient = training.passes, training.optimiser.parameters.gradient
    index = torch.arange(32, device="cuda")
    x, y = training.feed.train.gather(index), training.feed.train.labels[index]
    training.network.train()
    found = []
    for work in (passes.plain, capture(passes, x, y)):
        gradient.zero_()
        work(x, y)
        found.append(gradient.clone())
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-3 * float(found[0].abs().max()))


VARIANTS = {
    "streamed": {"room": 0},
    "augmented": {"augmentation": "flips+crops"},
    "late fusion": {"definition": {"sen1": "all", "sen2": "all"}, "shape": network(sensors="late")},
    "published recipe": {"optimiser": "rmsprop", "epsilon": 1.0, "learning_rate": 0.2, "weight_decay": 1e-4},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_way_to_train_has_the_trajectory_of_the_cpu(subset, variant):
    changes = dict(VARIANTS[variant])
    room = changes.pop("room", 1 << 30)
    run = run_of(budgets=(2,), epochs=2, batch=32, **changes)
    losses = [trained(subset, run, device, room=room).history["loss"] for device in ("cpu", "cuda")]
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)


def test_a_run_goes_on_from_a_checkpoint_of_its_own(subset):
    run = run_of(budgets=(4,), epochs=4)
    whole = trained(subset, run, "cuda")
    state = None

    def keep(training):
        nonlocal state
        if (training.epoch, training.step) == (2, 1):
            plain, tensors = training.state()
            state = copy.deepcopy(plain), {name: tensor.clone() for name, tensor in tensors.items()}

    feed = whole.feed
    Training(run, feed, CLASSES).train(after_step=keep)
    resumed = Training(run, feed, CLASSES)
    resumed.restore(*state)
    assert (resumed.epoch, resumed.step, resumed.evaluations) == (2, 1, {})
    resumed.train(after_step=lambda _: None)
    assert resumed.evaluations["4"]["test"]["kappa"] == pytest.approx(whole.evaluations["4"]["test"]["kappa"], abs=0.05)


def test_recomputed_activations_take_less_memory_and_change_nothing_but_rounding(tmp_path):
    subset = write_subset(tmp_path / "subset.h5", train=256, test=32, side=32)
    run = run_of(cell=DEEP, shape=network(stem=64, cells=3), budgets=(1,), epochs=1, batch=128)
    peaks, kappas = [], []
    for recompute in (False, True):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        done = trained(subset, run, "cuda", recompute=recompute)
        peaks.append(torch.cuda.max_memory_allocated())
        kappas.append(done.history["loss"][-1])
        del done
    assert peaks[1] < 0.7 * peaks[0]
    assert kappas[1] == pytest.approx(kappas[0], rel=1e-2)


def test_runs_and_sensors_leave_no_memory_behind(tmp_path):
    place = place_of(tmp_path, device="cuda")
    worker = Worker(place)
    definitions = ({"sen1": "all"}, {"sen2": "all"})
    for definition in definitions:
        worker.train(run_of(cell=SMALL, definition=definition))
    held = torch.cuda.memory_allocated()
    for seed in (1, 2, 3):
        for definition in definitions:
            worker.train(run_of(cell=SMALL, seed=seed, definition=definition))
    assert torch.cuda.memory_allocated() <= held + (1 << 16)


def test_a_run_that_does_not_fit_gives_its_memory_back_and_the_next_one_trains(tmp_path):
    place = place_of(tmp_path, device="cuda")
    worker = Worker(place)
    worker.train(run_of(cell=SMALL))
    reserved = torch.cuda.memory_reserved()
    _, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(min(1.0, (reserved + (64 << 20)) / total))
    try:
        with pytest.raises(OutOfMemoryError):
            worker.train(run_of(cell=DEEP, shape=network(stem=512, cells=3), batch=40))
        assert torch.cuda.memory_reserved() <= reserved + (16 << 20)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert worker.train(run_of(cell=SMALL, seed=9))["outcome"] == "finished"


def test_no_step_of_an_epoch_waits_for_the_device(subset):
    run = run_of(budgets=(1, 2), epochs=2, batch=32)
    feed = open_feed(subset, run.sensor, torch.device("cuda"), "float32", room=1 << 30)
    training = Training(run, feed, CLASSES)
    training.train(after_step=lambda _: None)  # kernels are set up
    fresh = Training(run, feed, CLASSES)
    fresh.network.train()
    order = torch.randperm(len(feed.train), device="cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        for x, y in feed.batches(feed.train, order, 32):
            fresh._update(fresh.passes(x, y), len(y))
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.slow
def test_a_small_study_ends_with_several_cells_at_once_on_one_gpu(tmp_path):
    place = place_of(tmp_path, device="cuda")
    runs = [run_of(cell=cell, seed=seed) for cell in (TRIVIAL, SMALL, WIDE, DEEP) for seed in (0, 1)]
    ended = {run.fingerprint: found for run, found in Fleet(place, 3).run(runs)}
    assert [found["outcome"] for found in ended.values()] == ["finished"] * len(runs)
    assert all(record.read(place.folder(key), key) == found for key, found in ended.items())
    assert all(found["environment"]["place"] == "cuda" for found in ended.values())


def test_the_device_of_the_machine_works():
    assert open_device("cuda").type == "cuda"
    assert open_device("auto").type == "cuda"
