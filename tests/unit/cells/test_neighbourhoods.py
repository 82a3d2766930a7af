"""The three neighbourhoods of the whole space; counts recomputed twice independently of this code."""

import numpy as np
import pytest

from sensorscape.cells.codes import unpack
from sensorscape.cells.neighbourhoods import neighbourhood, pairs_of
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError

HAMMING = "4318 34818 89205 129957 54993 13293 3612 2933 2178 2811 14187 12165 5356 5339 2423 31264 9585 3201 1506 192 285 3"
EDGE = "577 14385 81750 136932 72432 18471 4620 2339 804 18 9180 13293 5787 1800 243 27162 14364 8586 6885 1458 2430 108"
DEGREES = {"hamming": HAMMING, "edge": EDGE}  # cells with 0, 1, 2, … neighbours


@pytest.mark.parametrize(
    ("name", "pairs", "components", "isolated", "largest"),
    [("hamming", 1065502, 4373, 4318, 43460), ("edge", 1170718, 632, 577, 43766), ("edit", 4577278, 1, 0, 423624)],
)
def test_neighbourhoods_have_the_published_pairs_components_and_degrees(name, pairs, components, isolated, largest):
    graph = neighbourhood(name)
    summary = graph.summary()
    assert (graph.pairs, summary["pairs"], summary["components"]) == (pairs, pairs, components)
    assert (summary["isolated"], summary["largest_component"]) == (isolated, largest)
    assert (graph.matrix != graph.matrix.T).nnz == 0
    assert not graph.matrix.diagonal().any()
    if name in DEGREES:
        assert " ".join(map(str, np.bincount(graph.degrees))) == DEGREES[name]
    else:
        assert (graph.degrees.argmax(), graph.degrees[0]) == (0, 52602)
        assert summary["mean_degree"] == pytest.approx(21.61, abs=0.005)


@pytest.mark.parametrize("name", ["hamming", "edge"])
def test_a_step_keeps_the_operations_and_changes_one_edge(name):
    cells, pairs = space(), pairs_of(name)
    assert (cells.multisets[pairs[:, 0]] == cells.multisets[pairs[:, 1]]).all()
    assert (np.abs(cells.edges[pairs[:, 0]] - cells.edges[pairs[:, 1]]) == 1).all()


def test_hamming_neighbours_differ_in_one_bit_and_are_edge_neighbours():
    cells, pairs = space(), pairs_of("hamming")
    some = pairs[:: len(pairs) // 2000]
    assert (unpack(cells.words[some[:, 0]] ^ cells.words[some[:, 1]]).sum(axis=1) == 1).all()
    edges = neighbourhood("edge").matrix
    assert neighbourhood("hamming").matrix.multiply(edges).nnz == neighbourhood("hamming").matrix.nnz
    assert edges.multiply(neighbourhood("edit").matrix).nnz == edges.nnz


def test_a_component_is_closed_under_steps():
    graph = neighbourhood("hamming")
    ends = graph.matrix.tocoo()
    assert (graph.components[ends.coords[0]] == graph.components[ends.coords[1]]).all()
    assert graph.component_sizes.sum() == 423624
    assert graph.of(int(graph.degrees.argmin())).size == 0


def test_an_unknown_neighbourhood_is_refused():
    with pytest.raises(SensorscapeError, match="no neighbourhood 'knight'"):
        neighbourhood("knight")
