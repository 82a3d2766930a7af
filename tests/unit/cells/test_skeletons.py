"""Tables over all pruned graphs without labels, against the graphs one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell, graph
from sensorscape.cells.skeletons import deletions, label_digits, prune, skeletons
from sensorscape.errors import SensorscapeError

LABELLED = {2: 1, 3: 6, 4: 90, 5: 3267, 6: 125145, 7: 1164699}  # NASBench-101's enumeration passes these graphs


@pytest.mark.parametrize("vertices", range(2, 8))
def test_the_labelled_graphs_of_all_skeletons_are_those_of_the_enumeration(vertices):
    table = skeletons(vertices)
    assert table.label.size == LABELLED[vertices]
    assert (np.diff(table.masks) > 0).all()
    assert (table.first <= np.arange(len(table.masks))).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 7), st.data())
def test_the_table_holds_the_representative_of_every_labelled_graph(vertices, data):
    table = skeletons(vertices)
    row = data.draw(st.integers(0, len(table.masks) - 1))
    label = data.draw(st.integers(0, 3 ** (vertices - 2) - 1))
    expected = graph.representative(vertices, int(table.masks[row]), label)
    assert (int(table.masks[table.first[row]]), int(table.label[row, label])) == expected
    assert table.rows(table.masks[row]) == row
    assert tuple(label_digits(vertices)[label]) == graph.digits_of(vertices, label)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 7), st.data())
def test_many_graphs_are_pruned_as_one_by_one(vertices, data):
    largest = 2 ** (vertices * (vertices - 1) // 2) - 1
    masks = np.array(data.draw(st.lists(st.integers(0, largest), max_size=5)), dtype=np.int64)
    kept, left = prune(vertices, masks)
    for mask, keeps, rest in zip(masks.tolist(), kept, left.tolist(), strict=True):
        matrix = graph.matrix_of(vertices, mask)
        wanted = graph.kept_vertices(matrix)
        assert np.flatnonzero(keeps).tolist() == wanted
        assert rest == (graph.mask_of(matrix[np.ix_(wanted, wanted)]) if wanted else 0)


@pytest.mark.parametrize("vertices", range(3, 8))
def test_every_deletion_leaves_the_cell_that_is_left_without_the_edge(vertices):
    table = deletions(vertices)
    rng = np.random.default_rng(vertices)
    entries = range(len(table.parent)) if vertices < 5 else rng.integers(0, len(table.parent), 40)
    for entry in entries:
        parent = int(table.parent[entry])
        label = int(rng.integers(0, table.label.shape[1]))
        operations = [graph.OPERATIONS[digit] for digit in graph.digits_of(vertices, label)]
        left = set()
        for bit in range(vertices * (vertices - 1) // 2):
            if parent >> bit & 1:
                try:
                    left.add(Cell.of(graph.matrix_of(vertices, parent & ~(1 << bit)), operations).key)
                except SensorscapeError:
                    continue  # no path is left
        same = np.flatnonzero(table.parent == parent)
        found = [Cell(int(table.child_vertices[row]), int(table.child[row]), int(table.label[row, label])).key for row in same]
        assert set(found) == left
