import numpy as np
import pytest

from sensorscape.landscape import density_frames
from sensorscape.landscape.density_frames import MOST_STEPS
from sensorscape.landscape.measured import Measured


@pytest.fixture
def measured(sample, settings):
    return Measured(sample(), settings)


def of(rows, **wanted):
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_the_bars_of_a_histogram_have_an_area_of_one(measured):
    bars = of(density_frames.histogram(measured), budget=36)
    assert sum(bar["count"] for bar in bars) == 40
    assert sum(bar["density"] * (bar["right"] - bar["left"]) for bar in bars) == pytest.approx(1)


def test_the_curves_are_the_kernel_and_every_family(measured):
    rows = of(density_frames.curves(measured), budget=36)
    assert {row["curve"] for row in rows} == {"kernel", "beta", "weibull", "log-normal"}
    for name in ("kernel", "beta"):
        shares = [row["cumulative"] for row in rows if row["curve"] == name]
        assert (np.diff(shares) >= 0).all()
        assert 0 <= shares[0] <= shares[-1] <= 1 + 1e-9


def test_the_steps_rise_to_one_and_are_few_of_many_models(make, settings):
    many = Measured(make(np.random.default_rng(0).random((5000, 1)), (36,), code=False), settings)
    steps = density_frames.ecdf(many)
    assert len(steps) == MOST_STEPS
    assert steps[-1]["cumulative"] == 1
    assert [row["fitness"] for row in steps] == sorted(row["fitness"] for row in steps)


def test_one_family_is_the_best_at_a_budget(measured):
    assert sum(row["best"] for row in of(density_frames.densities(measured), budget=36, points="all")) == 1


def test_vuong_compares_every_two_families(measured):
    assert len(of(density_frames.vuong(measured), budget=36, points="all")) == 3
