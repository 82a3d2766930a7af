import numpy as np
import pytest
from scipy import sparse

from sensorscape.landscape.table import Space, table_landscape

HASHES = [f"{i:032x}" for i in (5, 3, 9, 7)]


@pytest.fixture
def space():
    """Four cells in two pairs of neighbours: 0-1 and 2-3, by row."""
    matrix = sparse.csr_array(np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=np.uint8))
    digits = np.array([[0, -1, -1, -1, -1], [1, 1, -1, -1, -1], [2, 0, -1, -1, -1], [-1] * 5])
    return Space(np.array(HASHES, dtype="S32"), np.arange(20, dtype=np.uint64).reshape(4, 5), digits, lambda _: matrix, ("edge",))


def test_the_whole_space_is_complete(space):
    found = table_landscape("t", HASHES, (4,), np.array([[0.5], [0.3], [0.9], [0.7]]), space)
    assert found.cells.tolist() == sorted(HASHES)
    assert found.fitness[0, :, 0].tolist() == [0.3, 0.5, 0.7, 0.9]
    assert found.complete == "all 4 cells"
    assert found.graphs["edge"].degrees.tolist() == [1, 1, 1, 1]
    assert found.graphs["edge"].neighbours.tolist() == [1, 0, 3, 2]
    assert found.features["conv1x1"].tolist() == [2, 0, 0, 0]
    assert found.code[0].tolist() == [5, 6, 7, 8, 9]


def test_a_closed_part_has_a_graph_and_an_open_one_has_none(space):
    closed = table_landscape("t", HASHES[:2], (4,), np.array([[0.5], [0.3]]), space)
    assert closed.complete == ""
    assert "edge" in closed.graphs
    assert table_landscape("t", HASHES[:3], (4,), np.array([[0.5], [0.3], [0.9]]), space).graphs == {}


def test_missing_values_are_missing_and_take_the_graph(space):
    found = table_landscape("t", HASHES, (4,), np.array([[0.5], [np.nan], [0.9], [0.7]]), space, walks=[[HASHES[1], HASHES[0], "f" * 32]])
    assert np.isnan(found.fitness[0, 0, 0])
    assert found.graphs == {}
    assert found.complete == ""
    walk = found.walks[0].fitness[:, 0]
    assert walk[1] == 0.5
    assert np.isnan(walk[[0, 2]]).all()


def test_unknown_hashes_are_refused(space):
    with pytest.raises(ValueError, match="not the hash"):
        table_landscape("t", ["0" * 32], (4,), np.array([[0.5]]), space)
