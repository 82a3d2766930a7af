import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.persistence import areas, counts, cuts, percentages, rank_entry
from sensorscape.landscape.shares import difference


def binomial(first, second, n, rng, replicates=4000):
    """Bootstrap samples of two independent shares."""
    return np.stack([rng.binomial(n, share, replicates) / n for share in (first, second)], axis=1)


def test_independent_shares_have_the_interval_of_their_own_two():
    """Zou and Donner's formula without correlation, from Clopper and Pearson's intervals by SciPy."""
    n, one, two = 50, 0.6, 0.2
    rng = np.random.default_rng(0)
    samples = binomial(one, two, n, rng)
    samples[:, 1] = samples[np.argsort(rng.random(len(samples))), 1]
    low, high, p = difference(np.array([one, two]), samples, n)
    ends = [stats.binomtest(round(share * n), n).proportion_ci(0.95, "exact") for share in (one, two)]
    down = ((one - ends[0].low) ** 2 + (ends[1].high - two) ** 2) ** 0.5
    up = ((ends[0].high - one) ** 2 + (two - ends[1].low) ** 2) ** 0.5
    assert (low, high) == pytest.approx((one - two - down, one - two + up), abs=0.02)
    assert p == pytest.approx(stats.fisher_exact([[30, 20], [10, 40]]).pvalue, abs=1e-4)


def test_the_interval_ends_at_zero_where_p_is_its_tails():
    rng = np.random.default_rng(1)
    for one in np.linspace(0.05, 0.6, 12):
        low, high, p = difference(np.array([one, 0.3]), binomial(one, 0.3, 60, rng), 60)
        assert (p < 0.05) == (low > 0 or high < 0)


def test_equal_shares_do_not_differ_and_order_only_turns_the_sign():
    samples = binomial(0.3, 0.3, 40, np.random.default_rng(2))
    assert difference(np.array([0.3, 0.3]), samples, 40)[2] == 1
    low, high, p = difference(np.array([0.5, 0.1]), samples, 40)
    other = difference(np.array([0.1, 0.5]), samples[:, ::-1], 40)
    assert other == pytest.approx((-high, -low, p))


def test_shares_that_do_not_vary_still_have_an_interval():
    low, high, p = difference(np.array([0.0, 1.0]), np.repeat([[0.0, 1.0]], 100, axis=0), 25)
    assert low == -1
    assert -1 < high < -0.7
    assert p < 1e-6


def test_an_undefined_share_has_no_difference():
    assert np.isnan(difference(np.array([np.nan, 0.4]), np.full((50, 2), np.nan), 5)).all()


@pytest.mark.slow
@pytest.mark.parametrize("rho", [(0.0, 0.0), (0.0, 0.5), (0.8, 0.8), (0.5, 0.9)])
def test_intervals_of_persistence_differences_cover_the_truth(rho):
    """n = 100 cells, four budgets of one correlation, sensors independent; the truth of 400,000 cells. At least 93 % of 1,000."""
    rng, n, to, repeats, replicates = np.random.default_rng(7), 100, 25, 1000, 100

    def runs(size, share):
        return rng.standard_normal((*size, 1)) * share**0.5 + rng.standard_normal((*size, 4)) * (1 - share) ** 0.5

    def both(x):
        curve = percentages(*counts(rank_entry(x, "positive")))[..., -1, :]
        return np.stack([curve[..., to - 1] / 100, areas(curve, to)], axis=-1)

    truth = [both(runs((400_000,), share)) for share in rho]
    held = np.zeros(2)
    for _ in range(repeats):
        found = [runs((n,), share) for share in rho]
        draws = np.sort(rng.integers(0, n, (replicates, n)), axis=1)
        values = np.stack([both(x) for x in found])
        samples = np.stack([both(x[draws]) for x in found], axis=-1)
        for place in range(2):
            low, high, _ = difference(values[:, place], samples[:, place], int(cuts(n)[to]))
            held[place] += low <= truth[0][place] - truth[1][place] <= high
    assert (held / repeats >= 0.93).all(), held / repeats
