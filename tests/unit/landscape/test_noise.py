import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sensorscape.landscape import noise
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.schema import TABLES


def frame(measured, name):
    return pd.DataFrame(noise.tables(measured)[name], columns=TABLES[name].names)


def test_components_are_those_of_the_analysis_of_variance():
    values = np.random.default_rng(0).normal(size=(3, 20)) + np.random.default_rng(1).normal(size=20)
    found = noise.components(values)
    f = stats.f_oneway(*values.T).statistic
    assert found.cells == pytest.approx((f - 1) / 3 * found.noise)
    assert found.noise == pytest.approx(values.var(axis=0, ddof=1).mean())


def test_missing_runs_are_left_out():
    values = np.random.default_rng(0).normal(size=(3, 20))
    values[2, :5] = np.nan
    groups = [column[~np.isnan(column)] for column in values.T]
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (sum(map(len, groups)) - 20)
    assert noise.components(values).noise == pytest.approx(within)


def test_a_known_reliability_is_found():
    rng = np.random.default_rng(2)
    values = rng.normal(size=4000) * 2 + rng.normal(size=(3, 4000))
    assert noise.components(values).reliability == pytest.approx(0.8, abs=0.01)


def test_one_seed_is_undefined_with_its_reason(sample, settings):
    measured = [Measured(sample(), settings), Measured(sample(name="s2"), settings)]
    for name in ("reliability", "agreement", "persistence_seeds"):
        rows = frame(measured, name)
        assert rows["value"].isna().all()
        assert rows["reason"].eq(noise.ONE_SEED).all()
    assert frame(measured, "ruggedness").empty


def test_several_seeds(sample, settings):
    measured = [Measured(sample(seeds=3, seed=1), settings), Measured(sample(seeds=3, seed=2, name="s2"), settings)]
    tables = {name: pd.DataFrame(rows, columns=TABLES[name].names) for name, rows in noise.tables(measured).items()}
    rows = tables["reliability"]
    assert (rows["value"] > 0.8).all()  # deviations 0.08 and 0.02: R = 0.94
    assert (rows["low"] <= rows["value"]).all()
    agreement = tables["agreement"]
    assert (agreement["value"] >= agreement["raw"]).all()
    assert agreement["value"].to_numpy() == pytest.approx(1, abs=0.05)  # both sensors have the same cells' quality
    corrected = tables["ruggedness"].dropna(subset="rho").set_index(["sensor", "budget"])
    own = rows.set_index(["sensor", "budget"])
    for key, rho in corrected["rho"].items():
        assert rho == pytest.approx(own.loc[key, "rho"] / own.loc[key, "value"])
    seeds = tables["persistence_seeds"]
    assert set(seeds["kind"]) == {"cross-seed", "corrected"}
    assert seeds["value"].between(0, 100).all()


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_correlations_of_noisy_runs_are_those_of_their_cells(share):
    """Cells that correlate 1 (or 0.6) from budget to budget under noise of any size."""
    rng, n = np.random.default_rng(5), 20_000
    for truth in (1.0, 0.6):
        cells = rng.standard_normal((n, 1)) * truth**0.5 + rng.standard_normal((n, 3)) * (1 - truth) ** 0.5
        values = cells * share**0.5 + rng.standard_normal((3, n, 3)) * (1 - share) ** 0.5
        found = noise.corrected_correlations(values)
        rank = 6 / np.pi * np.arcsin(truth / 2)  # of a bivariate normal
        assert found[np.triu_indices(3, 1)] == pytest.approx(rank, abs=0.04)


def test_noise_hides_a_persistence_that_the_correction_shows(make, settings):
    """The same cells at every budget, half of the variance noise: true P is 100 %, measured it is far below."""
    rng = np.random.default_rng(6)
    values = 0.5 + 0.05 * (rng.standard_normal((1, 100, 1)) + rng.standard_normal((3, 100, 4)))
    rows = frame([Measured(make(values), settings)], "persistence_seeds").set_index(["sign", "kind"])
    for sign in ("positive", "negative"):
        assert rows.loc[(sign, "cross-seed"), "value"] < 50
        corrected = rows.loc[(sign, "corrected")]
        assert corrected["value"] > 80
        assert corrected["low"] < corrected["value"] <= 100
        assert corrected["high"] > 95


def test_crossings_never_take_one_seed_for_neighbouring_budgets():
    values = np.stack([np.full((4, 3), seed) for seed in range(2)]).astype(float)
    for crossing in noise.crossings(values):
        assert (np.diff(crossing, axis=1) != 0).all()


def test_few_cells(sample, settings):
    rows = frame([Measured(sample(n=5, seeds=3), settings)], "reliability")
    assert rows["reason"].str.contains("at least 16").all()
