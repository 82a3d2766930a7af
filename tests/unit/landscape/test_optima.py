import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.landscape.landscape import Graph
from sensorscape.landscape.optima import (
    birthday,
    chao1,
    climb,
    estimated_optima,
    exact_optima,
    first_repetitions,
    nearest_models,
    sample_optima,
    uniform_share,
    white_noise,
)


def ring_landscape(make, ring, fitness):
    return make(np.array(fitness)[:, None], (36,), graphs={"edge": ring}, complete="all 10 cells")


def test_ten_cells_on_a_ring_by_hand(make, ring):
    found = exact_optima(ring_landscape(make, ring, [0.1, 0.9, 0.2, 0.3, 0.4, 0.3, 0.5, 0.6, 0.6, 0.2]), 36, "edge")
    assert found.count.value == 3  # cells 1, 4 and the plateau 7-8
    assert found.plateaus == 1
    assert found.isolated == 0
    assert found.count.reference == pytest.approx(10 / 3)
    assert found.positions.tolist() == [1, 4, 7]


def test_climbing_ends_at_the_steepest_neighbours_optimum(ring):
    found = climb(np.array([0.1, 0.9, 0.2, 0.3, 0.4, 0.3, 0.5, 0.6, 0.6, 0.2]), ring)
    by_optimum = [found.cells[i] for i in found.optimum]
    assert by_optimum == [1, 1, 1, 4, 4, 7, 7, 7, 7, 7]


def test_isolated_cells_are_no_optima():
    graph = Graph.of_pairs(4, np.array([(0, 1)]))
    found = climb(np.array([0.1, 0.2, 0.9, 0.8]), graph)
    assert found.optima == 1
    assert found.isolated == 2
    assert found.optimum.tolist()[2:] == [-1, -1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_climbing_agrees_with_a_plain_search_over_plateaus(fitness, edges):
    pairs = sorted({(min(a, b), max(a, b)) for a, b in edges if a != b})
    if not pairs:
        return
    neighbours = {i: {b if a == i else a for a, b in pairs if i in (a, b)} for i in range(6)}
    seen, optima = set(), 0
    for start in range(6):
        if start in seen or not neighbours[start]:
            continue
        plateau, waiting = {start}, [start]
        while waiting:
            for other in neighbours[waiting.pop()]:
                if fitness[other] == fitness[start] and other not in plateau:
                    plateau.add(other)
                    waiting.append(other)
        seen |= plateau
        optima += all(fitness[other] <= fitness[start] for cell in plateau for other in neighbours[cell])
    assert climb(np.array(fitness, dtype=float), Graph.of_pairs(6, np.array(pairs))).optima == optima


def test_white_noise_is_what_permutations_give(ring):
    rng = np.random.default_rng(0)
    counts = [climb(rng.permutation(10).astype(float), ring).optima for _ in range(2000)]
    assert np.mean(counts) == pytest.approx(white_noise(ring), abs=0.1)


def test_constant_fitness_has_no_optima(make, ring):
    found = exact_optima(ring_landscape(make, ring, [0.5] * 10), 36, "edge")
    assert not found.count.defined
    assert all(
        not one.count.defined
        for one in estimated_optima(ring_landscape(make, ring, [0.5] * 10), 36, "edge", searches=9, repetitions=3, seed=1)
    )


def test_nearest_models_take_every_tie():
    d = np.array([[0, 1, 2, 2], [1, 0, 3, 3], [2, 3, 0, 1], [2, 3, 1, 0]], dtype=float)
    assert [sorted(x for x in row if x >= 0) for row in nearest_models(d, 2).tolist()] == [[1, 2, 3], [0, 2, 3], [0, 3], [0, 2]]


def test_sample_optima_are_the_definition(make):
    landscape = make(np.random.default_rng(2).random((50, 1)), (36,))
    found = sample_optima(landscape, 36, "code", nearest=10, count=300, seed=1)
    code, f = landscape.code[:, 0], landscape.fitness[0, :, 0]
    expected = 0
    for i in range(50):
        d = np.array([bin(int(code[i] ^ code[j])).count("1") if i != j else 999 for j in range(50)])
        expected += (f[i] > f[(d <= np.sort(d)[9])]).all()
    assert found.count.value == expected
    assert found.expected[0] <= found.count.reference <= found.expected[1]


@pytest.mark.parametrize("n", [0, 1, 2, 32])
def test_sample_optima_below_33_are_undefined(make, n):
    found = sample_optima(make(np.random.default_rng(2).random((n, 1)), (36,)), 36, "code", nearest=10, count=200, seed=1)
    assert not found.count.defined
    assert "at least 33" in found.count.reason


def test_first_repetition_by_hand():
    searches, repeated = first_repetitions(np.array([[1, 2, 1, 2], [1, 2, 3, 4]]))
    assert searches.tolist() == [3, 4]
    assert repeated.tolist() == [True, False]


def test_the_birthday_estimate_finds_the_number_of_equal_basins():
    rng = np.random.default_rng(1)
    found = birthday(*first_repetitions(rng.integers(0, 1000, (400, 300))))
    assert found.value == pytest.approx(1000, rel=0.2)
    assert found.low < 1000 < found.high


@pytest.mark.parametrize("seed", range(6))
def test_the_birthday_interval_holds_its_estimate(seed):
    basins = np.random.default_rng(seed).integers(0, 19, (25, 60)) ** 2 // 19  # unequal
    found = birthday(*first_repetitions(basins))
    assert found.low <= found.value <= found.high


def test_half_censored_series_have_no_upper_end():
    found = birthday(np.array([5] * 13 + [20] * 12), np.array([True] * 13 + [False] * 12))
    assert found.low <= found.value
    assert np.isnan(found.high)


def test_no_repetition_is_undefined():
    assert "twice" in birthday(np.array([5, 5]), np.array([False, False])).reason


def test_chao1_by_hand():
    reached = np.array([0, 0, 1, 1, 2, 3, 4])  # f1 = 3, f2 = 2
    assert chao1(reached).value == pytest.approx(5 + 3 * 2 / (2 * 3))


def test_the_share_is_clopper_pearsons():
    from scipy.stats import binomtest

    ends = binomtest(3, 50).proportion_ci(method="exact")
    found = uniform_share(3, 50, 1000)
    assert found.value == 60
    assert found.low == pytest.approx(1000 * ends.low)
    assert found.high == pytest.approx(1000 * ends.high)
