import numpy as np
import pytest
from scipy import sparse

from sensorscape.landscape.table import Space, holds_subspace, table_landscape

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


@pytest.fixture
def layered(monkeypatch):
    """60 cells of three vertices on a ring, and 20 of four hanging on them."""
    monkeypatch.setattr("sensorscape.landscape.table.LEAST_PART", 50)
    n = 80
    pairs = [(i, (i + 1) % 60) for i in range(60)] + [(i, i + 60) for i in range(20)]
    matrix = np.zeros((n, n), dtype=np.uint8)
    for i, j in pairs:
        matrix[i, j] = matrix[j, i] = 1
    digits = np.full((n, 5), -1)
    digits[:, 0] = 0
    digits[60:, 1] = 1
    hashes = np.array([f"{(37 * i) % 101:032x}" for i in range(n)], dtype="S32")
    return Space(hashes, np.zeros((n, 5), dtype=np.uint64), digits, lambda _: sparse.csr_array(matrix), ("edge",))


def test_all_cells_of_few_vertices_are_a_space_of_their_own(layered):
    names = [name.decode() for name in layered.hashes]
    found = table_landscape("t", names[:60], (4,), np.arange(60.0)[:, None], layered)
    assert found.complete == "all 60 cells of at most 3 vertices"
    assert found.graphs["edge"].degrees.tolist() == [2] * 60
    first = found.graphs["edge"].neighbours[:2]
    here = found.fitness[0, 0, 0]
    assert sorted(found.fitness[0, first, 0] % 60) == sorted([(here - 1) % 60, (here + 1) % 60])


def test_a_table_that_holds_more_keeps_its_complete_part(layered):
    names = [name.decode() for name in layered.hashes]
    found = table_landscape("t", names[:70], (4,), np.arange(70.0)[:, None], layered)
    assert found.complete == ""
    assert found.graphs == {}
    (part,) = found.parts
    assert (part.vertices, len(part.positions)) == (3, 60)
    assert sorted(found.fitness[0, part.positions, 0]) == list(range(60))


def test_one_missing_cell_takes_the_part(layered):
    names = [name.decode() for name in layered.hashes]
    assert table_landscape("t", names[:59], (4,), np.arange(59.0)[:, None], layered).parts == ()


def test_the_whole_space_holds_its_parts(layered):
    names = [name.decode() for name in layered.hashes]
    found = table_landscape("t", names, (4,), np.arange(80.0)[:, None], layered)
    assert [len(part.positions) for part in found.parts] == [60, 80]
    assert found.complete == "all 80 cells"


def test_a_subspace_is_told_by_counting(layered):
    names = [name.decode() for name in layered.hashes]
    found = table_landscape("t", names, (4,), np.arange(80.0)[:, None], layered)
    assert not holds_subspace(found, dict.fromkeys(names, 4))  # 80 cells of at most four vertices: the space has 91


def test_unknown_hashes_are_refused(space):
    with pytest.raises(ValueError, match="not the hash"):
        table_landscape("t", ["0" * 32], (4,), np.array([[0.5]]), space)
