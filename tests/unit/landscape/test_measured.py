import numpy as np
import pytest

from sensorscape.landscape.compare import EXACT, compared
from sensorscape.landscape.landscape import Graph
from sensorscape.landscape.measured import SLOW, Measured, fill
from sensorscape.landscape.schema import METRICS, READINGS


def test_every_metric_has_a_value_or_a_reason(sample, settings):
    measured = Measured(sample(), settings)
    for name in METRICS:
        for reading in READINGS:
            found = measured.metric(name, reading)
            assert found.defined is (found.reason == ""), (name, reading)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_few_survivors(sample, settings, n):
    measured = Measured(sample(n=n), settings)
    for name in METRICS:
        for reading in READINGS:
            found = measured.metric(name, reading)
            assert found.defined or found.reason


def test_constant_fitness(make, settings):
    measured = Measured(make(np.full((40, 4), 0.5)), settings)
    assert measured.metric("mean", "paper").value == 0.5
    assert measured.metric("sd", "paper").value == 0
    for name in ("fdc", "local_optima", "ruggedness"):
        assert measured.metric(name, "paper").reason


def test_fitness_at_and_beyond_the_ends(make, settings):
    values = np.random.default_rng(0).random((40, 4))
    values[:3, 2] = [0.0, 1.0, -0.2]
    measured = Measured(make(values), settings)
    assert measured.metric("mean", "robust").defined
    assert {fit.points for fit in measured.densities[36].fits} == {"all", "inner"}


def test_a_budget_the_landscape_lacks_is_named(make, settings):
    found = Measured(make(np.random.default_rng(0).random((40, 3))), settings).metric("mean_late", "paper")
    assert "has no budget of 108 epochs (it has 4, 12, 36)" in found.reason


def test_the_best_is_scored_on_other_seeds(sample, settings):
    measured = Measured(sample(seeds=2), settings)
    values = measured.landscape.fitness[:, :, 2]
    assert measured.metric("best", "paper").value == values[0].max()
    assert measured.metric("best", "robust").value == values[1, values[0].argmax()]
    assert "bootstrap cannot say" in Measured(sample(), settings).metric("best", "robust").reason


def test_measures_filled_in_other_processes_are_those_asked_for_here(sample, settings):
    filled, asked = (Measured(sample(), settings) for _ in range(2))
    fill([filled], processes=2)
    assert set(SLOW) <= set(vars(filled))
    for name in METRICS:
        for reading in READINGS:
            np.testing.assert_equal(filled.metric(name, reading).to_dict(), asked.metric(name, reading).to_dict())


def ring(n):
    return Graph.of_pairs(n, np.array([(i, (i + 1) % n) for i in range(n)]))


@pytest.mark.parametrize("walked", [False, True])
def test_where_every_cell_is_measured_ruggedness_is_exact(make, sample, settings, walked):
    """On a ring the walk of all cells in order is exact: Σ f_i f_(i+1) / Σ f_i² of centred values, by NumPy."""
    values = np.random.default_rng(3).random((40, 4))
    walks = sample().walks if walked else ()
    land = make(values, graphs={"hamming": ring(40)}, complete="all 40 cells", neighbourhood="hamming", walks=walks)
    measured = Measured(land, settings)
    f = values[:, 2] - values[:, 2].mean()
    expected = f @ np.roll(f, 1) / (f @ f)
    assert measured.metric("autocorrelation", "robust").value == pytest.approx(expected)
    paper = measured.metric("autocorrelation", "paper").value
    assert (paper == pytest.approx(expected)) is not walked


def test_two_complete_landscapes_differ_exactly_in_ruggedness(make, settings):
    rng = np.random.default_rng(4)
    whole = {"graphs": {"hamming": ring(40)}, "complete": "all 40 cells"}
    both = [Measured(make(rng.random((40, 4)), name=name, **whole), settings) for name in ("a", "b")]
    found = next(one for one in compared(*both) if one.metric == "autocorrelation")
    assert found.reason == EXACT
    assert [found.first, found.second] == [one.metric("autocorrelation", "robust").value for one in both]
