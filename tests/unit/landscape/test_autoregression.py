import numpy as np
import pytest

from sensorscape.landscape.autoregression import accepted, series
from sensorscape.landscape.ruggedness import autocorrelation

FULL = ((True,) * 100,)


def test_the_series_has_its_autocorrelation():
    found = series(0.6, np.random.default_rng(0).standard_normal((20_000, 3)))
    for walk in found.T:
        assert autocorrelation(walk) == pytest.approx(0.6, abs=0.02)
    assert found.var() == pytest.approx(1 / (1 - 0.36), rel=0.05)


def test_the_interval_holds_the_estimate_freed_of_its_bias_and_moves_with_it():
    ends = [accepted(rho, FULL) for rho in (0.0, 0.3, 0.6, 0.9)]
    assert all(low < high for low, high in ends)
    assert [low for low, _ in ends] == sorted(low for low, _ in ends)
    assert ends[1][0] < 0.3 + (1 + 1.2) / 100 < ends[1][1]


def test_gaps_make_it_wider():
    gappy = (tuple(i % 3 != 0 for i in range(100)),)
    whole, fewer = accepted(0.3, FULL), accepted(0.3, gappy)
    assert fewer[1] - fewer[0] > whole[1] - whole[0]


def test_several_walks_make_it_narrower():
    one, four = accepted(0.3, FULL), accepted(0.3, FULL * 4)
    assert four[1] - four[0] < 0.7 * (one[1] - one[0])


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_coverage(rho):
    walks = series(rho, np.random.default_rng(11).standard_normal((100, 2000)))
    hits = 0
    for walk in walks.T:
        low, high = accepted(autocorrelation(walk), FULL)
        hits += low <= rho <= high
    assert 0.93 <= hits / 2000 <= 0.97
