from dataclasses import replace

import numpy as np
import pytest
from statsmodels.tsa.stattools import acf

from sensorscape.landscape.landscape import Graph, Walk
from sensorscape.landscape.ruggedness import autocorrelation, exact, pooled, random_walks, reciprocal, ruggedness, smoothed

WALK = np.cumsum(np.random.default_rng(1).normal(size=100))


def walked(make, *curves, **more):
    walks = [Walk(np.array([f"{i:032x}" for i in range(len(curve))]), np.asarray(curve, dtype=float)[:, None]) for curve in curves]
    return make(np.full((3, 1), 0.5), (36,), walks=walks, **more)


def find(found, estimate):
    return next(one for one in found if one.estimate == estimate)


def test_the_autocorrelation_is_statsmodels():
    assert autocorrelation(WALK) == pytest.approx(acf(WALK, nlags=1)[1])


def test_missing_points_count_in_neither_sum():
    gappy = WALK.copy()
    gappy[[7, 40, 41]] = np.nan
    centred = np.where(np.isnan(gappy), 0, gappy - np.nanmean(gappy))
    assert autocorrelation(gappy) == pytest.approx(centred[:-1] @ centred[1:] / (centred @ centred))


@pytest.mark.parametrize("walk", [[], [0.5], [0.5, 0.6], [0.4] * 20])
def test_short_and_constant_walks_are_undefined(make, walk):
    assert np.isnan(autocorrelation(np.array(walk)))
    found = find(ruggedness(walked(make, walk)), "robust")
    assert not found.rho.defined
    assert found.rho.reason


def test_tau_of_a_negative_rho_is_undefined(make):
    zigzag = np.tile([0.1, 0.9], 20)
    found = find(ruggedness(walked(make, zigzag)), "paper")
    assert found.rho.value < 0
    assert not found.tau.defined
    assert "no meaning" in found.tau.reason
    assert np.isnan(found.length)


def test_the_papers_tau_is_the_reciprocal_of_the_mean(make):
    other = np.sin(np.arange(60) / 3)
    found = find(ruggedness(walked(make, WALK, other)), "paper")
    assert found.tau.value == pytest.approx(2 / (autocorrelation(WALK) + autocorrelation(other)))


def test_the_published_tau_of_s1_is_white_noise(make):
    """τ = 17.84 is ρ̂ = 0.056: with 100 points its interval holds 0."""
    from sensorscape.landscape.autoregression import accepted

    low, high = accepted(1 / 17.84, ((True,) * 100,))
    assert low < 0 < high


def test_pooling_centres_each_walk():
    assert pooled([WALK, WALK + 1000]) == pytest.approx(autocorrelation(WALK))


def test_exact_on_a_ring_is_the_circular_autocorrelation(ring):
    f = np.random.default_rng(0).random(10)
    g = f - f.mean()
    assert exact(f, ring) == pytest.approx(g @ np.roll(g, 1) / (g @ g))


def test_long_walks_approach_the_exact_value():
    rng = np.random.default_rng(2)
    pairs = np.array([(i, j) for i in range(30) for j in range(i) if rng.random() < 0.2])
    graph, f = Graph.of_pairs(30, pairs), rng.random(30)
    path = random_walks(graph, np.array([int(pairs[0, 0])] * 40), 3000, rng)
    assert pooled(list(f[path])) == pytest.approx(exact(f, graph), abs=0.02)


def test_walks_step_to_neighbours_only(ring):
    path = random_walks(ring, np.arange(10), 50, np.random.default_rng(0))
    assert set(np.abs(np.diff(path, axis=1)).ravel().tolist()) <= {1, 9}


def test_smoothing_is_valid_at_the_middle():
    found = smoothed(np.arange(7.0))
    assert np.isnan(found[[0, 1, 5, 6]]).all()
    assert found[2:5].tolist() == [2, 3, 4]


def test_reciprocal_of_an_interval_with_zero_has_no_upper_end():
    from sensorscape.landscape.reading import Reading

    found = reciprocal(Reading(0.2, -0.1, 0.5, 40))
    assert found.low == 2
    assert np.isnan(found.high)
    assert "white noise" in found.note


def test_a_walk_with_hardly_a_whole_step_is_undefined(make):
    """11 of 100 points, one step: what is left is no autocorrelation, in no estimate."""
    values = np.full(100, np.nan)
    values[[0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 82]] = np.random.default_rng(0).random(11)
    for found in ruggedness(walked(make, values)):
        assert not found.rho.defined
        assert found.rho.reason == "1 of 99 steps has both ends measured: too few for 11 points"


def test_a_walk_outside_a_table_says_so(make):
    found = find(ruggedness(replace(walked(make, np.full(10, np.nan)), table=True)), "robust")
    assert found.rho.reason == "no point of the walk is in the table"
