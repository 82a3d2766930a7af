"""Optimisers over one flat vector of all parameters.

A network of a cell has about a hundred small tensors. Laid out in one vector, an update is a handful of kernels instead of
hundreds, and the numbers are those of the per-tensor formulas. Both recipes add L2 on *all* trainable variables to the gradient
(NASBench-101 regularises batch norm and bias too).
"""

import math
from collections.abc import Iterable
from typing import Literal

import torch
from torch import Tensor, nn

_DECAY = 0.9
"""Decay of the mean square in TensorFlow's RMSProp, which NASBench-101 leaves at its default."""


class FlatParameters:
    """All parameters and gradients of a network as two vectors; the tensors of the network become views of them.

    Args:
        parameters: the network's parameters, float32, on their final device. Four-dimensional ones become channels-last.

    Attributes:
        value: the parameters, (n,).
        gradient: their gradients, (n,), into which backward passes add.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        tensors = list(parameters)
        self.value = torch.cat([_line(tensor.detach()) for tensor in tensors])
        self.gradient = torch.zeros_like(self.value)
        at = 0
        for tensor in tensors:
            tensor.data = _view(self.value[at : at + tensor.numel()], tensor.shape)
            tensor.grad = _view(self.gradient[at : at + tensor.numel()], tensor.shape)
            at += tensor.numel()


class Optimiser:
    """SGD with Nesterov momentum, or NASBench-101's RMSProp, on flat parameters.

    ``rmsprop`` is TensorFlow's: the mean square starts at 1, epsilon stands *inside* the root, the rate is applied before the
    momentum: m ← 0.9 m + 0.1 g²; b ← momentum · b + rate · g / √(m + epsilon); w ← w − b. torch's own RMSprop adds epsilon outside
    the root, which with NASBench-101's epsilon of 1 is another optimiser.

    Args:
        kind: ``sgd`` or ``rmsprop``.
        parameters: what to optimise.
        momentum: of either.
        weight_decay: L2 coefficient.
        epsilon: of ``rmsprop``.
    """

    def __init__(
        self, kind: Literal["sgd", "rmsprop"], parameters: FlatParameters, *, momentum: float, weight_decay: float, epsilon: float
    ) -> None:
        self.kind = kind
        self.parameters = parameters
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.epsilon = epsilon
        self.state = {"momentum": torch.zeros_like(parameters.value)}
        if kind == "rmsprop":
            self.state["mean_square"] = torch.ones_like(parameters.value)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update with this learning rate; the gradients are zero afterwards."""
        value, gradient, buffer = self.parameters.value, self.parameters.gradient, self.state["momentum"]
        if self.weight_decay:
            gradient.add_(value, alpha=self.weight_decay)
        if self.kind == "sgd":
            buffer.mul_(self.momentum).add_(gradient)
            value.sub_(gradient.add_(buffer, alpha=self.momentum), alpha=rate)
        else:
            square = self.state["mean_square"]
            square.mul_(_DECAY).addcmul_(gradient, gradient, value=1 - _DECAY)
            buffer.mul_(self.momentum).addcdiv_(gradient, (square + self.epsilon).sqrt_(), value=rate)
            value.sub_(buffer)
        gradient.zero_()


def cosine(step: int, steps: int, base: float) -> float:
    """Learning rate of a step counted from 0: half a cosine from `base` to 0 over `steps` steps (NASBench-101, per step)."""
    return 0.5 * base * (1 + math.cos(math.pi * step / steps))


def _line(tensor: Tensor) -> Tensor:
    return (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).reshape(-1)


def _view(line: Tensor, shape: torch.Size) -> Tensor:
    if len(shape) != 4:
        return line.view(shape)
    outputs, inputs, height, width = shape
    return line.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
