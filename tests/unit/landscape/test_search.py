import numpy as np
import pytest

from sensorscape.landscape.landscape import Graph
from sensorscape.landscape.ruggedness import exact
from sensorscape.landscape.search import ALGORITHMS, PARENTS, replay, synthetic

HILL = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.4, 0.3, 0.2, 0.1])


def searched(algorithm, fitness, graph, evaluations=9, seeds=30):
    return replay(algorithm, fitness, graph, evaluations=evaluations, seeds=seeds, rng=np.random.default_rng(3))


def random_graph(n=400, pairs=2400):
    drawn = np.sort(np.random.default_rng(1).integers(0, n, (pairs, 2)), axis=1)
    return Graph.of_pairs(n, np.unique(drawn[drawn[:, 0] != drawn[:, 1]], axis=0))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_search_evaluates_as_many_cells_as_it_may_and_repeats_with_its_seed(algorithm, ring):
    path = searched(algorithm, HILL, ring)
    assert path.shape == (30, 9)
    assert path.min() >= 0
    assert path.max() < 10
    assert np.array_equal(path, searched(algorithm, HILL, ring))


def test_random_search_meets_no_cell_twice_while_there_are_others(ring):
    assert all(len(set(row)) == 10 for row in searched("random", HILL, ring, evaluations=10).tolist())


def test_local_search_climbs_the_only_hill_of_a_ring_step_by_step(ring):
    path = searched("local", HILL, ring, evaluations=11)
    assert (HILL[path].max(axis=1) == 0.5).all()
    for row in path.tolist():
        assert {(row[0] - 1) % 10, (row[0] + 1) % 10} == set(row[1:3])


def test_local_search_starts_again_on_an_isolated_cell():
    alone = Graph.of_pairs(3, np.array([[1, 2]]))
    path = searched("local", np.array([0.9, 0.1, 0.2]), alone, evaluations=12, seeds=5)
    assert path.shape == (5, 12)


def test_every_mutant_of_evolution_is_a_neighbour_of_a_living_cell():
    graph = random_graph()
    path = searched("evolution", np.random.default_rng(2).random(400), graph, evaluations=120, seeds=4)
    around = {cell: set(graph.neighbours[graph.first[cell] : graph.first[cell + 1]].tolist()) for cell in range(400)}
    for row in path.tolist():
        for step in range(PARENTS, 120):
            assert any(row[step] in around[parent] for parent in row[step - PARENTS : step] if around[parent])


def test_synthetic_landscapes_run_from_white_noise_to_smooth():
    graph = random_graph()
    rho = [np.mean([exact(synthetic(graph, share, np.random.default_rng(i)), graph) for i in range(8)]) for share in (0.0, 0.5, 1.0)]
    assert abs(rho[0]) < 0.05
    assert rho[0] < rho[1] < rho[2]
    assert rho[2] > 0.3
