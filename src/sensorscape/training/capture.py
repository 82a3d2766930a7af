"""Forward and backward pass by a captured CUDA graph, where that is quicker and gives the same gradients; else step by step.

The networks of cells are hundreds of small kernels, whose launches can take longer than themselves. Whether a graph pays depends
on cell, batch and GPU, so it is measured once per training, on a batch of it; what is measured changes no state. A capture that
fails, is slower, or gives other gradients is dropped.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sensorscape.training.network import Network

Loss = Callable[[Tensor, Tensor], Tensor]
_WARM = 3
"""Steps before the measurement: libraries choose their kernels in the first ones."""
_TIMED = 5


@dataclass
class Captured:
    """A captured pass over one batch.

    Attributes:
        replay: runs it.
        x, y: the tensors it reads.
        loss: the tensor it writes.
        batches: what it leaves in each layer for the running statistics.
    """

    replay: Callable[[], None]
    x: Tensor
    y: Tensor
    loss: Tensor
    batches: list[tuple[Any, Any]]

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """The loss of a batch; gradients are added where they always are."""
        self.x.copy_(x)
        self.y.copy_(y)
        self.replay()
        for layer, batch in self.batches:
            layer.batch = batch
        return self.loss


class Passes:
    """Forward and backward pass of a training.

    Args:
        network: the network.
        loss: patches and labels to the mean loss.
        gradient: all gradients as one vector; zero between steps.
        batch: patches of a whole batch: only these are captured.
        allowed: whether to try; not with recomputed activations.
    """

    def __init__(self, network: Network, loss: Loss, gradient: Tensor, batch: int, *, allowed: bool = True) -> None:
        self.network, self.loss, self.gradient, self.batch = network, loss, gradient, batch
        self.left = _WARM if allowed and gradient.device.type == "cuda" else -1
        self.captured: Captured | None = None

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Add the gradients of a batch; returns its mean loss."""
        if len(y) != self.batch:
            return self.plain(x, y)
        if self.left == 0:
            self.captured = self._chosen(x, y)
        self.left = max(self.left - 1, -1)
        return self.captured(x, y) if self.captured else self.plain(x, y)

    def plain(self, x: Tensor, y: Tensor) -> Tensor:
        """The pass, kernel by kernel."""
        loss = self.loss(x, y)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _chosen(self, x: Tensor, y: Tensor) -> Captured | None:
        """A captured pass if it is quicker and the same; gradients are zero again afterwards."""
        expected, seconds = self._measured(self.plain, x, y)
        try:
            captured = capture(self, x, y)
            found, quicker = self._measured(captured, x, y)
        except RuntimeError:
            self.gradient.zero_()
            return None
        scale = float(expected.abs().max())
        same = bool((found - expected).abs().max() <= 1e-2 * scale)
        return captured if same and quicker < seconds else None

    def _measured(self, work: Loss, x: Tensor, y: Tensor) -> tuple[Tensor, float]:
        self.gradient.zero_()
        work(x, y)
        gradient = self.gradient.clone()
        began = _now(x)
        for _ in range(_TIMED):
            work(x, y)
        seconds = _now(x) - began
        self.gradient.zero_()
        return gradient, seconds


def capture(passes: Passes, x: Tensor, y: Tensor) -> Captured:
    """Capture the pass over a batch of this shape.

    Raises:
        RuntimeError: when it cannot be captured, or memory does not suffice for the graph's own.
    """
    still_x, still_y = x.clone(), y.clone()
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        passes.plain(still_x, still_y)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = passes.plain(still_x, still_y)
    batches = [(layer, layer.batch) for layer in passes.network.layers()]
    return Captured(graph.replay, still_x, still_y, loss, batches)


def _now(x: Tensor) -> float:
    if x.device.type == "cuda":
        torch.cuda.synchronize(x.device)
    return time.perf_counter()
