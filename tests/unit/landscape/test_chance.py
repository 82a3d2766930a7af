import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.chance import copula_samples, independence


def test_two_budgets_are_hypergeometric():
    found = independence(40, np.array([[10], [10]]))
    law = stats.hypergeom(40, 10, 10)
    assert found.mean[0, 0] == pytest.approx(100 * law.mean() / 10)
    assert found.low[0, 0] == 100 * law.ppf(0.025) / 10
    assert found.high[0, 0] == 100 * law.ppf(0.975) / 10


def test_the_mean_is_k_over_n_to_the_budgets_less_one():
    found = independence(100, np.array([[25], [25], [25], [25]]))
    assert found.mean[:, 0] == pytest.approx([100 * 0.25, 100 * 0.25**2, 100 * 0.25**3])


def test_beyond_the_exact_law_the_chain_is_close_to_simulation():
    n, k = 2000, 500
    rng = np.random.default_rng(0)
    kept = [sum(np.isin(rng.permutation(n)[:k], np.arange(k))) for _ in range(400)]
    found = independence(n, np.array([[k], [k]]))
    assert found.mean[0, 0] == pytest.approx(100 * np.mean(kept) / k, abs=0.5)
    assert found.high[0, 0] == pytest.approx(100 * np.percentile(kept, 97.5) / k, abs=1)


def test_empty_first_sets_are_undefined():
    assert np.isnan(independence(10, np.array([[0], [0]])).mean).all()


def test_the_copula_has_the_rank_correlation_asked_for():
    matrix = np.array([[1, 0.6], [0.6, 1]])
    drawn = np.concatenate(copula_samples(matrix, 2000, 20, np.random.default_rng(1)))
    found = np.mean([stats.spearmanr(sample).statistic for sample in drawn])
    assert found == pytest.approx(0.6, abs=0.02)
