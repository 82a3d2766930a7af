"""Counts of the whole space, recomputed twice independently of this code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell, graph
from sensorscape.cells.codes import SLOTS, unpack
from sensorscape.cells.space import canonical_keys, labelled_graphs, space
from sensorscape.errors import SensorscapeError


def test_there_are_423624_cells_by_vertices_and_edges():
    cells = space()
    assert len(cells) == 423624
    assert np.bincount(cells.vertices).tolist() == [0, 0, 1, 6, 84, 2441, 62010, 359082]
    assert np.bincount(cells.edges).tolist() == [0, 1, 3, 12, 60, 339, 2134, 13984, 78822, 328269]
    assert len(np.unique(cells.multisets)) == 56
    assert (np.diff(cells.keys) > 0).all()


def test_the_enumeration_passes_1293208_labelled_graphs():
    assert np.cumsum(list(labelled_graphs().values())).tolist() == [1, 7, 97, 3364, 128509, 1293208]


def test_the_code_is_injective_and_its_halves_are_not():
    words = space().words
    assert len(np.unique(words.view("V40"))) == 423624
    upper = np.triu(np.ones((SLOTS, SLOTS), dtype=bool), 1)
    both, half = set(), set()
    for start in range(0, len(words), 50_000):
        squares = unpack(words[start : start + 50_000]).reshape(-1, SLOTS, SLOTS)
        both.update(map(bytes, np.packbits((squares | squares.transpose(0, 2, 1))[:, upper], axis=1)))
        half.update(map(bytes, np.packbits(squares[:, upper], axis=1)))
    assert (len(both), len(half)) == (364201, 227608)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 423_623))
def test_a_row_is_a_cell_and_a_cell_has_its_row(row):
    cells = space()
    cell = cells.cell(row)
    assert Cell.of(cell.matrix, cell.operations) == cell
    assert cells.index_of([cell]).tolist() == cells.rows(np.array([cell.key])).tolist() == [row]
    assert tuple(cells.digits[row, : cell.vertices - 2]) == cell.digits
    assert (cells.digits[row, cell.vertices - 2 :] == -1).all()
    assert (int(cells.edges[row]), int(cells.vertices[row])) == (cell.edges, cell.vertices)


def cell_or_reason(matrix, operations):
    try:
        return Cell.of(matrix, operations), ""
    except SensorscapeError as error:
        return None, error.message


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 7), st.data())
def test_keys_of_many_raw_graphs_are_those_of_their_cells(vertices, data):
    largest = 2 ** (vertices * (vertices - 1) // 2) - 1
    masks = [data.draw(st.integers(0, largest)) & data.draw(st.integers(0, largest)) for _ in range(5)]
    digits = [data.draw(st.lists(st.integers(0, 2), min_size=vertices - 2, max_size=vertices - 2)) for _ in masks]
    keys, connected = canonical_keys(vertices, np.array(masks), np.array(digits, dtype=np.int64).reshape(5, vertices - 2))
    for mask, inner, key, path in zip(masks, digits, keys.tolist(), connected.tolist(), strict=True):
        expected, reason = cell_or_reason(graph.matrix_of(vertices, mask), [graph.OPERATIONS[digit] for digit in inner])
        assert key == (expected.key if expected else -1)
        assert path == ("no path" not in reason)


def test_the_space_is_made_once():
    assert space() is space()
    with pytest.raises(IndexError):
        space().cell(423_624)
