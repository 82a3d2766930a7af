"""Counts of the whole space, recomputed twice independently of this code, and its three neighbourhoods."""

import numpy as np
import pytest

from sensorscape.cells.codes import SLOTS, unpack
from sensorscape.cells.hashing import hashes
from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.neighbours import neighbours
from sensorscape.cells.parameters import parameters, parameters_of_space
from sensorscape.cells.space import Space, labelled_graphs, space

HAMMING = "4318 34818 89205 129957 54993 13293 3612 2933 2178 2811 14187 12165 5356 5339 2423 31264 9585 3201 1506 192 285 3"
EDGE = "577 14385 81750 136932 72432 18471 4620 2339 804 18 9180 13293 5787 1800 243 27162 14364 8586 6885 1458 2430 108"
DEGREES = {"hamming": HAMMING, "edge": EDGE}  # cells with 0, 1, 2, … neighbours


def test_there_are_423624_cells_by_vertices_and_edges():
    cells = space()
    assert np.bincount(cells.vertices).tolist() == [0, 0, 1, 6, 84, 2441, 62010, 359082]
    assert np.bincount(cells.edges).tolist() == [0, 1, 3, 12, 60, 339, 2134, 13984, 78822, 328269]
    assert len(np.unique(cells.multisets)) == 56
    assert (np.diff(cells.keys) > 0).all()


def test_the_enumeration_passes_1293208_labelled_graphs():
    assert np.cumsum(list(labelled_graphs().values())).tolist() == [1, 7, 97, 3364, 128509, 1293208]


def test_the_code_is_injective_and_its_halves_are_not():
    cells = space()
    assert len(np.unique(cells.words.view("V40"))) == 423624
    upper = np.triu(np.ones((SLOTS, SLOTS), dtype=bool), 1)
    both, half = set(), set()
    for start in range(0, len(cells), 50_000):
        squares = unpack(cells.words[start : start + 50_000]).reshape(-1, SLOTS, SLOTS)
        both.update(map(bytes, np.packbits((squares | squares.transpose(0, 2, 1))[:, upper], axis=1)))
        half.update(map(bytes, np.packbits(squares[:, upper], axis=1)))
    assert (len(both), len(half)) == (364201, 227608)


def test_parameters_of_the_space_are_the_published_extremes():
    counts = parameters_of_space(space(), 3, 10)
    assert (counts.min(), counts.max(), len(np.unique(counts))) == (227274, 49979274, 3336)
    assert round(counts.mean()) == 8459762
    assert np.median(counts) == 5356682
    for channels, offset in ((8, 9351), (10, 11655), (18, 20871)):
        assert (parameters_of_space(space(), channels, 17) - counts == offset).all()


def test_parameters_of_the_space_are_those_of_its_cells_for_any_network():
    cells = space()
    counts = parameters_of_space(cells, 5, 7, stem=10, stacks=2, depth=2)
    for row in np.random.default_rng(1).integers(0, len(cells), 60).tolist():
        assert counts[row] == parameters(cells.cell(row), 5, 7, stem=10, stacks=2, cells=2)


def test_many_hashes_at_once_are_the_hashes_one_by_one():
    cells = space()
    rows = np.unique([*range(100), *np.random.default_rng(2).integers(0, len(cells), 400)])
    part = Space(cells.vertices[rows], cells.masks[rows], cells.labels[rows])
    assert hashes(part).astype(str).tolist() == [part.cell(row).hash for row in range(len(part))]


@pytest.mark.slow
def test_all_hashes_are_distinct():
    assert len(np.unique(hashes(space()))) == 423624


@pytest.mark.parametrize(
    ("name", "pairs", "components", "isolated", "largest"),
    [("hamming", 1065502, 4373, 4318, 43460), ("edge", 1170718, 632, 577, 43766), ("edit", 4577278, 1, 0, 423624)],
)
def test_neighbourhoods_have_the_published_pairs_components_and_degrees(name, pairs, components, isolated, largest):
    graph = neighbourhood(name)
    summary = graph.summary()
    assert (graph.pairs, summary["components"]) == (pairs, components)
    assert (summary["isolated"], summary["largest_component"]) == (isolated, largest)
    assert (graph.matrix != graph.matrix.T).nnz == 0
    if name in DEGREES:
        assert " ".join(map(str, np.bincount(graph.degrees))) == DEGREES[name]
    else:
        assert graph.degrees.argmax() == 0
        assert graph.degrees[0] == 52602


@pytest.mark.parametrize("name", ["hamming", "edge", "edit"])
def test_neighbours_of_one_cell_are_those_of_the_whole_graph(name):
    graph, cells = neighbourhood(name), space()
    for row in [0, 1, 5, 50, 1000, *np.random.default_rng(3).integers(0, len(cells), 25).tolist()]:
        assert cells.index_of(neighbours(cells.cell(row), name)).tolist() == graph.of(row).tolist()
