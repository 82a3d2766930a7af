"""Training images per second against the published `nasbench-pytorch`, on this machine in this run, and kappa against the plain step.

Run: ``python tests/bench/training.py [rates|kappa] [--stem 16 64] [--precision float32] [--seeds 5] [--device cuda]``. Nothing is
downloaded; the peer is in the extra ``dev`` (``pip install nasbench-pytorch``).

rates: 12 cells, 10 channels, 17 classes, batch 128, 3 stacks of 3 cells, NASBench-101's RMSProp on both sides. The peer is its own
    `Network` and its own `train` and `test`, unmodified, fed by torch's DataLoader over a data set that reads one item at a time from
    HDF5 (the file stays open, which favours it). Which of its settings (threads a process, processes side by side, loader workers) is
    best is measured first on four of the cells. Ours is the training of `sensorscape train`, its feed included: one process a core, one
    thread a process. Processes side by side train the same cell at the same time; their rates are added. With ``--device cuda`` both
    sides share the one GPU, and how many processes do so is measured for each side.
kappa: the mean paired difference of test kappa to the plain float32 step (per-item formulas of torch.nn, NCHW, torch.optim), 12 cells x
    5 seeds or as many as asked for, with its 90 % interval: two one-sided tests at 5 % show equivalence within 0.01 when the interval
    lies inside. Pairs differ by 0.03 (rounding grows to another network), so that 60 pairs show it in two of three runs even where
    there is no difference.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "material"))

CELLS = [
    ("110000000011000111101", "10022"),
    ("100111001101101", "0001"),
    ("100011101001000100101", "02002"),
    ("110000100001100011101", "22111"),
    ("100000110000001110101", "02102"),
    ("111000000101000110101", "22110"),
    ("111000100000001100101", "01202"),
    ("100000100001100100101", "10221"),
    ("110100110000010100101", "21000"),
    ("100000101001100100101", "10102"),
    ("100001101011111", "2002"),
    ("100001000111111", "0101"),
]
"""Drawn once, uniformly, from published validation records of NASBench-101: upper triangle row by row, and operations."""
OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
CHANNELS, CLASSES, BATCH, PATCHES = 10, 17, 128, 1024
SIZES = {"sen1": 8, "sen2": CHANNELS}
SENSORS = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}, "fusion": {"sen1": "all", "sen2": "all"}}
EPOCHS, MARGIN = 9, 0.01
CORES = len(os.sched_getaffinity(0))
PEER_SETTINGS = {"cpu": [(1, CORES, 0), (CORES, 1, 0), (CORES, 1, 1)], "cuda": [(1, 1, 0), (1, 1, 8), (1, 2, 6), (1, 4, 3)]}
"""Threads a process, processes side by side, loader workers a process."""
OUR_SETTINGS = {"cpu": [(CORES, False)], "cuda": [(1, False), (1, True), (3, False), (3, True)]}
"""Processes side by side, whether steps may be captured as CUDA graphs."""


def matrix(bits, operations):
    size = len(operations) + 2
    full = np.zeros((size, size), dtype=int)
    full[np.triu_indices(size, 1)] = [int(bit) for bit in bits]
    return full, [OPERATIONS[int(digit)] for digit in operations]


def write_data(folder: Path) -> None:
    """The same patches as a subset for us and as one item after the other for the peer."""
    rng = np.random.default_rng(0)
    with h5py.File(folder / "subset.h5", "w") as file:
        for group, count in (("train", PATCHES), ("test", PATCHES)):
            for name, channels in SIZES.items():
                file[f"{group}/{name}"] = rng.standard_normal((count, 32, 32, channels), dtype=np.float32)
            file[f"{group}/label"] = rng.integers(0, CLASSES, count)
            file[f"{group}/row"] = np.arange(count)


class Peer:
    """The published package, as its README uses it."""

    def __init__(self, folder: Path, stem: int, workers: int, device: str = "cpu"):
        import torch

        self.torch, self.stem, self.workers, self.device = torch, stem, workers, device

        class PerItem(torch.utils.data.Dataset):
            def __init__(self, group, count):
                self.group, self.count, self.file = group, count, None

            def __len__(self):
                return self.count

            def __getitem__(self, index):
                self.file = self.file or h5py.File(folder / "subset.h5", "r")
                item = self.file[self.group]["sen2"][index]
                return torch.from_numpy(item).permute(2, 0, 1), int(self.file[self.group]["label"][index])

        self.data = PerItem

    def prepare(self, cell):
        from nasbench_pytorch.model import Network

        full, inner = matrix(*cell)
        names = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool3x3": "maxpool3x3"}
        operations = ["input", *(names[name] for name in inner), "output"]
        self.network = Network((full, operations), num_labels=CLASSES, in_channels=CHANNELS, stem_out_channels=self.stem)

    def loader(self, group, batches):
        data = self.data(group, batches * BATCH)
        fork = "fork" if self.workers else None  # torch's default on Linux, in a process that was spawned too
        return self.torch.utils.data.DataLoader(
            data,
            BATCH,
            shuffle=group == "train",
            num_workers=self.workers,
            multiprocessing_context=fork,
            pin_memory=self.device == "cuda",
        )

    def train(self, batches):
        from nasbench_pytorch.trainer import train

        with contextlib.redirect_stdout(io.StringIO()):
            train(self.network, self.loader("train", batches), num_epochs=1, device=self.device)

    def evaluate(self, batches):
        from nasbench_pytorch.trainer import test

        with contextlib.redirect_stdout(io.StringIO()):
            test(self.network, self.loader("test", batches), device=self.device)


class Ours:
    """What a worker of `sensorscape train` does."""

    def __init__(self, folder: Path, stem: int, precision: str, device: str = "cpu", graphs: bool = False, sensor: str = "s2"):
        import torch

        from sensorscape.patches.sensors import resolve
        from sensorscape.training.feed import open_feed
        from sensorscape.training.worker import prepare_process

        prepare_process()
        self.stem, self.precision, self.graphs = stem, precision, graphs
        self.ready = torch.cuda.synchronize if device == "cuda" else lambda: None
        self.sensor = resolve(sensor, SENSORS[sensor], SIZES)
        self.feed = open_feed(folder / "subset.h5", self.sensor, torch.device(device), precision, room=1 << 30)

    def prepare(self, cell):
        from sensorscape.training.loop import Training

        shape = {"stem": self.stem, "stacks": 3, "cells": 3, "batch_norm_momentum": 0.003, "sensors": "stack"}
        self.training = Training(make_run(cell, self.sensor, shape, self.precision), self.feed, CLASSES, graphs=self.graphs)

    def train(self, batches):
        seen = 0

        def after_step(_):
            nonlocal seen
            seen += 1
            if seen == batches:
                raise EnoughError

        with contextlib.suppress(EnoughError):
            self.training.train(after_step=after_step)
        self.ready()

    def evaluate(self, batches):
        from sensorscape.training.feed import Split

        test, count = self.feed.test, batches * BATCH
        parts = tuple((array[:count], channels) for array, channels in test.parts)
        self.training.confusion(Split(parts, test.labels[:count]))
        self.ready()


class EnoughError(Exception):
    """The steps that were asked for are done."""


def make_run(cell, sensor, shape, precision, seed=0, **changes):
    from sensorscape.cells import Cell
    from sensorscape.params import Network, Training
    from sensorscape.training import recipe

    full, operations = matrix(*cell)
    values = {
        "budgets": (1000,),
        "schedule": "shared",
        "seeds": (0,),
        "batch": BATCH,
        "optimiser": "rmsprop",
        "learning_rate": 0.2,
        "momentum": 0.9,
        "epsilon": 1.0,
        "weight_decay": 1e-4,
        "augmentation": "none",
        "precision": precision,
        "time_limit": 1e6,
        "keep_weights": "all",
    }
    training = Training(**values | changes)
    network = Network(**shape)
    return recipe.make_run(
        cell=Cell.from_dict({"matrix": full.tolist(), "ops": operations}),
        name="s2",
        sensor=sensor,
        sizes=SIZES,
        subset="0" * 64,
        network=network,
        training=training,
        epochs=training.budgets[-1],
        seed=seed,
    )


def process(side, arguments, threads, cells, seconds, barrier, pipe):
    """One of the processes side by side: images a second of every cell, in training and in evaluation."""
    import torch

    torch.set_num_threads(threads)
    measured = side(*arguments)
    rates = []
    for cell in cells:
        measured.prepare(cell)
        row = []
        for work in (measured.train, measured.evaluate):
            work(4)  # sets kernels up
            start = time.perf_counter()
            work(1)
            batches = min(PATCHES // BATCH, max(1, round(seconds / (time.perf_counter() - start))))
            barrier.wait()
            start, done = time.perf_counter(), 0
            while not done or time.perf_counter() - start < 0.8 * seconds:
                work(batches)
                done += batches
            row.append(done * BATCH / (time.perf_counter() - start))
            barrier.wait()
        rates.append(row)
    pipe.send(rates)


def rates(side, arguments, threads, processes, cells, seconds):
    """Images a second (cells, [training, evaluation]) of all processes together."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    running = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        child = context.Process(target=process, args=(side, arguments, threads, cells, seconds, barrier, theirs))
        child.start()
        theirs.close()
        running.append((child, ours))
    total = sum(np.array(pipe.recv()) for _, pipe in running)
    for child, _ in running:
        child.join()
    return total


def geometric(values):
    return np.exp(np.log(values).mean(axis=0))


def best_of(name, side, settings, seconds):
    """The quickest of several settings, by four of the cells: (arguments, threads, processes) each."""
    if len(settings) == 1:
        return settings[0]
    found = []
    for arguments, threads, processes in settings:
        few = rates(side, arguments, threads, processes, CELLS[::3], seconds / 2)
        found.append(float(geometric(few)[0]))
        print(f"{name}: {processes} x {threads} threads, {arguments[2:]}: {found[-1]:.1f} images/s (4 cells)", flush=True)
    return settings[int(np.argmax(found))]


def bench_rates(stems, precisions, seconds, device):
    from torch import __version__

    print(f"{CORES} cores, {device}, torch {__version__}, {len(CELLS)} cells, {CHANNELS} channels, {CLASSES} classes, batch {BATCH}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        for stem in stems:
            settings = [((folder, stem, workers, device), threads, count) for threads, count, workers in PEER_SETTINGS[device]]
            peer = rates(Peer, *best_of(f"stem {stem}: peer", Peer, settings, seconds), CELLS, seconds)
            print(f"stem {stem}: peer at its best: train {geometric(peer)[0]:.1f}, evaluate {geometric(peer)[1]:.1f} images/s")
            for precision in precisions:
                settings = [((folder, stem, precision, device, graphs), 1, count) for count, graphs in OUR_SETTINGS[device]]
                ours = rates(Ours, *best_of(f"stem {stem}: ours, {precision}", Ours, settings, seconds), CELLS, seconds)
                ratio = ours / peer
                mine, (low, high) = geometric(ours), (ratio[:, 0].min(), ratio[:, 0].max())
                print(f"stem {stem}: ours, {precision}: train {mine[0]:.1f}, evaluate {mine[1]:.1f} images/s")
                print(f"    train {geometric(ratio)[0]:.2f}x ({low:.2f} to {high:.2f} by cell), evaluate {geometric(ratio)[1]:.2f}x")
                for cell, theirs, mine in zip(CELLS, peer, ours, strict=True):
                    print(
                        f"    {cell[0]:>21} {cell[1]:>5}: train {theirs[0]:6.1f} {mine[0]:6.1f}  evaluate {theirs[1]:7.1f} {mine[1]:7.1f}",
                        flush=True,
                    )


def plain_kappa(run, feed, classes):
    """Test kappa of a run by torch's own modules and optimiser, patches in rows of channels, from the same weights in the same order."""
    import torch
    from torch.nn import functional
    from training_runs import PlainNetwork

    from sensorscape.training.feed import epoch_order
    from sensorscape.training.kappa import kappa
    from sensorscape.training.network import Network
    from sensorscape.training.optimiser import cosine
    from sensorscape.training.recipe import derived_seed

    recipe, count = run.training, len(feed.train)
    ours = Network(run.cell, run.network, run.sensor.groups, classes)
    ours.initialise(derived_seed(run.seed, "weights"), published=False)
    plain = PlainNetwork(run.cell, run.network, run.sensor.channels, classes)
    plain.like(ours)
    settings = {"momentum": recipe.momentum, "weight_decay": recipe.weight_decay, "nesterov": True}
    optimiser = torch.optim.SGD(plain.parameters(), recipe.learning_rate, foreach=False, **settings)
    steps = -(-count // recipe.batch)
    for epoch in range(run.epochs):
        for step, index in enumerate(torch.split(epoch_order(run.seed, epoch, count), recipe.batch)):
            optimiser.param_groups[0]["lr"] = cosine(epoch * steps + step, steps * run.epochs, recipe.learning_rate)
            optimiser.zero_grad()
            functional.cross_entropy(plain(feed.train.gather(index).contiguous()), feed.train.labels[index]).backward()
            optimiser.step()
    plain.eval()
    confusion = np.zeros((classes, classes), dtype=np.int64)
    with torch.no_grad():
        for index in torch.arange(len(feed.test)).split(BATCH):
            predicted = plain(feed.test.gather(index).contiguous()).argmax(1)
            np.add.at(confusion, (feed.test.labels[index].numpy(), predicted.numpy()), 1)
    return kappa(confusion)[0]


def compare_kappa(folder, precisions, cells, seeds, pipe):
    """Test kappa of the plain step and of ours in every precision, one process of several."""
    import torch

    from sensorscape.patches.sensors import resolve
    from sensorscape.training.feed import open_feed
    from sensorscape.training.loop import Training
    from sensorscape.training.worker import prepare_process

    prepare_process()
    sensor = resolve("s2", SENSORS["s2"], SIZES)
    feeds = {
        precision: open_feed(folder / "subset.h5", sensor, torch.device("cpu"), precision, room=1 << 30)
        for precision in {"float32", *precisions}
    }
    changes = {"budgets": (EPOCHS,), "optimiser": "sgd", "learning_rate": 0.1, "weight_decay": 5e-4, "batch": 64}
    network = {"stem": 8, "stacks": 3, "cells": 1, "batch_norm_momentum": 0.1, "sensors": "stack"}
    for number in cells:
        for seed in seeds:
            ours = []
            for precision in precisions:
                run = make_run(CELLS[number], sensor, network, precision, seed, **changes)
                training = Training(run, feeds[precision], CLASSES)
                training.train(after_step=lambda _: None)
                ours.append(training.evaluations[str(EPOCHS)]["test"]["kappa"])
            pipe.send((number, seed, plain_kappa(run, feeds["float32"], CLASSES), *ours))
    pipe.send(None)


def bench_kappa(precisions, seeds):
    """Two one-sided tests of the mean paired difference against ±0.01, over cells x seeds."""
    from scipy import stats

    from sensorscape.patches.layout import read_layout
    from sensorscape.patches.subset import Plan, write_subset
    from sensorscape.patches.synthetic.generate import synthesize

    context = multiprocessing.get_context("spawn")
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthesize(folder / "raw.h5", patches=3000, cities=12, seed=42)
        layout = read_layout(folder / "raw.h5")
        write_subset(folder / "subset.h5", layout, Plan(test_share=0.8, train_share=1.0, seed=1), accepted=np.ones(layout.rows, bool))
        pairs = []
        running = []
        for part in range(CORES):
            ours, theirs = context.Pipe()
            cells = list(range(part, len(CELLS), CORES))
            running.append((context.Process(target=compare_kappa, args=(folder, precisions, cells, seeds, theirs)), ours))
            running[-1][0].start()
        for child, pipe in running:
            while pair := pipe.recv():
                pairs.append(pair)
                ours = ", ".join(f"{name} {value:.4f}" for name, value in zip(precisions, pair[3:], strict=True))
                print(f"    cell {pair[0]:2d} seed {pair[1]:2d}: plain {pair[2]:.4f}, ours {ours}", flush=True)
            child.join()
    found = np.array([pair[2:] for pair in pairs], dtype=float)
    for precision, ours in zip(precisions, found.T[1:], strict=True):
        difference = ours - found[:, 0]
        half = stats.sem(difference) * stats.t.ppf(0.95, len(difference) - 1)
        low, high = difference.mean() - half, difference.mean() + half
        print(f"{precision}, {len(pairs)} pairs ({len(CELLS)} cells x {len(seeds)} seeds): kappa {ours.mean():.4f}", end=", ")
        print(f"plain {found[:, 0].mean():.4f}, difference {difference.mean():+.4f} (sd {difference.std(ddof=1):.4f})")
        print(f"    90 % interval {low:+.4f} to {high:+.4f}:", end=" ")
        print(f"{'equivalent' if low > -MARGIN and high < MARGIN else 'NOT shown equivalent'} within ±{MARGIN}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["rates", "kappa"], nargs="?", default="rates")
    parser.add_argument("--stem", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--precision", nargs="+", default=["float32"])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.what == "kappa":
        bench_kappa(chosen.precision, range(chosen.first_seed, chosen.first_seed + chosen.seeds))
    else:
        bench_rates(chosen.stem, chosen.precision, chosen.seconds, chosen.device)


if __name__ == "__main__":
    main()
