"""Distances of cells against counting by hand and networkx."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell
from sensorscape.cells.codes import pack, unpack
from sensorscape.cells.distances import edit, edit_distances, hamming
from sensorscape.cells.space import space

ROWS = st.integers(0, 423_623)
SMALL = [
    ([(0, 1)], []),
    ([(0, 1), (1, 2)], ["conv1x1"]),
    ([(0, 1), (1, 2)], ["conv3x3"]),
    ([(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (3, 4)], ["conv1x1", "conv3x3", "maxpool3x3"]),
    ([(0, 1), (0, 2), (0, 4), (1, 3), (2, 4), (3, 4)], ["conv1x1", "maxpool3x3", "conv3x3"]),
]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 200), (64, 1025), (511, 700), (512, 600), (700, 512)])
def test_hamming_distance_is_counting_unpacked_bits(m, n):
    rng = np.random.default_rng(m)
    first, second = (space().words[rng.integers(0, len(space()), count)] for count in (m, n))
    expected = (unpack(first)[:, None] != unpack(second)[None]).sum(axis=2)
    assert np.array_equal(hamming(first, second), expected)


@pytest.mark.parametrize("count", [0, 1, 65, 1300])
def test_hamming_distances_of_all_pairs_are_those_of_the_list_with_itself(count):
    words = space().words[np.random.default_rng(count).integers(0, len(space()), count)]
    assert np.array_equal(hamming(words), hamming(words, words.copy()))


def test_hamming_distance_sees_any_bit_of_many_codes():
    """Also bits that no cell sets, and many equal codes."""
    codes = np.zeros((600, 289), dtype=np.uint8)
    codes[np.arange(289), np.arange(289)] = 1
    expected = np.where(np.eye(600, dtype=bool), 0, codes.sum(axis=1)[:, None] + codes.sum(axis=1))
    assert np.array_equal(hamming(pack(codes)), expected)
    assert not hamming(pack(codes[300:].repeat(2, axis=0))).any()


def as_graph(cell):
    made = networkx.DiGraph()
    for vertex, name in enumerate(["input", *cell.operations, "output"]):
        made.add_node(vertex, name=name)
    made.add_edges_from(np.argwhere(cell.matrix).tolist())
    return made


def test_edit_distance_is_networkxs_with_unit_costs():
    def kept(node):
        return 100 if node["name"] in ("input", "output") else 1

    def cost(one, other):
        return 0 if one["name"] == other["name"] else max(kept(one), kept(other))

    cells = [Cell.from_edges(edges, operations) for edges, operations in SMALL]
    found = edit_distances(cells, cells)
    assert np.array_equal(found, found.T)
    for i in range(len(cells)):
        for j in range(i):
            assert found[i, j] == networkx.graph_edit_distance(
                as_graph(cells[i]), as_graph(cells[j]), node_subst_cost=cost, node_del_cost=kept, node_ins_cost=kept
            )


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS, ROWS)
def test_edit_distance_is_a_metric(x, y, z):
    x, y, z = (space().cell(row) for row in (x, y, z))
    assert edit(x, y) == edit(y, x)
    assert (edit(x, y) == 0) == (x == y)
    assert edit(x, z) <= edit(x, y) + edit(y, z)


def test_edit_distances_of_nothing_are_an_empty_table():
    assert edit_distances([], [Cell.from_edges([(0, 1)], [])]).shape == (0, 1)
