import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.landscape.bootstrap import draw_items
from sensorscape.landscape.persistence import LAST, _curves, area, at, counts, cuts, empty_at, persistence, quantile_entry, rank_entry


def literal(fitness, percent, sign):
    """The definition word for word, by NumPy's type-7 quantiles."""
    sets = []
    for column in fitness.T:
        if sign == "positive":
            sets.append(column >= np.quantile(column, 1 - percent / 100))
        else:
            sets.append(column <= np.quantile(column, percent / 100))
    return 100 * np.logical_and.reduce(sets).sum() / sets[0].sum()


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_the_paper_reading_is_its_definition(make, sign):
    fitness = np.random.default_rng(3).random((37, 4)) + np.linspace(0, 1, 37)[:, None]
    curves = next(c for c in persistence(make(fitness), to=25, count=200, seed=1) if (c.sign, c.reading) == (sign, "paper"))
    # percents whose quantile falls on no model: no rounding decides
    for percent in [p for p in range(1, LAST + 1) if (36 * p) % 100]:
        assert curves.value[-1, percent - 1] == pytest.approx(literal(fitness, percent, sign))


def test_rank_cut_by_hand(make):
    fitness = np.array([[9, 1], [8, 9], [7, 8], [6, 7], [5, 6], [4, 5], [3, 4], [2, 3]], dtype=float)
    curves = {(c.sign, c.reading): c for c in persistence(make(fitness, (4, 12)), to=25, count=200, seed=1)}
    best = curves["positive", "robust"]
    assert best.kept[0, 24] == 1  # of cells 0, 1 the second stays among the two best
    assert best.value[0, 24] == 50
    worst = curves["negative", "robust"]
    assert worst.value[0, 24] == 50  # of cells 6, 7 one: cell 0 fell to the bottom


def test_cuts_round_halves_to_even():
    assert cuts(10)[25] == 2
    assert cuts(14)[25] == 4  # 3.5
    assert cuts(24)[25] == 6


def test_ties_go_by_position():
    entry = rank_entry(np.full((4, 1), 0.5), "positive")
    assert entry[:, 0].tolist() == sorted(entry[:, 0].tolist())
    assert len(set(entry[:, 0].tolist())) == 4


def test_area_averages_over_the_defined(make):
    curves = {
        (c.sign, c.reading): c for c in persistence(make(np.random.default_rng(0).random((10, 2)), (4, 12)), to=25, count=200, seed=1)
    }
    robust = curves["positive", "robust"]
    empty = empty_at(robust, 25)
    assert empty == [1, 2, 3, 4, 5]  # round(10 N / 100) = 0, the half at 5 to even
    found = area(robust, 25)
    assert found.value == pytest.approx(np.mean(robust.value[0, 5:25]) / 100)
    assert "averaged over 20 of 25" in found.note
    assert not at(robust, 3).defined


@pytest.mark.parametrize("fitness", [np.empty((0, 4)), np.full((20, 1), 0.5)])
def test_nothing_to_persist_has_its_reason(make, fitness):
    for curves in persistence(make(fitness), to=25, count=200, seed=1):
        found = at(curves, 25)
        assert not found.defined
        assert found.reason


def test_cells_that_lack_a_budget_are_left_out(make):
    fitness = np.random.default_rng(0).random((20, 2))
    fitness[3, 1] = np.nan
    assert persistence(make(fitness, (4, 12)), to=25, count=200, seed=1)[0].n == 19


def test_equal_rankings_persist_wholly(make):
    order = np.random.default_rng(0).random(40)
    for curves in persistence(make(np.stack([order, order + 1, order + 2], axis=1)), to=25, count=200, seed=1):
        assert at(curves, 25).value == 100


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=15))
def test_nested_intersections_shrink_and_sets_grow(rows):
    fitness = np.array(rows, dtype=float)
    for entry in (quantile_entry, rank_entry):
        kept, start = counts(entry(fitness, "positive"))
        assert (np.diff(kept, axis=0) <= 0).all()
        assert (np.diff(kept, axis=1) >= 0).all()
        assert (kept[0] <= start).all()


TRUTHS = [(0.05, 4), (0.6, 4), (0.98, 4), (0.3, 2)]


@pytest.mark.slow
@pytest.mark.parametrize(("correlation", "budgets"), TRUTHS)
def test_the_intervals_cover_the_values_of_the_whole_population(make, correlation, budgets):
    """2,000 samples of 100 models out of a population whose budgets agree hardly, somewhat, nearly wholly: P at 25 % and AuC."""
    rng = np.random.default_rng(4)
    root = np.linalg.cholesky(np.full((budgets, budgets), correlation) + (1 - correlation) * np.eye(budgets))
    kept, start = counts(rank_entry(rng.standard_normal((1_000_000, budgets)) @ root.T, "positive"))
    whole = kept[-1] / start
    truth = np.array([100 * whole[24], whole[:25].mean()])
    hits = np.zeros(2)
    for _ in range(2000):
        fitness = rng.standard_normal((100, budgets)) @ root.T
        samples = draw_items(fitness[None], 200, rng)
        found = _curves(
            fitness[None], np.ones((1, 100), dtype=bool), "positive", "robust", rank_entry, [samples], np.empty((0, 0, LAST)), 25
        )
        ends = [(one.low, one.high) for one in (at(found, 25), area(found, 25))]
        hits += [low <= value <= high for (low, high), value in zip(ends, truth, strict=True)]
    assert (hits / 2000 >= 0.93).all()
