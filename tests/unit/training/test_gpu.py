"""On a GPU: the same trajectory as on the CPU within rounding, memory that is given back, and a study from end to end."""

import pytest
import torch
from torch.nn import functional
from training_runs import CLASSES, DEEP, SMALL, TRIVIAL, WIDE, network, place_of, run_of, write_subset

from sensorscape.training import record
from sensorscape.training.feed import open_feed
from sensorscape.training.fleet import Fleet
from sensorscape.training.loop import Training
from sensorscape.training.network import Network
from sensorscape.training.worker import Worker, open_device

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


@pytest.fixture
def subset(tmp_path):
    return write_subset(tmp_path / "subset.h5", train=256, test=128)


def trained(subset, run, device, **options):
    feed = open_feed(subset, run.sensor, torch.device(device), run.training.precision, room=1 << 30)
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
    with torch.backends.cudnn.flags(allow_tf32=False):
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


def test_a_run_goes_on_from_a_checkpoint_of_its_own(subset):
    run = run_of(budgets=(4,), epochs=4)
    whole = trained(subset, run, "cuda")
    state = None

    def keep(training):
        nonlocal state
        if (training.epoch, training.step) == (2, 1):
            plain, tensors = training.state()
            state = dict(plain), {name: tensor.clone() for name, tensor in tensors.items()}

    feed = whole.feed
    Training(run, feed, CLASSES).train(after_step=keep)
    resumed = Training(run, feed, CLASSES)
    resumed.restore(*state)
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


def test_a_run_leaves_no_memory_behind(tmp_path):
    place = place_of(tmp_path, device="cuda")
    worker = Worker(place)
    worker.train(run_of(cell=SMALL))
    held = torch.cuda.memory_allocated()
    for seed in (1, 2, 3):
        worker.train(run_of(cell=SMALL, seed=seed))
    assert torch.cuda.memory_allocated() <= held + (1 << 20)


def test_no_step_of_an_epoch_waits_for_the_device(subset):
    run = run_of(budgets=(1, 2), epochs=2, batch=32)
    feed = open_feed(subset, run.sensor, torch.device("cuda"), "float32", room=1 << 30)
    training = Training(run, feed, CLASSES)
    training.train(after_step=lambda _: None)  # kernels are set up
    fresh = Training(run, feed, CLASSES)
    fresh.network.train()
    index = torch.arange(32, device="cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        fresh._loss(feed.train.gather(index), feed.train.labels[index]).backward()
        fresh._update(torch.zeros((), device="cuda"), 32)
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
