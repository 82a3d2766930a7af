"""Labelled graphs as integers, against NASBench-101's own functions and networkx."""

from itertools import pairwise, product

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasbench_pytorch.model import graph_util

from sensorscape.cells import graph


def as_networkx(matrix):
    made = networkx.DiGraph(np.argwhere(matrix).tolist())
    made.add_nodes_from(range(len(matrix)))
    return made


@st.composite
def matrices(draw):
    """Upper-triangular matrices of up to seven vertices; two masks in one keep the edges few."""
    vertices = draw(st.integers(2, 7))
    largest = 2 ** (vertices * (vertices - 1) // 2) - 1
    return graph.matrix_of(vertices, draw(st.integers(0, largest)) & draw(st.integers(0, largest)))


@st.composite
def connected(draw):
    """Such matrices with a path from input to output and at most nine edges: the path, and up to nine minus its length beside it."""
    vertices = draw(st.integers(2, 7))
    path = [0, *sorted(draw(st.sets(st.integers(1, vertices - 2)))), vertices - 1] if vertices > 2 else [0, 1]
    edges = set(pairwise(path))
    pairs = [(x, y) for y in range(vertices) for x in range(y)]
    edges |= draw(st.sets(st.sampled_from(pairs), max_size=9 - len(edges)))
    matrix = np.zeros((vertices, vertices), dtype=np.uint8)
    for edge in edges:
        matrix[edge] = 1
    return matrix


@given(st.integers(2, 7), st.data())
def test_the_bits_of_a_mask_are_nasbench_101s(vertices, data):
    mask = data.draw(st.integers(0, 2 ** (vertices * (vertices - 1) // 2) - 1))
    matrix = graph.matrix_of(vertices, mask)
    assert np.array_equal(matrix, np.fromfunction(graph_util.gen_is_edge_fn(mask), (vertices, vertices), dtype=np.int8))
    assert graph.mask_of(matrix) == mask
    assert sum(1 << graph.edge_bit(x, y) for x, y in graph.edge_ends(vertices) if matrix[x, y]) == mask


@pytest.mark.parametrize(("digits", "label"), [((), 0), ((2,), 2), ((1, 0), 3), ((0, 2, 1, 1, 2), 68)])
def test_a_label_is_the_digits_in_base_3_the_first_vertex_first(digits, label):
    assert graph.label_of(digits) == label
    assert graph.digits_of(len(digits) + 2, label) == digits


@given(matrices())
def test_vertices_on_a_path_from_input_to_output_are_kept(matrix):
    whole, last = as_networkx(matrix), len(matrix) - 1
    expected = (networkx.descendants(whole, 0) | {0}) & (networkx.ancestors(whole, last) | {last})
    assert graph.kept_vertices(matrix) == (sorted(expected) if last in expected else [])


@settings(max_examples=60, deadline=None)
@given(connected())
def test_depth_is_the_longest_path_and_width_the_largest_antichain_of_edges(matrix):
    """A directed cut that no edge re-enters is a set of edges none of which comes after another."""
    kept = graph.kept_vertices(matrix)
    pruned = matrix[np.ix_(kept, kept)]
    whole = as_networkx(pruned)
    assert graph.depth_of(pruned) == networkx.dag_longest_path_length(whole)
    assert graph.width_of(pruned) == max(len(edges) for edges in networkx.antichains(networkx.line_graph(whole)))


def test_the_representative_is_the_first_graph_of_its_cell_in_nasbench_101s_enumeration():
    first = {}
    for vertices in (2, 3, 4):
        for mask in range(2 ** (vertices * (vertices - 1) // 2)):
            matrix = np.fromfunction(graph_util.gen_is_edge_fn(mask), (vertices, vertices), dtype=np.int8)
            if not graph_util.is_full_dag(matrix):
                continue
            for label, digits in enumerate(product(range(3), repeat=vertices - 2)):
                found = first.setdefault(graph_util.hash_module(matrix, [-1, *digits, -2]), (mask, label))
                assert graph.representative(vertices, mask, label) == found
    assert len(first) == 91


@settings(max_examples=60, deadline=None)
@given(connected(), st.data())
def test_hash_and_representative_leave_the_cell_as_nasbench_101_sees_it(matrix, data):
    kept = graph.kept_vertices(matrix)
    pruned = matrix[np.ix_(kept, kept)]
    label = data.draw(st.integers(0, 3 ** (len(kept) - 2) - 1))
    digits = graph.digits_of(len(kept), label)
    mask, other = graph.representative(len(kept), graph.mask_of(pruned), label)
    moved = graph.matrix_of(len(kept), mask)
    name = graph.graph_hash(pruned, digits)
    assert name == graph_util.hash_module(pruned, [-1, *digits, -2])
    assert name == graph_util.hash_module(moved, [-1, *graph.digits_of(len(kept), other), -2])
    assert (mask, other) <= (graph.mask_of(pruned), label)
    assert graph.representative(len(kept), mask, other) == (mask, other)
