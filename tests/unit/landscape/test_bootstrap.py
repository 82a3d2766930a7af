import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.bootstrap import (
    draw_cells,
    draw_items,
    exceedance,
    generator,
    in_slabs,
    interval,
    replicates,
    share_interval,
)


def test_generators_depend_on_their_label_and_on_nothing_else():
    assert generator(1, "a").random() == generator(1, "a").random()
    assert len({generator(1, "a").random(), generator(1, "b").random(), generator(2, "a").random()}) == 3


def test_draws_are_sorted_and_within():
    drawn = draw_cells(7, 100, np.random.default_rng(0))
    assert drawn.shape == (100, 7)
    assert (np.diff(drawn, axis=1) >= 0).all()
    assert set(drawn.ravel().tolist()) == set(range(7))


def test_each_draw_takes_a_whole_seed():
    fitness = np.arange(2 * 5 * 3, dtype=float).reshape(2, 5, 3)
    fitness[1, 2, 0] = np.nan
    known = {tuple(row) for run in fitness for row in run if not np.isnan(row).any()}
    drawn = draw_items(fitness, 50, np.random.default_rng(0))
    assert {tuple(row) for row in drawn.reshape(-1, 3)} == known


def test_slabs_change_nothing_but_memory():
    fitness = np.random.default_rng(0).random((1, 30, 2))
    found = in_slabs(lambda x: x.mean(axis=1), fitness, 250, np.random.default_rng(1))
    assert found.shape == (250, 2)
    np.testing.assert_allclose(found.mean(axis=0), fitness[0].mean(axis=0), atol=0.02)


def test_the_interval_is_of_percentiles_and_needs_half_of_the_samples():
    samples = np.stack([np.arange(1001.0), np.where(np.arange(1001) < 600, np.nan, 1.0)], axis=1)
    low, high = interval(samples)
    assert low[0] == pytest.approx(25)
    assert high[0] == pytest.approx(975)
    assert np.isnan(low[1])


def test_percentiles_pass_over_what_is_undefined():
    samples = np.random.default_rng(0).random((200, 3, 2))
    samples[::3, 1] = np.nan
    low, high = interval(samples)
    np.testing.assert_allclose(low, np.nanpercentile(samples, 2.5, axis=0))
    np.testing.assert_allclose(high, np.nanpercentile(samples, 97.5, axis=0))


def test_a_share_with_binomial_samples_gets_the_interval_of_clopper_and_pearson():
    samples = np.random.default_rng(0).binomial(50, 0.3, (200_000, 1)) / 50
    low, high = share_interval(np.array([0.3]), samples, 1)
    exact = stats.binomtest(15, 50).proportion_ci()
    assert (low[0], high[0]) == pytest.approx((exact.low, exact.high), abs=0.002)


@pytest.mark.parametrize(("value", "hits"), [(0.0, 0), (1.0, 25)])
def test_a_share_of_none_or_all_is_not_certain(value, hits):
    low, high = share_interval(np.array(value), np.full(100, value), 25)
    exact = stats.binomtest(hits, 25).proportion_ci()
    assert (low, high) == pytest.approx((exact.low, exact.high))


def test_an_undefined_share_has_no_interval():
    low, high = share_interval(np.array([np.nan, 0.5]), np.array([[np.nan, 0.5], [np.nan, np.nan]]), 10)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(("n", "expected"), [(100, 1000), (6000, 1000), (10**6, 200)])
def test_large_samples_get_fewer_replicates(n, expected):
    assert replicates(1000, n) == expected


def test_p_values_are_never_zero():
    assert exceedance(5.0, np.zeros(99)) == 0.01
