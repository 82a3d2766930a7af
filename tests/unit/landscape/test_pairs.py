import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from sensorscape.landscape.pairs import common, holm, over_seeds, pairs


def test_holm_is_statsmodels_and_undefined_tests_do_not_count():
    p = [0.01, 0.04, 0.03, 0.2, 0.001]
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
    assert holm([0.01, float("nan"), 0.04])[::2] == pytest.approx([0.02, 0.04])
    assert np.isnan(holm([0.01, float("nan")])[1])


def test_common_cells_are_matched_by_hash(make):
    one, two = common(make(np.ones((5, 1)), (4,)), make(np.ones((5, 1)), (4,), first=3))
    assert one.tolist() == [3, 4]
    assert two.tolist() == [0, 1]
    assert common(make(np.ones((2, 1)), (4,)), make(np.ones((2, 1)), (4,), first=9))[0].tolist() == []


def test_means_over_seeds_leave_missing_runs_out(make):
    found = over_seeds(make([[[0.2], [np.nan], [np.nan]], [[0.4], [0.6], [np.nan]]], (4,)))
    assert found[:2, 0].tolist() == pytest.approx([0.3, 0.6])
    assert np.isnan(found[2, 0])


def test_pairs_come_in_the_studys_order():
    assert list(pairs([1, 2, 3])) == [(1, 2), (1, 3), (2, 3)]
