"""Neighbours of one cell, against the whole graphs and against the definitions tried one change at a time."""

from itertools import product

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell
from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.neighbours import neighbours
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError

ROWS = st.integers(0, 423_623)


@pytest.mark.parametrize("name", ["hamming", "edge", "edit"])
def test_neighbours_of_one_cell_are_those_of_the_whole_graph(name):
    graph, cells = neighbourhood(name), space()
    for row in [0, 1, 5, 50, 1000, *np.random.default_rng(3).integers(0, len(cells), 25).tolist()]:
        assert cells.index_of(neighbours(cells.cell(row), name)).tolist() == graph.of(row).tolist()


def cells_of(graphs):
    """Cells of (edges as a set, operations by vertex) whose vertices may be in any order; what is no cell is left out."""
    found = set()
    for edges, operations in graphs:
        whole = networkx.DiGraph(list(edges))
        if not networkx.is_directed_acyclic_graph(whole) or not {"in", "out"} <= set(whole):
            continue
        if any(edge[1] == "in" or edge[0] == "out" for edge in edges):
            continue
        inner = [vertex for vertex in networkx.topological_sort(whole) if vertex not in ("in", "out")]
        place = {"in": 0, "out": len(inner) + 1} | {vertex: number for number, vertex in enumerate(inner, start=1)}
        try:
            found.add(Cell.from_edges([(place[x], place[y]) for x, y in edges], [operations[vertex] for vertex in inner]))
        except SensorscapeError:
            continue
    return found


def as_graph(cell):
    names = ["in", *range(1, cell.vertices - 1), "out"]
    edges = frozenset((names[x], names[y]) for x, y in np.argwhere(cell.matrix))
    return edges, dict(zip(names[1:-1], cell.operations, strict=True)), names


def flipped(cell):
    """The cell's graph with each of its edges missing, and with each possible edge more."""
    edges, operations, names = as_graph(cell)
    return [(edges ^ {pair}, operations) for pair in product(names, names) if pair[0] != pair[1]]


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_edge_neighbours_are_all_flips_of_an_edge_that_lose_no_vertex(row):
    cell = space().cell(row)
    expected = {other for other in cells_of(flipped(cell)) if other.vertices == cell.vertices}
    assert set(neighbours(cell, "edge")) == expected


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_hamming_neighbours_are_all_codes_with_one_bit_flipped(row):
    cell = space().cell(row)
    expected = set()
    for bit in range(289):
        code = cell.code.copy()
        code[bit] ^= 1
        try:
            expected.add(Cell.from_code(code))
        except SensorscapeError:
            continue
    assert set(neighbours(cell, "hamming")) == expected


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_every_mutation_of_the_pruned_graph_is_an_edit_neighbour(row):
    """Whichever edge is flipped or operation replaced; more neighbours come from graphs with vertices that are pruned."""
    cell = space().cell(row)
    edges, operations, _ = as_graph(cell)
    relabelled = [(edges, operations | {vertex: name}) for vertex in operations for name in ("conv1x1", "conv3x3", "maxpool3x3")]
    assert cells_of(flipped(cell) + relabelled) - {cell} <= set(neighbours(cell, "edit"))


@settings(max_examples=20, deadline=None)
@given(ROWS, st.sampled_from(["hamming", "edge", "edit"]))
def test_neighbours_are_mutual_distinct_and_never_the_cell_itself(row, name):
    cell = space().cell(row)
    found = neighbours(cell, name)
    assert len(set(found)) == len(found)
    assert cell not in found
    assert found == sorted(found)
    for other in found[:3]:
        assert cell in neighbours(other, name)


def test_a_vertex_can_be_added_by_an_edit_from_the_trivial_cell():
    trivial = space().cell(0)
    assert neighbours(trivial, "hamming") == neighbours(trivial, "edge") == []
    assert len(neighbours(trivial, "edit")) == 52602
    with pytest.raises(SensorscapeError, match="no neighbourhood 'near'"):
        neighbours(trivial, "near")
