import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sensorscape.landscape.ranks import kendall, kendall_long, mid_ranks, order_codes, pearson, spearman

VALUES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=30)


@given(VALUES)
def test_correlations_are_scipys(rows):
    one, two = np.array(rows, dtype=float).T
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        assert np.isnan(kendall(one, two))
        assert np.isnan(spearman(one, two))
        return
    assert kendall(one, two) == pytest.approx(stats.kendalltau(one, two).statistic)
    assert kendall_long(one, two) == pytest.approx(stats.kendalltau(one, two).statistic)
    assert spearman(one, two) == pytest.approx(stats.spearmanr(one, two).statistic)
    assert pearson(one, two) == pytest.approx(stats.pearsonr(one, two).statistic)


def test_ranks_are_scipys():
    values = np.random.default_rng(0).integers(0, 9, (4, 25, 2)).astype(float)
    np.testing.assert_array_equal(mid_ranks(values), stats.rankdata(values, axis=1))


def test_long_columns():
    one, two = np.random.default_rng(1).random((2, 5000))
    assert kendall_long(one, one + two) == pytest.approx(stats.kendalltau(one, one + two).statistic)


@given(VALUES)
def test_codes_keep_order_and_ties(rows):
    values = np.array(rows, dtype=float) / 7
    codes = order_codes(values)
    assert codes.dtype == np.int16
    for column in range(2):
        assert (
            np.sign(np.subtract.outer(values[:, column], values[:, column])) == np.sign(np.subtract.outer(*[codes[:, column]] * 2))
        ).all()


def test_what_has_no_codes_stays_as_it_is():
    gappy = np.array([[0.1, np.nan], [0.2, 0.3]])
    assert order_codes(gappy) is gappy
