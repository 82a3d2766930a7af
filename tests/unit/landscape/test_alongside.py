import numpy as np
import pytest

from sensorscape.landscape.alongside import difference, likeness
from sensorscape.landscape.autoregression import series
from sensorscape.landscape.ruggedness import autocorrelation

RNG = np.random.default_rng(2)
SMOOTH, ROUGH = series(0.9, RNG.standard_normal((200, 1)))[:, 0], RNG.standard_normal(200)


def test_the_difference_of_the_autocorrelations():
    found = difference([SMOOTH], [ROUGH])
    assert found.reading.value == pytest.approx(autocorrelation(SMOOTH) - autocorrelation(ROUGH))
    assert found.p < 0.001
    assert found.reading.low > 0


def test_a_walk_does_not_differ_from_itself():
    found = difference([ROUGH], [ROUGH])
    assert found.reading.value == 0
    assert np.isnan(found.p) or found.p > 0.9


@pytest.mark.parametrize("walks", [[], [np.array([0.5, 0.6])], [np.full(20, 0.5)], [np.full(20, np.nan)]])
def test_short_missing_and_constant_walks_are_undefined(walks):
    found = difference(walks, walks)
    assert not found.reading.defined
    assert found.reading.reason


def test_points_with_hardly_a_whole_step_between_them_are_undefined():
    scattered = np.where(np.arange(200) % 5 == 0, ROUGH, np.nan)
    scattered[1] = ROUGH[1]
    found = difference([scattered], [2 * scattered])
    assert found.reading.reason == "1 of 199 steps has both ends measured: too few for 41 points"
    assert np.isnan([found.first, found.second, found.p]).all()


def test_curves_look_alike_beyond_their_trend():
    trend = np.linspace(0, 5, 200)
    apart = likeness([trend + ROUGH], [trend + RNG.standard_normal(200)])
    assert apart.raw > 0.5
    assert abs(apart.detrended.value) < 0.2
    same = likeness([trend + ROUGH], [ROUGH * 2 - trend])
    assert same.detrended.value == pytest.approx(1)


def test_autocorrelated_curves_count_as_fewer_points():
    other = series(0.9, RNG.standard_normal((200, 1)))[:, 0]
    found = likeness([SMOOTH], [other])
    assert found.effective < 100
    assert likeness([ROUGH], [RNG.standard_normal(200)]).effective > 150


@pytest.mark.slow
def test_equal_walks_are_told_apart_as_seldom_as_said():
    """Two sensors of equal ρ, correlated along the walk: the test keeps its 5 %."""
    rng, hits = np.random.default_rng(9), 0
    for run in range(1000):
        normal = rng.standard_normal((2, 100, 1))
        normal[1] = 0.7 * normal[0] + np.sqrt(0.51) * normal[1]
        hits += difference([series(0.5, normal[0])[:, 0]], [series(0.5, normal[1])[:, 0]], seed=run).p < 0.05
    assert 0.02 <= hits / 1000 <= 0.08
