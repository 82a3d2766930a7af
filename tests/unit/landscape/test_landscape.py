import numpy as np
import pytest

from sensorscape.landscape.landscape import Graph, code_distances


def test_graphs_store_both_directions():
    graph = Graph.of_pairs(4, np.array([(0, 1), (1, 2)]))
    assert graph.degrees.tolist() == [1, 2, 1, 0]
    assert sorted(zip(graph.sources.tolist(), graph.neighbours.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert graph.degrees_of(np.array([1, 3])).tolist() == [2, 0]


def test_code_distances_count_bits():
    code = np.random.default_rng(0).integers(0, 2**63, (20, 5)).astype(np.uint64)
    bits = np.unpackbits(code.view(np.uint8), axis=1)
    expected = (bits[[3, 7], None] != bits[None]).sum(axis=2)
    np.testing.assert_array_equal(code_distances(code, np.array([3, 7])), expected)


def test_measured_and_keep(make):
    fitness = np.array([[0.1, 0.2], [np.nan, 0.4], [0.5, 0.6]])
    landscape = make(fitness, (4, 12), flagged=np.array([True, False, False]), features={"depth": np.array([1.0, 2.0, 3.0])})
    positions, values = landscape.measured(4)
    assert positions.tolist() == [0, 2]
    assert values.tolist() == [0.1, 0.5]
    kept = landscape.keep(np.array([1, 2]))
    assert kept.n == 2
    assert kept.features["depth"].tolist() == [2, 3]
    assert kept.flagged.tolist() == [False, False]


def test_wrong_shapes_unsorted_cells_and_unknown_budgets_are_refused(make):
    from dataclasses import replace

    landscape = make(np.ones((2, 1)), (4,))
    with pytest.raises(ValueError, match="fitness"):
        replace(landscape, budgets=(4, 12))
    with pytest.raises(ValueError, match="sorted"):
        replace(landscape, cells=landscape.cells[::-1])
    with pytest.raises(KeyError):
        landscape.at(99)
