import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sensorscape.landscape.landscape import Graph, Part
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.replay import (
    NO_NEIGHBOURS,
    _correlations,
    correlate,
    fields_of,
    known_synthetic,
    share_of_optima,
    statements,
    tables,
    with_excess,
)


@pytest.fixture
def complete(make, settings):
    n = 60
    pairs = np.array([(i, (i + step) % n) for i in range(n) for step in (1, 7)])
    fitness = np.random.default_rng(5).random((n, 4))
    return Measured(make(fitness, graphs={"edit": Graph.of_pairs(n, pairs)}, complete="all 60 cells", neighbourhood="edit"), settings)


def test_a_sensor_without_measured_neighbours_is_undefined_with_its_reason(sample, settings):
    found = tables([Measured(sample(), settings)])
    assert found["replay"] == [{"landscape": "s1", "sensor": "s1", "reason": NO_NEIGHBOURS}]
    assert all(line["synthetic"] for line in found["replay_summary"])


def test_a_complete_landscape_is_searched_at_every_budget(complete):
    found = tables([complete])
    assert {row["budget"] for row in found["replay"]} == {4, 12, 36, 108}
    own = [line for line in found["replay_summary"] if not line["synthetic"]]
    assert {line["landscape"] for line in own} == {"s1, 60 cells"}
    assert len(own) == 4 * 3
    edit = [row for row in found["replay_correlation"] if row["neighbourhood"] == "edit" and row["measure"] == "rho"]
    assert {row["landscapes"] for row in edit} == {24}


def test_every_complete_part_is_searched(make, settings):
    n = 60
    ring = Graph.of_pairs(n, np.array([(i, (i + 1) % n) for i in range(n)]))
    fitness = np.random.default_rng(5).random((80, 2))
    fitness[3, 1] = np.nan  # at the second budget the part is not complete
    one = Measured(make(fitness, (36, 108), parts=(Part(4, np.arange(n), {"edge": ring}),)), settings)
    assert [(field.name, field.budget, field.neighbourhood) for field in fields_of(one)] == [
        ("s1, 60 cells of at most 4 vertices", 36, "edge")
    ]
    assert not [row for row in tables([one])["replay"] if row["reason"]]


def test_the_synthetic_landscapes_are_twenty_of_known_ruggedness_in_every_neighbourhood():
    lines = known_synthetic()
    for neighbourhood in ("hamming", "edge", "edit"):
        rho = [line["rho"] for line in lines if (line["neighbourhood"], line["algorithm"]) == (neighbourhood, "local")]
        assert len(rho) == 20
        assert np.corrcoef(rho, np.arange(20))[0, 1] > 0.98
        assert abs(rho[0]) < 0.01
        assert rho[-1] > 0.3


def test_random_search_does_not_care_for_ruggedness():
    """It knows no neighbours, and the landscapes differ in nothing else."""
    for row in _correlations(with_excess(known_synthetic())):
        if (row["algorithm"], row["measure"]) == ("random", "rho"):
            assert row["low"] < 0 < row["high"]


def test_a_search_is_measured_against_random_search_on_the_same_landscape(complete):
    lines = [line for line in tables([complete])["replay_summary"] if line["budget"] == 36]
    area = {line["algorithm"]: line["area"] for line in lines}
    excess = {line["algorithm"]: line["excess"] for line in lines}
    assert excess["random"] == area["random"]
    assert excess["local"] == pytest.approx(area["local"] - area["random"])


def test_it_is_said_in_words_whether_smoother_is_quicker(complete):
    frames = {name: pd.DataFrame(rows) for name, rows in tables([complete]).items()}
    texts = [one["text"] for one in statements(frames)]
    assert len(texts) == 3
    assert any("24 landscapes (20 of them synthetic), edit" in text for text in texts)


@pytest.mark.slow
@pytest.mark.parametrize(("neighbourhood", "number"), [("hamming", 0), ("edge", 10), ("edit", 19)])
def test_the_synthetic_landscapes_are_what_their_searches_give(neighbourhood, number):
    import synthetic

    made = synthetic.lines_of(neighbourhood, number)
    known = [line for line in known_synthetic() if (line["neighbourhood"], line["landscape"]) == (neighbourhood, made[0]["landscape"])]
    assert [{name: line[name] for name in synthetic.COLUMNS} for line in known] == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in line.items()} for line in made
    ]


def test_regret_never_grows_over_half_of_the_cells(complete):
    rows = [row for row in tables([complete])["replay"] if (row["algorithm"], row["budget"]) == ("random", 36)]
    regret = [row["regret"] for row in rows]
    assert regret == sorted(regret, reverse=True)
    assert rows[-1]["evaluations"] == 30
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
