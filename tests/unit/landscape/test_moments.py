import numpy as np
import pytest

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


@pytest.mark.slow
def test_the_interval_of_the_mean_covers_the_truth(make):
    rng = np.random.default_rng(5)
    hits = 0
    for run in range(2000):
        found = moments(make(rng.normal(0.5, 0.1, (100, 1)), (4,), name=f"s{run}"), count=400, seed=run)[0].mean
        hits += found.low <= 0.5 <= found.high
    assert 0.93 <= hits / 2000 <= 0.97
