"""Parameter counts against NASBench-101's records and the published extremes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell, parameters
from sensorscape.cells.parameters import cell_parameters, parameters_of_space, vertex_channels, widths
from sensorscape.cells.space import space

PUBLISHED = [  # on CIFAR-10: 3 channels, 10 classes
    ([(0, 1)], [], 882570),
    (
        [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)],
        ["conv1x1", "conv3x3", "conv3x3", "conv3x3", "maxpool3x3"],
        2694282,
    ),
    (
        [(0, 1), (0, 4), (0, 5), (1, 2), (2, 3), (2, 6), (3, 5), (4, 5), (5, 6)],
        ["conv3x3", "maxpool3x3", "conv3x3", "conv3x3", "conv1x1"],
        8555530,
    ),
    (
        [(0, 1), (0, 2), (0, 5), (0, 6), (1, 5), (2, 3), (3, 4), (4, 5), (5, 6)],
        ["conv1x1", "conv3x3", "maxpool3x3", "conv3x3", "conv3x3"],
        32426634,
    ),
]
SO2SAT = [  # built and counted with 10 channels and 17 classes
    ([(0, 1)], [], 894225),
    ([(0, 1), (1, 2)], ["conv1x1"], 1931793),
    ([(0, 1), (1, 2)], ["conv3x3"], 10189329),
    ([(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (3, 4)], ["conv1x1", "conv3x3", "maxpool3x3"], 12974353),
    ([(0, 1), (0, 2), (0, 4), (1, 3), (2, 4), (3, 4)], ["conv1x1", "maxpool3x3", "conv3x3"], 4353809),
    ([(0, 1), (0, 4), (1, 2), (1, 3), (1, 4), (2, 4), (3, 4)], ["conv3x3", "maxpool3x3", "maxpool3x3"], 2227379),
]
ROWS = st.integers(0, 423_623)


@pytest.mark.parametrize(("edges", "operations", "count"), PUBLISHED)
def test_parameters_are_the_published_ones(edges, operations, count):
    assert parameters(Cell.from_edges(edges, operations), 3, 10) == count


@pytest.mark.parametrize(("edges", "operations", "count"), SO2SAT)
def test_parameters_count_so2sats_channels_and_classes(edges, operations, count):
    assert parameters(Cell.from_edges(edges, operations), 10, 17) == count


def test_parameters_of_the_space_are_the_published_extremes():
    counts = parameters_of_space(space(), 3, 10)
    assert (counts.min(), counts.max(), len(np.unique(counts))) == (227274, 49979274, 3336)
    assert (round(counts.mean()), np.median(counts)) == (8459762, 5356682)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_sensors_differ_by_stem_and_classes_alone(row):
    cell = space().cell(row)
    cifar10 = parameters(cell, 3, 10)
    assert [parameters(cell, channels, 17) - cifar10 for channels in (8, 10, 18)] == [9351, 11655, 20871]


def test_parameters_of_the_space_are_those_of_its_cells_for_any_network():
    cells = space()
    counts = parameters_of_space(cells, 5, 7, stem=10, stacks=2, depth=2)
    for row in np.random.default_rng(1).integers(0, len(cells), 60).tolist():
        assert counts[row] == parameters(cells.cell(row), 5, 7, stem=10, stacks=2, cells=2)


def test_a_network_per_array_has_a_stem_and_a_body_each_and_shares_the_classes():
    cell = Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])
    one, other = (parameters(cell, channels, 17, stem=8, stacks=2, cells=1) for channels in (3, 4))
    assert parameters(cell, [3, 4], 17, stem=8, stacks=2, cells=1) == one + other - 17  # one bias for every class
    assert parameters(cell, [3], 17, stem=8, stacks=2, cells=1) == one


def test_widths_double_at_the_head_of_a_stack():
    assert widths(128, 3, 3) == [(128, 128)] * 3 + [(128, 256), (256, 256), (256, 256), (256, 512), (512, 512), (512, 512)]


def test_the_outputs_channels_are_split_evenly_the_remainder_to_the_first():
    three = Cell.from_edges([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (0, 4)], ["conv1x1"] * 3)
    assert vertex_channels(three.matrix, 7, 128) == [7, 43, 43, 42, 128]
    chain = Cell.from_edges([(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)], ["conv1x1", "conv3x3", "maxpool3x3"])
    assert max(vertex_channels(chain.matrix, 1, 5)[1:4]) == vertex_channels(chain.matrix, 1, 5)[1] == 3


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 40), st.integers(5, 40))
def test_inner_channels_add_up_to_the_output_and_widths_never_fall_short(row, entering, leaving):
    """NASBench-101's own check of its split; a vertex is at least as wide as what reads it."""
    cell = space().cell(row)
    width = vertex_channels(cell.matrix, entering, leaving)
    last = cell.vertices - 1
    feeding = [vertex for vertex in range(1, last) if cell.matrix[vertex, last]]
    assert sum(width[vertex] for vertex in feeding) == (leaving if feeding else 0)
    for x, y in np.argwhere(cell.matrix[1:last, 1:last]) + 1:
        assert width[x] >= width[y] or x in feeding
    pools = cell_parameters(cell.matrix, ["maxpool3x3"] * (last - 1), entering, leaving)
    projected = [width[vertex] for vertex in range(1, last + 1) if cell.matrix[0, vertex]]
    assert pools == sum(entering * channels + 2 * channels for channels in projected)
