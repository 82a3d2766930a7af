"""A subset file and runs small enough to train in a moment, and a textbook network to compare with."""

import h5py
import numpy as np
import torch
from torch import nn

from sensorscape.cells import Cell, vertex_channels
from sensorscape.params import Network, Training
from sensorscape.patches.sensors import resolve
from sensorscape.training.place import Place
from sensorscape.training.recipe import in_order, make_run

TRIVIAL = Cell.of([[0, 1], [0, 0]], [])
SMALL = Cell.from_edges([(0, 1), (0, 2), (1, 2), (2, 3)], ["conv3x3", "conv1x1"])
WIDE = Cell.from_edges([(0, 1), (0, 2), (0, 3), (0, 4), (1, 4), (2, 4), (3, 4)], ["conv1x1", "conv3x3", "maxpool3x3"])
DEEP = Cell.from_edges([(0, 1), (0, 4), (1, 2), (1, 3), (2, 3), (3, 4), (1, 4)], ["conv3x3", "maxpool3x3", "conv1x1"])
CELLS = {"trivial": TRIVIAL, "small": SMALL, "wide": WIDE, "deep": DEEP}
SIZES = {"sen1": 3, "sen2": 4}
CLASSES = 4
RECIPE = {
    "budgets": (1, 3),
    "schedule": "shared",
    "seeds": (0,),
    "batch": 8,
    "optimiser": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "epsilon": 1.0,
    "weight_decay": 5e-4,
    "augmentation": "none",
    "precision": "float32",
    "time_limit": 3600.0,
    "keep_weights": "all",
}
SHAPE = {"stem": 6, "stacks": 2, "cells": 1, "batch_norm_momentum": 0.1, "sensors": "stack"}


def write_subset(path, train=40, test=25, side=8, classes=CLASSES, seed=0):
    """Two arrays whose class can be learned: each class has a mean of its own in every channel."""
    random = np.random.default_rng(seed)
    means = {name: random.normal(size=(classes, channels)) for name, channels in SIZES.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for group, n in (("train", train), ("test", test)):
            labels = random.integers(0, classes, n)
            folder = file.create_group(group)
            folder["label"], folder["row"] = labels, np.arange(n)
            for name, mean in means.items():
                noise = random.normal(size=(n, side, side, mean.shape[1]))
                folder.create_dataset(name, data=(mean[labels][:, None, None] + noise).astype("<f4"))
    return path


def network(**changes):
    return Network(**SHAPE | changes)


def recipe(**changes):
    return Training(**RECIPE | changes)


def sensor(definition=None):
    return resolve("x", in_order(definition or {"sen2": "all"}), SIZES)


def run_of(cell=SMALL, definition=None, epochs=3, seed=0, name="s2", shape=None, **changes):
    return make_run(
        cell=cell,
        name=name,
        sensor=sensor(definition),
        sizes=SIZES,
        subset="0" * 64,
        network=shape or network(),
        training=recipe(**changes),
        epochs=epochs,
        seed=seed,
    )


def place_of(folder, **changes):
    subset = folder / "subset.h5"
    if not subset.exists():
        write_subset(subset)
    return Place(**{"subset": subset, "sizes": SIZES, "classes": CLASSES, "work": folder / "work"} | changes)


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, momentum):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs, 1e-5, momentum), nn.ReLU()
        )


class PlainCell(nn.Module):
    """A cell as NASBench-101 describes it: one module per projection and operation, no layout, nothing merged."""

    def __init__(self, cell, inputs, outputs, momentum):
        super().__init__()
        self.matrix, self.last = cell.matrix, len(cell.matrix) - 1
        self.widths = vertex_channels(cell.matrix, inputs, outputs)
        self.projections = nn.ModuleDict(
            {str(v): Conv(inputs, self.widths[v], 1, momentum) for v in range(1, self.last + 1) if cell.matrix[0, v]}
        )
        kinds = {"conv1x1": 1, "conv3x3": 3}
        self.operations = nn.ModuleDict(
            {
                str(v): Conv(self.widths[v], self.widths[v], kinds[name], momentum) if name in kinds else nn.MaxPool2d(3, 1, 1)
                for v, name in enumerate(cell.operations, 1)
            }
        )

    def forward(self, x):
        out = {}
        for v in range(1, self.last):
            total = torch.zeros(len(x), self.widths[v], *x.shape[2:], dtype=x.dtype)
            for u in range(1, v):
                if self.matrix[u, v]:
                    total = total + out[u][:, : self.widths[v]]
            if self.matrix[0, v]:
                total = total + self.projections[str(v)](x)
            out[v] = self.operations[str(v)](total)
        joined = [out[v] for v in range(1, self.last) if self.matrix[v, self.last]]
        if not joined:
            return self.projections[str(self.last)](x)
        result = torch.cat(joined, 1)
        return result + self.projections[str(self.last)](x) if self.matrix[0, self.last] else result


class PlainNetwork(nn.Module):
    """NASBench-101's network in torch's own modules; `like` copies the weights of ours into it."""

    def __init__(self, cell, shape, channels, classes):
        super().__init__()
        self.stem = Conv(channels, shape.stem, 3, shape.batch_norm_momentum)
        self.stacks = nn.ModuleList()
        width = shape.stem
        for stack in range(shape.stacks):
            blocks = []
            for _ in range(shape.cells):
                blocks.append(PlainCell(cell, width, shape.stem * 2**stack, shape.batch_norm_momentum))
                width = shape.stem * 2**stack
            self.stacks.append(nn.Sequential(*blocks))
        self.dense = nn.Linear(width, classes)

    def forward(self, x):
        x = self.stem(x)
        for place, stack in enumerate(self.stacks):
            x = stack(nn.functional.max_pool2d(x, 2, 2) if place else x)
        return self.dense(x.mean((2, 3)))

    @torch.no_grad()
    def like(self, ours):
        trunk = ours.trunks[0]
        pairs = [(self.stem, trunk.stem, slice(None))]
        for plain, block in zip((b for stack in self.stacks for b in stack), trunk.cells, strict=True):
            at = 0
            for v in block.projected:
                pairs.append((plain.projections[str(v)], block.projections, slice(at, at + block.widths[v])))
                at += block.widths[v]
            pairs += [(plain.operations[name], layer, slice(None)) for name, layer in block.operations.items()]
        for plain, layer, part in pairs:
            plain[0].weight.copy_(layer.weight[part])
            plain[1].weight.copy_(layer.scale[part])
            plain[1].bias.copy_(layer.shift[part])
            plain[1].running_mean.copy_(layer.mean[part])
            plain[1].running_var.copy_(layer.variance[part])
        self.dense.weight.copy_(ours.weight)
        self.dense.bias.copy_(ours.bias)
        return pairs
