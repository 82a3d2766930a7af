"""One cell: its forms, its identity, and why something is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasbench_pytorch.model import ModelSpec
from nasbench_pytorch.model.graph_util import hash_module

from sensorscape.cells import Cell
from sensorscape.errors import SensorscapeError

NAMES = ("conv1x1", "conv3x3", "maxpool3x3")
PUBLISHED = [  # edges, operations, hash: NASBench-101's own records
    ([(0, 1)], [], "043721b9c7fe8c5fad811d47d83132ec"),
    (
        [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)],
        ["conv1x1", "conv3x3", "conv3x3", "conv3x3", "maxpool3x3"],
        "28cfc7874f6d200472e1a9dcd8650aa0",
    ),
    (
        [(0, 1), (0, 4), (0, 5), (1, 2), (2, 3), (2, 6), (3, 5), (4, 5), (5, 6)],
        ["conv3x3", "maxpool3x3", "conv3x3", "conv3x3", "conv1x1"],
        "00005c142e6f48ac74fdcf73e3439874",
    ),
    (
        [(0, 1), (0, 2), (0, 5), (0, 6), (1, 5), (2, 3), (3, 4), (4, 5), (5, 6)],
        ["conv1x1", "conv3x3", "maxpool3x3", "conv3x3", "conv3x3"],
        "02e5a0247bbdcf2860b7e96f74961594",
    ),
]


@st.composite
def labelled_graphs(draw):
    """Raw graphs with up to seven vertices that are cells after pruning."""
    vertices = draw(st.integers(2, 7))
    matrix = np.zeros((vertices, vertices), dtype=int)
    bits = draw(st.lists(st.booleans(), min_size=vertices * (vertices - 1) // 2, max_size=vertices * (vertices - 1) // 2))
    matrix[np.triu_indices(vertices, 1)] = bits
    if bits and matrix.sum() > 9:
        where = np.argwhere(matrix)
        for x, y in where[9:]:
            matrix[x, y] = 0
    matrix[0, vertices - 1] |= matrix.sum() < 9 and draw(st.booleans())
    operations = draw(st.lists(st.sampled_from(NAMES), min_size=vertices - 2, max_size=vertices - 2))
    return matrix, operations


def cell_or_none(graph):
    try:
        return Cell.of(*graph)
    except SensorscapeError:
        return None


@pytest.mark.parametrize(("edges", "operations", "name"), PUBLISHED)
def test_the_hash_is_the_published_one(edges, operations, name):
    cell = Cell.from_edges(edges, operations)
    assert cell.hash == name


@settings(max_examples=150, deadline=None)
@given(labelled_graphs())
def test_hash_and_pruning_are_those_of_nasbench_101(graph):
    matrix, operations = graph
    labels = ["input", *operations, "output"]
    cell = cell_or_none(graph)
    if cell is None:
        with pytest.raises((RuntimeError, TypeError)):  # the package finds no path and then copies a matrix that is not there
            ModelSpec(matrix, labels)
    else:
        spec = ModelSpec(matrix, labels)
        digits = [["conv3x3", "conv1x1", "maxpool3x3"].index(name) for name in spec.ops[1:-1]]
        assert cell.hash == hash_module(spec.matrix.numpy(), [-1, *digits, -2])


@settings(max_examples=100, deadline=None)
@given(labelled_graphs(), st.randoms())
def test_renumbering_the_vertices_leaves_the_cell(graph, random):
    cell = cell_or_none(graph)
    if cell is None:
        return
    order = list(range(1, cell.vertices - 1))
    random.shuffle(order)
    order = [0, *order, cell.vertices - 1]
    moved = cell.matrix[np.ix_(order, order)]
    if not np.tril(moved).any():
        assert Cell.of(moved, [cell.operations[v - 1] for v in order[1:-1]]) == cell


@settings(max_examples=100, deadline=None)
@given(labelled_graphs())
def test_every_form_leads_back_to_the_cell(graph):
    cell = cell_or_none(graph)
    if cell is None:
        return
    assert Cell.from_dict(cell.to_dict()) == cell
    assert Cell.from_code(cell.code) == cell
    assert Cell.from_code("".join(map(str, cell.code))) == cell
    assert Cell.from_key(cell.key) == cell
    assert cell.code.sum() == cell.edges
    assert not cell.matrix.flags.writeable
    assert not cell.code.flags.writeable


def test_nasbench_101s_own_form_is_read():
    inner = Cell.from_dict({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]})
    outer = {"module_adjacency": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "module_operations": ["input", "conv3x3-bn-relu", "output"]}
    assert Cell.from_dict(outer) == inner


@pytest.mark.parametrize(
    ("matrix", "operations", "reason"),
    [
        ([[0, 1, 0], [0, 0, 1]], ["conv3x3"], "not square"),
        ([[0, 1], [0]], [], "not square"),
        ([[0, 2], [0, 0]], [], "holds 2"),
        ([[0, 0.5], [0, 0]], [], "holds 0.5"),
        ([[0, 0], [0, 0]], [], "no path"),
        ([[0, 1, 0], [0, 0, 0], [0, 0, 0]], ["conv3x3"], "no path"),
        ([[0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]], ["conv3x3"] * 2, "cycle"),
        ([[0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]], ["conv3x3"] * 2, "topological order"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["conv5x5"], "unknown operation 'conv5x5'"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [], "0 operations for 1"),
        (np.triu(np.ones((6, 6), dtype=int), 1), ["conv3x3"] * 4, "15 edges"),
        (np.eye(8, k=1, dtype=int), ["conv3x3"] * 6, "8 vertices"),
    ],
)
def test_what_is_no_cell_is_refused_with_its_reason(matrix, operations, reason):
    with pytest.raises(SensorscapeError, match=reason):
        Cell.of(matrix, operations)


def test_depth_is_the_longest_path_and_width_the_largest_cut():
    chain = Cell.from_edges([(0, 1), (1, 2), (2, 3)], ["conv3x3", "conv1x1"])
    fan = Cell.from_edges([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (0, 4)], ["conv3x3"] * 3)
    assert (chain.depth, chain.width) == (3, 1)
    assert (fan.depth, fan.width) == (2, 4)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([[0, 1], [0, 0]], "not a cell: "),
        ({}, "not a cell: it has the keys none"),
        ({"matrix": [[0, 1], [0, 0]]}, "it has the keys matrix"),
        ({"matrix": [[0, 1], [0, 0]], "ops": "conv3x3"}, "the operations are not a list"),
        ({"matrix": [[0, 1], [0, 0]], "ops": None}, "the operations are not a list: None"),
        ({"matrix": None, "ops": []}, "not square"),
        ({"matrix": [], "ops": []}, "not square"),
        ({"matrix": [["0", "1"], ["0", "0"]], "ops": []}, "the matrix holds"),
        ({"matrix": [[0, float("nan")], [0, 0]], "ops": []}, "the matrix holds nan"),
        ({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": [3]}, "unknown operation 3"),
    ],
)
def test_what_is_no_dictionary_of_a_cell_is_refused_with_its_reason(value, reason):
    with pytest.raises(SensorscapeError, match=reason):
        Cell.from_dict(value)


def test_an_edge_of_a_list_must_join_vertices_that_are_there():
    with pytest.raises(SensorscapeError, match="edge 1 → 3 leaves the vertices 0 … 2"):
        Cell.from_edges([(0, 1), (1, 3)], ["conv3x3"])
    with pytest.raises(SensorscapeError, match="cycle"):
        Cell.from_edges([(0, 1), (1, 2), (2, 1), (2, 3)], ["conv3x3"] * 2)


def test_cells_sort_as_they_are_enumerated():
    conv1x1, conv3x3 = (Cell.from_edges([(0, 1), (1, 2)], [name]) for name in ("conv1x1", "conv3x3"))
    assert sorted([conv1x1, conv3x3, Cell.from_edges([(0, 1)], [])]) == [Cell.from_edges([(0, 1)], []), conv3x3, conv1x1]
    assert len({conv1x1, Cell.from_edges([(0, 1), (1, 2)], ["conv1x1"])}) == 1
