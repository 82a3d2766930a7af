import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.moments import CENSUS, moments


def test_mean_and_deviation_by_hand(make):
    early, late = moments(make([[0.1, 0.3], [0.2, 0.5], [0.6, 0.7]], (4, 12)), count=200, seed=1)
    assert early.mean_paper.value == pytest.approx(0.3)
    assert early.sd_paper.value == pytest.approx(np.sqrt(((0.2**2) + 0.1**2 + 0.3**2) / 3))  # ddof 0
    assert late.change.value == pytest.approx((0.2 + 0.3 + 0.1) / 3)
    assert early.previous is None
    assert late.previous == 4
    assert early.mean.low < 0.3 < early.mean.high


@pytest.mark.parametrize(("n", "defined"), [(0, False), (1, True), (2, True)])
def test_few_models(make, n, defined):
    found = moments(make(np.full((n, 1), 0.5), (4,)), count=200, seed=1)[0]
    assert found.mean.defined is defined
    assert np.isnan(found.mean.low)
    assert (found.mean.reason != "") is not defined


def test_the_change_is_over_cells_with_both_budgets(make):
    late = moments(make([[0.1, 0.2], [0.3, np.nan], [np.nan, 0.9]], (4, 12)), count=200, seed=1)[1]
    assert late.change.value == pytest.approx(0.1)
    assert late.change.n == 1


def test_a_census_has_no_interval(make):
    found = moments(make(np.random.default_rng(0).random((20, 1)), (4,), complete="all 20 cells"), count=200, seed=1)[0]
    assert np.isnan(found.mean.low)
    assert found.mean.note == CENSUS


def test_seeds_are_averaged_in_the_robust_reading_only(make):
    found = moments(make([[[0.1], [0.2], [0.3]], [[0.3], [0.4], [0.5]]], (4,)), count=200, seed=1)[0]
    assert found.mean_paper.value == pytest.approx(0.2)
    assert found.mean.value == pytest.approx(0.3)


def test_the_interval_of_a_normal_mean_is_nearly_students(make):
    values = np.random.default_rng(0).normal(0.5, 0.1, 40)
    found = moments(make(values[:, None], (4,)), count=20_000, seed=1)[0].mean
    exact = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.004)


def test_equal_values_have_an_interval_of_no_width(make):
    found = moments(make(np.full((20, 1), 0.5), (4,)), count=200, seed=1)[0]
    assert (found.mean.low, found.mean.high, found.sd.low, found.sd.high) == (0.5, 0.5, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("skewed", [False, True])
def test_the_intervals_of_mean_and_deviation_cover_the_truth(make, skewed):
    """2,000 samples of 100 models: normal fitness, and fitness crowded below 1 as kappa of a good sensor is (Beta(8, 1.2))."""
    rng = np.random.default_rng(5)
    truth = (8 / 9.2, np.sqrt(8 * 1.2 / (9.2**2 * 10.2))) if skewed else (0.5, 0.1)
    hits = np.zeros(2)
    for run in range(2000):
        values = rng.beta(8, 1.2, (100, 1)) if skewed else rng.normal(0.5, 0.1, (100, 1))
        found = moments(make(values, (4,), name=f"s{run}"), count=400, seed=run)[0]
        hits += [one.low <= at <= one.high for one, at in zip((found.mean, found.sd), truth, strict=True)]
    assert 0.93 <= hits[0] / 2000 <= 0.97
    assert 0.92 <= hits[1] / 2000 <= 0.97
