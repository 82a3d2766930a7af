"""NASBench-101's network around a cell (Ying et al., 2019, `model_builder.py`), laid out for speed.

The function computed is exactly NASBench-101's; the layout is not. Three things differ from a textbook module tree:

- all projections of one input are one convolution with its channels side by side: batch norm and ReLU work per channel, so
  the result is the same, and one wide convolution is quicker than several narrow ones;
- running statistics are not touched by the forward pass. `Network.update_statistics` moves them once per step, so that
  activation checkpointing, which runs a forward pass twice, counts a batch once, and an interrupted step counts not at all;
- evaluation folds the batch norm into the convolution.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from sensorscape.cells import Cell, vertex_channels
from sensorscape.params import Network as NetworkParams
from sensorscape.training.normalise import EPSILON, BatchNormRelu, quick_for
from sensorscape.training.pooling import max_pool

_TRUNCATION = 0.87962566103423978
"""Standard deviation of a unit normal truncated at ±2, by which TensorFlow's initialiser corrects."""


class ConvBnRelu(nn.Module):
    """Convolution without bias, batch norm, ReLU; stride 1, size kept.

    Args:
        inputs: input channels.
        outputs: output channels.
        kernel: 1 or 3.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.scale = nn.Parameter(torch.ones(outputs))
        self.shift = nn.Parameter(torch.zeros(outputs))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("variance", torch.ones(outputs))
        self.padding = kernel // 2
        self.batch: tuple[Tensor, Tensor, int] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, h, w) to (b, outputs, h, w)."""
        out: Tensor
        if not self.training:
            factor = self.scale * torch.rsqrt(self.variance + EPSILON)
            weight = self.weight * factor[:, None, None, None]
            return functional.conv2d(x, weight, self.shift - self.mean * factor, padding=self.padding).relu_()
        y = functional.conv2d(x, self.weight, padding=self.padding)
        if quick_for(y):
            out, mean, inverse = BatchNormRelu.apply(y, self.scale, self.shift)  # type: ignore[no-untyped-call]
        else:
            out, mean, inverse = torch.native_batch_norm(y, self.scale, self.shift, None, None, True, 0.0, EPSILON)
            out.relu_()
        self.batch = (mean.detach(), inverse.detach(), y.numel() // y.shape[1])
        return out


class CellBlock(nn.Module):
    """One cell as a module.

    Args:
        cell: the cell.
        inputs: channels entering.
        outputs: channels leaving.
    """

    def __init__(self, cell: Cell, inputs: int, outputs: int) -> None:
        super().__init__()
        matrix = cell.matrix
        last = len(matrix) - 1
        self.widths = vertex_channels(matrix, inputs, outputs)
        self.projected = [vertex for vertex in range(1, last + 1) if matrix[0, vertex]]
        self.sources = {v: [u for u in range(1, v) if matrix[u, v]] for v in range(1, last + 1)}
        self.last = last
        self.projections = ConvBnRelu(inputs, sum(self.widths[v] for v in self.projected), 1)
        self.operations = nn.ModuleDict()
        for vertex, operation in enumerate(cell.operations, start=1):
            if operation != "maxpool3x3":
                width = self.widths[vertex]
                self.operations[str(vertex)] = ConvBnRelu(width, width, 3 if operation == "conv3x3" else 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, h, w) to (b, outputs, h, w)."""
        pieces = torch.split(self.projections(x), [self.widths[v] for v in self.projected], dim=1)
        tensors = dict(zip(self.projected, pieces, strict=True))
        projected_output = tensors.pop(self.last, None)
        for vertex in range(1, self.last):
            width = self.widths[vertex]
            entering = [tensors[u][:, :width] for u in self.sources[vertex]]
            if vertex in tensors:
                entering.append(tensors[vertex])
            total = _sum(entering)
            name = str(vertex)
            tensors[vertex] = self.operations[name](total) if name in self.operations else max_pool(total, 3)
        leaving = [tensors[u] for u in self.sources[self.last]]
        if not leaving:
            return _dense(projected_output)
        out = torch.cat(leaving, dim=1) if len(leaving) > 1 else leaving[0]
        return out if projected_output is None else out + projected_output


class Trunk(nn.Module):
    """Stem, stacks of cells and global pooling: images to features.

    Args:
        cell: the cell.
        shape: the network's parameters.
        channels: channels of the images.
    """

    def __init__(self, cell: Cell, shape: NetworkParams, channels: int) -> None:
        super().__init__()
        self.stem = ConvBnRelu(channels, shape.stem, 3)
        widths = [shape.stem * 2**stack for stack in range(shape.stacks) for _ in range(shape.cells)]
        self.cells = nn.ModuleList(CellBlock(cell, i, o) for i, o in pairwise([shape.stem, *widths]))
        self.per_stack = shape.cells
        self.features = widths[-1]
        self.recompute = False

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, h, w) to (b, features), float32."""
        x = self.stem(x)
        for place, block in enumerate(self.cells):
            if place and place % self.per_stack == 0:
                x = max_pool(x, 2)
            again = self.recompute and self.training
            x = checkpoint(block, x, use_reentrant=False, preserve_rng_state=False) if again else block(x)
        return x.mean((2, 3), dtype=torch.float64 if x.dtype == torch.float64 else torch.float32)


class Network(nn.Module):
    """A cell's network from stacked images to class scores.

    With ``sensors: late`` and several arrays each array has a trunk of its own and the pooled features are joined before the
    dense layer; with ``stack`` (or one array) one trunk sees all channels.

    Args:
        cell: the cell.
        shape: the network's parameters.
        channels: channels of each array, in the order in which they are stacked.
        classes: number of classes.
    """

    def __init__(self, cell: Cell, shape: NetworkParams, channels: Sequence[int], classes: int) -> None:
        super().__init__()
        self.channels = list(channels) if shape.sensors == "late" else [sum(channels)]
        trunks = [Trunk(cell, shape, width) for width in self.channels]
        self.trunks = nn.ModuleList(trunks)
        features = sum(trunk.features for trunk in trunks)
        self.weight = nn.Parameter(torch.empty(classes, features))
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, h, w) to scores (b, classes)."""
        parts = torch.split(x, self.channels, dim=1) if len(self.channels) > 1 else [x]
        features = [trunk(part) for trunk, part in zip(self.trunks, parts, strict=True)]
        return functional.linear(torch.cat(features, dim=1) if len(features) > 1 else features[0], self.weight, self.bias)

    def layers(self) -> Iterator[ConvBnRelu]:
        """Every convolution with its batch norm, in a fixed order."""
        return (module for module in self.modules() if isinstance(module, ConvBnRelu))

    def recompute_activations(self) -> None:
        """Keep only the cells' inputs and compute the rest again in the backward pass: less memory, the same numbers."""
        for module in self.modules():
            if isinstance(module, Trunk):
                module.recompute = True

    @torch.no_grad()
    def update_statistics(self, momentum: float) -> None:
        """Move running means and variances (Bessel-corrected, as TensorFlow and torch do) towards the last batch's by `momentum`."""
        seen = [(layer, *layer.batch) for layer in self.layers() if layer.batch is not None]
        variances = [inverse.pow(-2).sub_(EPSILON).clamp_(min=0).mul_(n / max(n - 1, 1)) for _, _, inverse, n in seen]
        torch._foreach_lerp_([layer.mean for layer, *_ in seen], [mean for _, mean, _, _ in seen], momentum)
        torch._foreach_lerp_([layer.variance for layer, *_ in seen], variances, momentum)
        for layer, *_ in seen:
            layer.batch = None

    @torch.no_grad()
    def initialise(self, seed: int, *, published: bool) -> None:
        """Draw the weights from `seed`, on the CPU: the same numbers on every device.

        Args:
            seed: any non-negative integer below 2⁶³.
            published: NASBench-101's initialisation (truncated normal of variance 1/fan-in; Glorot uniform for the dense layer)
                instead of He's normal one (variance 2/fan-in; dense layer uniform within ±1/√features).
        """
        generator = torch.Generator().manual_seed(seed)
        for layer in self.layers():
            fan_in = layer.weight[0].numel()
            drawn = torch.empty(layer.weight.shape, dtype=torch.float32)
            if published:
                deviation = math.sqrt(1 / fan_in) / _TRUNCATION
                nn.init.trunc_normal_(drawn, std=deviation, a=-2 * deviation, b=2 * deviation, generator=generator)
            else:
                drawn.normal_(0, math.sqrt(2 / fan_in), generator=generator)
            layer.weight.copy_(drawn)
        classes, features = self.weight.shape
        bound = math.sqrt(6 / (classes + features)) if published else 1 / math.sqrt(features)
        self.weight.copy_(torch.empty(classes, features, dtype=torch.float32).uniform_(-bound, bound, generator=generator))
        self.bias.zero_()


def _sum(tensors: list[Tensor]) -> Tensor:
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return _dense(total)


def _dense(x: Tensor | None) -> Tensor:
    """`x` itself, or a copy when it is a slice of channels: kernels are slow on slices."""
    if x is None:
        raise ValueError("a cell without a path from input to output")
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x
