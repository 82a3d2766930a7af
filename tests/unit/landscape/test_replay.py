import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape.landscape import Graph
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.replay import NO_NEIGHBOURS, correlate, share_of_optima, tables


@pytest.fixture
def complete(make, settings):
    n = 60
    pairs = np.array([(i, (i + step) % n) for i in range(n) for step in (1, 7)])
    fitness = np.random.default_rng(5).random((n, 4))
    return Measured(make(fitness, graphs={"edit": Graph.of_pairs(n, pairs)}, complete="all 60 cells", neighbourhood="edit"), settings)


def test_a_sensor_without_measured_neighbours_is_undefined_with_its_reason(sample, settings):
    found = tables([Measured(sample(), settings)])
    assert found["replay"] == [{"landscape": "s1", "sensor": "s1", "reason": NO_NEIGHBOURS}]
    assert found["replay_summary"] == []


def test_a_complete_landscape_is_searched_at_every_budget_beside_synthetic_ones(complete):
    found = tables([complete])
    assert {row["budget"] for row in found["replay"]} == {4, 12, 36, 108}
    assert len({line["landscape"] for line in found["replay_summary"]}) == 24
    assert {row["landscapes"] for row in found["replay_correlation"]} == {24}


def test_regret_never_grows_and_ends_at_nothing_once_every_cell_is_evaluated(complete):
    rows = [row for row in tables([complete])["replay"] if (row["algorithm"], row["budget"]) == ("random", 36)]
    regret = [row["regret"] for row in rows]
    assert regret == sorted(regret, reverse=True)
    assert rows[-1]["evaluations"] == 60
    assert regret[-1] == 0
    assert all(row["low"] - 1e-12 <= row["regret"] <= row["high"] + 1e-12 for row in rows)


def test_the_share_of_optima_of_a_ring_is_counted_by_hand(ring):
    assert share_of_optima(np.array([0, 3, 0, 3, 0, 3, 0, 1, 2, 1.0]), ring) == pytest.approx(4 / 10)


def test_the_correlation_is_scipys_and_needs_twenty_landscapes():
    pairs = np.random.default_rng(1).random((22, 2))
    assert correlate(pairs)["spearman"] == pytest.approx(stats.spearmanr(*pairs.T).statistic)
    few = correlate(pairs[:19])
    assert few == {"landscapes": 19, "reason": "19 landscapes, at least 20 needed"}


def test_a_perfect_correlation_is_told_from_chance():
    x = np.arange(25.0)
    found = correlate(np.stack([x, -x], axis=1))
    assert found["spearman"] == pytest.approx(-1)
    assert found["p"] < 0.01
