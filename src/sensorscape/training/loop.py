"""One training, step by step: state that can be saved between any two steps, evaluations at the budgets, and how it ends."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sensorscape.training import kappa
from sensorscape.training.capture import Passes
from sensorscape.training.feed import Augmentation, Feed, Split, epoch_order
from sensorscape.training.network import Network
from sensorscape.training.optimiser import FlatParameters, Optimiser, cosine
from sensorscape.training.recipe import Run, derived_seed

_EVALUATION_BATCH = {"cpu": 64, "cuda": 1024}
"""Patches per evaluation batch: on a CPU few enough that activations stay in its cache."""


class DivergedError(Exception):
    """The loss is no longer finite."""


class TimeLimitError(Exception):
    """The run takes longer than it may."""


@dataclass
class Clock:
    """Seconds of training, over interruptions, without evaluations and without the time a process was not there."""

    seconds: float = 0.0
    _since: float | None = field(default=None, repr=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time inside."""
        self._since = time.perf_counter()
        try:
            yield
        finally:
            self.seconds = self.now()
            self._since = None

    def now(self) -> float:
        """Seconds so far."""
        return self.seconds + (time.perf_counter() - self._since if self._since is not None else 0.0)


@dataclass(frozen=True)
class Arithmetic:
    """What a network computes in: a precision of the recipe on a type of device."""

    precision: str
    device: str

    def autocast(self) -> Any:
        """The context of a forward pass."""
        return torch.autocast(self.device, torch.bfloat16) if self.precision == "bfloat16" else nullcontext()

    @property
    def input_type(self) -> torch.dtype:
        """Of the patches that enter."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32


def loss_of(network: Network, arithmetic: Arithmetic) -> Callable[[Tensor, Tensor], Tensor]:
    """Patches and labels to the mean cross-entropy. It knows the network only: a training that ended is gone with its data at once."""

    def loss(x: Tensor, y: Tensor) -> Tensor:
        with arithmetic.autocast():
            scores = network(x.to(arithmetic.input_type))
        return functional.cross_entropy(scores.float(), y)

    return loss


class Training:
    """The state of one run.

    Args:
        run: what to train.
        feed: its data.
        classes: number of classes.
        recompute: keep fewer activations (same numbers, less memory, more time).
        graphs: try to capture steps as a CUDA graph; never together with `recompute`.
    """

    def __init__(self, run: Run, feed: Feed, classes: int, *, recompute: bool = False, graphs: bool = False) -> None:
        self.run, self.feed, self.classes = run, feed, classes
        recipe = run.training
        network = Network(run.cell, run.network, run.sensor.groups, classes)
        network.initialise(derived_seed(run.seed, "weights"), published=recipe.optimiser == "rmsprop")
        if recompute:
            network.recompute_activations()
        self.network = network.to(feed.device)
        self.optimiser = Optimiser(
            recipe.optimiser,
            FlatParameters(self.network.parameters()),
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            epsilon=recipe.epsilon,
        )
        gradient = self.optimiser.parameters.gradient
        self.arithmetic = Arithmetic(recipe.precision, feed.device.type)
        loss = loss_of(self.network, self.arithmetic)
        self.passes = Passes(self.network, loss, gradient, recipe.batch, allowed=graphs and not recompute)
        self.steps_per_epoch = math.ceil(len(feed.train) / recipe.batch)
        self.total_steps = self.steps_per_epoch * recipe.budgets[-1]
        self.epoch, self.step = 0, 0
        self.loss = torch.zeros((), dtype=torch.float64, device=feed.device)
        self.clock = Clock()
        self.history: dict[str, list[Any]] = {"epoch": [], "loss": [], "learning_rate": [], "seconds": []}
        self.evaluations: dict[str, dict[str, Any]] = {}

    def train(self, *, after_step: Callable[["Training"], None], critical: Callable[[], Any] = nullcontext) -> None:
        """Train to the end from wherever the state is.

        Args:
            after_step: called between steps, where the state is whole: saves, reports, raises to stop.
            critical: a context in which the state changes; whoever interrupts waits for its end.

        Raises:
            DivergedError: when an epoch's loss is not finite.
            TimeLimitError: when the time limit of the recipe is over.
        """
        while True:
            if self.step == 0 and self.epoch in self.run.budgets and str(self.epoch) not in self.evaluations:
                self.evaluations[str(self.epoch)] = self.evaluate()
                after_step(self)
            if self.epoch >= self.run.epochs:
                return
            self._train_epoch(after_step, critical)
            self._end_epoch(critical)

    def _train_epoch(self, after_step: Callable[["Training"], None], critical: Callable[[], Any]) -> None:
        run, feed = self.run, self.feed
        batch, n = run.training.batch, len(feed.train)
        order = epoch_order(run.seed, self.epoch, n)
        augment = Augmentation(run.training.augmentation, run.seed, self.epoch, n, feed.device)
        self.network.train()
        for x, y in feed.batches(feed.train, order, batch, self.step):
            with self.clock.running():
                x = augment(x, self.step * batch)
                loss = self.passes(x, y)
            with critical():
                self._update(loss, len(y))
            if self.clock.seconds > run.training.time_limit:
                raise TimeLimitError(f"{self.clock.seconds:.0f} s, the limit is {run.training.time_limit:g} s (training.time_limit)")
            after_step(self)

    def _update(self, loss: Tensor, count: int) -> None:
        with self.clock.running():
            at = self.epoch * self.steps_per_epoch + self.step
            self.optimiser.step(cosine(at, self.total_steps, self.run.training.learning_rate))
            self.network.update_statistics(self.run.network.batch_norm_momentum)
            self.loss += loss.double() * count
            self.step += 1

    def _end_epoch(self, critical: Callable[[], Any]) -> None:
        with self.clock.running():
            mean = float(self.loss) / len(self.feed.train)  # the one wait for the device per epoch
        if not math.isfinite(mean):
            raise DivergedError(f"the loss is {mean} in epoch {self.epoch + 1}")
        with critical():
            last = (self.epoch + 1) * self.steps_per_epoch - 1
            rate = cosine(last, self.total_steps, self.run.training.learning_rate)
            for key, value in (("epoch", self.epoch + 1), ("loss", mean), ("learning_rate", rate), ("seconds", self.clock.seconds)):
                self.history[key].append(value)
            self.epoch, self.step = self.epoch + 1, 0
            self.loss.zero_()

    def evaluate(self) -> dict[str, Any]:
        """Kappa and accuracies on train and test now, as the record holds them."""
        train = self.confusion(self.feed.train).sum(0).cpu().numpy()
        test = self.confusion(self.feed.test).cpu().numpy()
        return {"epoch": self.epoch, "seconds": self.clock.seconds, "train": kappa.summary(train), "test": kappa.test_summary(test)}

    @torch.no_grad()
    def confusion(self, split: Split) -> Tensor:
        """Confusion matrices (2, K, K) of the patches at even and at odd positions of a split."""
        self.network.eval()
        device = self.feed.device
        total = torch.zeros(2, self.classes, self.classes, dtype=torch.int64, device=device)
        size = _EVALUATION_BATCH[device.type]
        halves = torch.arange(len(split), device=device) % 2
        for number, (x, y) in enumerate(self.feed.batches(split, torch.arange(len(split)), size)):
            with self.arithmetic.autocast():
                predicted = self.network(x.to(self.arithmetic.input_type)).argmax(1)
            total += kappa.count(y, predicted, halves[number * size : number * size + len(y)], self.classes)
        return total

    def state(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Everything a checkpoint must hold to go on bit for bit: plain values and tensors."""
        plain = {
            "epoch": self.epoch,
            "step": self.step,
            "seconds": self.clock.seconds,
            "history": self.history,
            "evaluations": self.evaluations,
        }
        tensors = {"parameters": self.optimiser.parameters.value, "loss": self.loss}
        tensors |= {f"optimiser.{name}": tensor for name, tensor in self.optimiser.state.items()}
        tensors |= {f"statistics.{name}": tensor for name, tensor in self.network.named_buffers()}
        return plain, tensors

    @torch.no_grad()
    def restore(self, plain: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Take over the state of a checkpoint of the same run.

        Raises:
            KeyError, RuntimeError: when it is not one of this network; the state is then not to be used.
        """
        _, own = self.state()
        if set(own) != set(tensors):
            raise KeyError("the checkpoint holds other tensors than this network")
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
        self.optimiser.parameters.gradient.zero_()
        self.epoch, self.step, self.clock.seconds = plain["epoch"], plain["step"], plain["seconds"]
        self.history, self.evaluations = plain["history"], plain["evaluations"]

    def weights(self) -> dict[str, Tensor]:
        """The network's tensors by name, contiguous, on the CPU."""
        return {name: tensor.detach().cpu().contiguous() for name, tensor in self.network.state_dict().items()}
