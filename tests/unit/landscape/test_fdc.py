import numpy as np
import pytest
from scipy import stats

from sensorscape.landscape import fdc as module
from sensorscape.landscape.fdc import boxes, change, distances, fdc


@pytest.fixture
def line(make):
    """Five cells at 0 … 4 bits from the best, fitness falling by 0.1 per bit with two deviations."""
    from dataclasses import replace

    landscape = make(np.array([[0.9], [0.8], [0.75], [0.6], [0.4]]), (36,), code=False)
    return replace(landscape, code=np.array([0, 1, 3, 7, 15], dtype=np.uint64)[:, None])


def test_by_hand_with_and_without_the_best(line):
    found = fdc(line, 36, "code", count=200, seed=1)
    assert found.best == 0
    assert found.d.tolist() == [0, 1, 2, 3, 4]
    everything, without = stats.linregress(found.d, found.fitness), stats.linregress(found.d[1:], found.fitness[1:])
    assert found.slope == pytest.approx(everything.slope)
    assert found.intercept == pytest.approx(everything.intercept)
    assert found.pearson_paper == pytest.approx(everything.rvalue)
    assert found.pearson.value == pytest.approx(without.rvalue)
    assert found.slope_robust.value == pytest.approx(without.slope)
    assert found.spearman.value == pytest.approx(-1)


def test_the_best_in_its_own_correlation_biases_it():
    """Leaving x* in biases r by about -0.18 at n = 16: the reason for the robust reading."""
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(4000):
        d, f = rng.normal(8, 2, 16), rng.random(16)
        d[f.argmax()] = 0
        keep = np.arange(16) != f.argmax()
        gaps.append(np.corrcoef(d, f)[0, 1] - np.corrcoef(d[keep], f[keep])[0, 1])
    assert np.mean(gaps) < -0.15


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_too_few(make, n):
    found = fdc(make(np.linspace(0.1, 0.5, n)[:, None], (36,)), 36, "code", count=200, seed=1)
    assert not found.pearson.defined
    assert f"{n} model" in found.reason


def test_constant_fitness(make):
    found = fdc(make(np.full((10, 1), 0.5), (36,)), 36, "code", count=200, seed=1)
    assert "constant" in found.reason
    assert np.isnan(found.pearson_paper)


def test_no_structure_is_not_told_from_chance_and_structure_is(make, line):
    rng = np.random.default_rng(3)
    assert fdc(make(rng.random((60, 1)), (36,)), 36, "code", count=400, seed=1).p > 0.05
    from dataclasses import replace

    bits = rng.integers(0, 2, (60, 20))
    code = (bits << np.arange(20)).sum(axis=1).astype(np.uint64)[:, None]
    order = replace(make(-bits.sum(axis=1)[:, None] + rng.normal(0, 0.1, (60, 1)), (36,), code=False), code=code)
    assert fdc(order, 36, "code", count=400, seed=1).p < 0.01


def test_boxes_leave_the_best_out_and_count_all_others(line):
    found = boxes(fdc(line, 36, "code", count=200, seed=1))
    assert [box.d for box in found] == [1, 2, 3, 4]
    assert sum(box.n for box in found) == 4
    assert np.isnan(found[0].sd)


def test_change_is_late_less_early(make):
    landscape = make(np.random.default_rng(0).random((30, 2)), (36, 108))
    pair = [fdc(landscape, budget, "code", count=200, seed=1) for budget in (36, 108)]
    for one in change(*pair, landscape, count=200, seed=1):
        assert one.change.value == pytest.approx(one.late - one.early)
        assert one.change.low <= one.change.value <= one.change.high


def test_distances_known(make):
    assert distances(make(np.ones((3, 1)), (36,))) == ["code"]
    assert distances(make(np.ones((3, 1)), (36,), edit=np.zeros((3, 3), dtype=int))) == ["code", "edit"]
    with pytest.raises(KeyError):
        module.rows(make(np.ones((3, 1)), (36,)), "edit", np.array([0]))


@pytest.mark.slow
def test_fishers_interval_covers():
    from sensorscape.landscape.bootstrap import draw_cells
    from sensorscape.landscape.ranks import pearson

    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(2000):
        x = rng.standard_normal(100)
        y = 0.5 * x + np.sqrt(0.75) * rng.standard_normal(100)
        drawn = draw_cells(100, 400, rng)
        low, high = module.fisher(float(pearson(x, y)), pearson(x[drawn], y[drawn]))
        hits += low <= 0.5 <= high
    assert 0.93 <= hits / 2000 <= 0.97
