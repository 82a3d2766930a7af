import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.families import FAMILIES, cumulative, draw, fit, log_density

SAMPLE = np.random.default_rng(3).beta(8, 3, 75)


@pytest.mark.parametrize("family", FAMILIES)
def test_fits_are_scipys(family):
    frozen = {
        "beta": lambda: stats.beta(*stats.beta.fit(SAMPLE, floc=0, fscale=1)),
        "weibull": lambda: stats.weibull_min(*stats.weibull_min.fit(SAMPLE, floc=0)),
        "log-normal": lambda: stats.lognorm(*stats.lognorm.fit(SAMPLE, floc=0)),
    }[family]()
    parameters = fit(family, SAMPLE)
    assert log_density(family, SAMPLE, parameters).sum() == pytest.approx(frozen.logpdf(SAMPLE).sum(), abs=1e-4)
    grid = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(cumulative(family, grid, parameters), frozen.cdf(grid), atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_many_samples_at_once_equal_one_by_one(family):
    samples = draw(family, fit(family, SAMPLE), (7, 40), np.random.default_rng(1))
    together = fit(family, samples)
    for sample, parameters in zip(samples, together, strict=True):
        np.testing.assert_allclose(fit(family, sample), parameters, rtol=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
def test_constant_samples_have_no_fit(family):
    assert np.isnan(fit(family, np.full(10, 0.4))).all()


def test_points_off_the_support():
    assert np.isnan(fit("beta", np.array([0.2, 0.5, 1.0]))).all()
    assert np.isfinite(fit("weibull", np.array([0.2, 0.5, 1.0]))).all()
    assert np.isnan(fit("log-normal", np.array([0.0, 0.5, 0.9]))).all()
    assert log_density("beta", np.array([0.0, 1.0, -0.1]), np.array([2.0, 2.0])).tolist() == [-np.inf] * 3
