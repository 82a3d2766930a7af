from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sensorscape.landscape import proxies
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.schema import TABLES


def frame(measured, name):
    return pd.DataFrame(proxies.tables(measured)[name], columns=TABLES[name].names)


def test_regret_by_hand():
    proxy, score = np.array([0.9, 0.8, 0.7, 0.1]), np.array([0.5, 0.9, 0.6, 1.0])
    assert proxies.regrets(proxy, score, np.array([1, 2, 3, 4])).tolist() == pytest.approx([0.5, 0.1, 0.1, 0])


def test_the_random_baseline_is_the_mean_over_all_subsets():
    score = np.random.default_rng(0).random(7)
    for m in range(1, 8):
        expected = np.mean([score.max() - max(chosen) for chosen in combinations(score, m)])
        assert proxies.random_regret(score, np.array([m]))[0] == pytest.approx(expected)


def test_the_matrix_is_symmetric_and_scipys(sample, settings):
    measured = [Measured(sample(seed=1), settings), Measured(sample(seed=2, name="s2"), settings)]
    rows = frame(measured, "correlation")
    assert len(rows) == 64
    key = rows.set_index(["first_sensor", "first_budget", "second_sensor", "second_budget"])
    one, two = measured[0].landscape.fitness[0, :, 1], measured[1].landscape.fitness[0, :, 3]
    found, mirrored = key.loc[("s1", 12, "s2", 108)], key.loc[("s2", 108, "s1", 12)]
    assert found["kendall"] == mirrored["kendall"] == pytest.approx(stats.kendalltau(one, two).statistic)
    assert found["spearman"] == pytest.approx(stats.spearmanr(one, two).statistic)
    assert found["kendall_low"] < found["kendall"] < found["kendall_high"]
    assert key.loc[("s1", 12, "s1", 12)]["kendall"] == 1


def test_a_whole_shortlist_has_no_regret_and_costs_everything(sample, settings):
    rows = frame([Measured(sample(), settings)], "proxies")
    chosen = rows[(rows["proxy_budget"] == 36) & (rows["shortlist"] == 40)].iloc[0]
    assert chosen["regret"] == 0
    assert chosen["random"] == pytest.approx(0, abs=1e-12)
    assert chosen["cost_seconds"] == pytest.approx(chosen["full_seconds"])  # one run: what it has done already is free
    assert chosen["scored_on"] == "same seed"
    assert np.isnan(chosen["ceiling"])


def test_another_sensors_training_is_paid_on_top(sample, settings):
    rows = frame([Measured(sample(), settings), Measured(sample(seed=3, name="s2"), settings)], "proxies")
    chosen = rows[(rows["target_sensor"] == "s2") & (rows["proxy_sensor"] == "s1") & (rows["proxy_budget"] == 4)]
    assert chosen["cost_seconds"].tolist()[:2] == pytest.approx([40 * 10 + 40, 40 * 10 + 80])


def test_two_seeds_score_on_the_other_and_have_a_ceiling(sample, settings):
    rows = frame([Measured(sample(seeds=2), settings)], "proxies")
    assert set(rows["scored_on"]) == {"other seed"}
    assert rows["ceiling"].notna().all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_cells_have_a_reason(sample, settings, n):
    for name in ("correlation", "proxies"):
        rows = frame([Measured(sample(n=n), settings)], name)
        assert rows["reason"].ne("").all()


def test_a_missing_target_budget_has_its_reason(make, settings):
    rows = frame([Measured(make(np.random.default_rng(0).random((9, 3))), settings)], "proxies")
    assert "has no budget of 108 epochs" in rows["reason"].iloc[0]
