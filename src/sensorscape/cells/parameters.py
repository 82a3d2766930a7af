"""Channels of a cell's vertices and the trainable parameters of a network of cells, by formula.

Source: NASBench-101's ``model_builder.py``. Convolutions carry no bias; every convolution is followed by a batch norm with two
parameters per channel.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sensorscape.cells.cell import Cell
    from sensorscape.cells.space import Space

_AREA = {"conv1x1": 1, "conv3x3": 9}


def vertex_channels(matrix: NDArray[np.uint8], entering: int, leaving: int) -> list[int]:
    """Output channels of each vertex of a pruned cell.

    The output's `leaving` channels are split evenly over its in-neighbours (the input apart), the remainder to the first ones;
    every other inner vertex is as wide as its widest successor.

    Args:
        matrix: [V, V] adjacency of the cell's representative.
        entering: channels of the cell's input.
        leaving: channels of the cell's output; at least as many as the output has inner in-neighbours.

    Returns:
        V channel numbers, the input's first and the output's last.
    """
    last = len(matrix) - 1
    channels = [entering, *([0] * (last - 1)), leaving]
    feeding = [vertex for vertex in range(1, last) if matrix[vertex, last]]
    for position, vertex in enumerate(feeding):
        channels[vertex] = leaving // len(feeding) + (position < leaving % len(feeding))
    for vertex in reversed(range(1, last)):
        if not matrix[vertex, last]:
            channels[vertex] = max(channels[target] for target in range(vertex + 1, last) if matrix[vertex, target])
    return channels


def widths(stem: int, stacks: int, cells: int) -> list[tuple[int, int]]:
    """Entering and leaving channels of every cell of a network, in order: the width doubles at the head of stacks 2, 3, …"""
    pairs, width = [], stem
    for stack in range(stacks):
        for _ in range(cells):
            leaving = stem * 2**stack
            pairs.append((width, leaving))
            width = leaving
    return pairs


def parameters(cell: "Cell", channels: int | Sequence[int], classes: int, *, stem: int = 128, stacks: int = 3, cells: int = 3) -> int:
    """Trainable parameters of the network built from `cell`.

    Args:
        cell: the cell.
        channels: channels of the image; a sequence stands for one network per array whose features are joined before the
            dense layer.
        classes: outputs of the dense layer.
        stem: channels of the stem convolution.
        stacks: stacks of cells; the width doubles from one to the next.
        cells: cells per stack.
    """
    arrays = [channels] if isinstance(channels, int) else list(channels)
    body = sum(cell_parameters(cell.matrix, cell.operations, entering, leaving) for entering, leaving in widths(stem, stacks, cells))
    features = widths(stem, stacks, cells)[-1][1]
    stems = sum(_convolution(9, count, stem) for count in arrays)
    return stems + len(arrays) * body + (len(arrays) * features + 1) * classes


def cell_parameters(matrix: NDArray[np.uint8], operations: Sequence[str], entering: int, leaving: int) -> int:
    """Trainable parameters of one cell with `entering` input and `leaving` output channels."""
    last = len(matrix) - 1
    width = vertex_channels(matrix, entering, leaving)
    total = sum(_convolution(1, entering, width[vertex]) for vertex in range(1, last + 1) if matrix[0, vertex])
    for vertex, operation in enumerate(operations, start=1):
        if operation in _AREA:
            total += _convolution(_AREA[operation], width[vertex], width[vertex])
    return total


def parameters_of_space(
    cells: "Space", channels: int, classes: int, *, stem: int = 128, stacks: int = 3, depth: int = 3
) -> NDArray[np.int64]:
    """`parameters` of every cell of the space, (n,) int64; `depth` is the number of cells per stack.

    Vertex widths depend on the skeleton alone, so they are worked out once per skeleton and summed over labels by table.
    """
    found = np.empty(len(cells), dtype=np.int64)
    skeleton = cells.vertices << 32 | cells.masks
    starts = np.flatnonzero(np.diff(skeleton, prepend=-1))
    pairs = Counter(widths(stem, stacks, depth))
    fixed = _convolution(9, channels, stem) + (widths(stem, stacks, depth)[-1][1] + 1) * classes
    for start, stop in pairwise([*starts.tolist(), len(cells)]):
        matrix = cells.cell(start).matrix
        inner = len(matrix) - 2
        base, costs = fixed, np.zeros((inner, 3), dtype=np.int64)
        for (entering, leaving), times in pairs.items():
            width = np.array(vertex_channels(matrix, entering, leaving), dtype=np.int64)
            base += times * cell_parameters(matrix, ["maxpool3x3"] * inner, entering, leaving)
            costs[:, 0] += times * (9 * width[1:-1] ** 2 + 2 * width[1:-1])
            costs[:, 1] += times * (width[1:-1] ** 2 + 2 * width[1:-1])
        found[start:stop] = base + costs[np.arange(inner), cells.digits[start:stop, :inner]].sum(axis=1)
    return found


def _convolution(area: int, entering: int, leaving: int) -> int:
    """Weights of a convolution without bias and the two parameters per channel of its batch norm."""
    return area * entering * leaving + 2 * leaving
