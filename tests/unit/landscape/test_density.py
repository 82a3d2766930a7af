import math

import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape import density
from sensorscape.landscape.density import densities


def of(make, values, count=200):
    return densities(make(np.asarray(values, dtype=float)[:, None], (36,)), count=count, seed=1)[0]


def test_aic_and_bic(make):
    """BIC - AIC = 2 ln n - 4, the arithmetic by which the paper's Tables 1-3 give away n = 75, 72 and 65."""
    found = of(make, np.random.default_rng(0).beta(8, 3, 60))
    for fit in found.fits:
        assert fit.aic == pytest.approx(4 - 2 * fit.log_likelihood)
        assert fit.bic - fit.aic == pytest.approx(2 * math.log(60) - 4)
    assert sum(fit.best for fit in found.fits) == 1
    assert sum(fit.winner_share for fit in found.fits) == pytest.approx(1)


def test_statistics_are_scipys():
    values = np.sort(np.random.default_rng(2).normal(size=50))
    a, d = density.statistics(stats.norm.cdf(values))
    assert d == pytest.approx(stats.kstest(values, "norm").statistic)
    i = np.arange(1, 51)
    expected = -50 - np.mean((2 * i - 1) * (stats.norm.logcdf(values) + stats.norm.logsf(values[::-1])))
    assert a == pytest.approx(expected)


def test_a_point_off_the_support_makes_that_fit_undefined_and_adds_a_row(make):
    found = of(make, [*np.random.default_rng(0).beta(8, 3, 30), 0.0])
    rows = {(fit.points, fit.family): fit for fit in found.fits}
    assert math.isnan(rows["all", "beta"].aic)
    assert "off the support" in rows["all", "beta"].reason
    assert rows["inner", "beta"].n == 30
    assert math.isfinite(rows["inner", "beta"].aic)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.6], [0.4] * 10])
def test_too_few_or_equal(make, values):
    for fit in of(make, values).fits:
        assert math.isnan(fit.aic)
        assert fit.reason


def test_the_true_family_is_not_rejected_and_a_wrong_one_is(make):
    found = {fit.family: fit for fit in of(make, np.random.default_rng(4).lognormal(-2, 0.5, 300)).fits}
    assert found["log-normal"].anderson_darling_p > 0.01
    assert found["weibull"].anderson_darling_p < 0.05


def test_vuong_is_antisymmetric_in_sign(make):
    found = of(make, np.random.default_rng(4).lognormal(-2, 0.3, 200))
    best = {(test.first, test.second): test.statistic for test in found.vuong}
    likelihood = {fit.family: fit.log_likelihood for fit in found.fits}
    for (first, second), statistic in best.items():
        assert np.sign(statistic) == np.sign(likelihood[first] - likelihood[second])


def test_the_kernel_is_reflected_and_integrates_to_one():
    values = np.sort(np.random.default_rng(1).beta(1, 1, 400))
    grid = np.linspace(0, 1, 2001)
    heights = density.kernel(values, grid, 0.0, 1.0)
    assert np.trapezoid(heights, grid) == pytest.approx(1, abs=0.002)
    assert heights[0] > 0.7  # without reflection it would fall to one half


def test_the_histogram_counts_every_model():
    values = np.sort(np.random.default_rng(1).random(123))
    edges, counts = density.histogram(values)
    assert counts.sum() == 123
    assert 5 <= len(counts) <= 40
    assert density.histogram(np.full(3, 0.2))[1].tolist() == [3]
    assert edges[0] == values[0]
