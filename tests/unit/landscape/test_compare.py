import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sensorscape.landscape import answer, compare
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import holm
from sensorscape.landscape.persistence import areas, counts, percentages, rank_entry
from sensorscape.landscape.schema import METRICS, TABLES
from sensorscape.landscape.settings import Settings


@pytest.fixture
def two(sample, settings):
    return [Measured(sample(seed=1), settings), Measured(sample(seed=2, name="s2", shift=0.1), settings)]


def frame(measured, name):
    return pd.DataFrame(compare.tables(measured)[name], columns=TABLES[name].names)


def test_the_mean_is_a_paired_t_test(two):
    row = frame(two, "differences").set_index("metric").loc["mean"]
    one, other = (m.landscape.fitness[0, :, 2] for m in two)
    assert row["difference"] == pytest.approx((one - other).mean())
    assert row["p"] == pytest.approx(stats.ttest_rel(one, other).pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(stats.ttest_rel(one, other).confidence_interval()))
    assert row["effect"] == pytest.approx((one - other).mean() / (one - other).std(ddof=1))
    standard_error = (one - other).std(ddof=1) / np.sqrt(len(one))
    tests = frame(two, "differences")["p"].notna().sum()
    reach = stats.norm.ppf(1 - 0.05 / tests / 2) + stats.norm.ppf(0.8)  # found four times in five whatever the other tests say
    assert row["smallest_detectable"] == pytest.approx(reach * standard_error, rel=0.2)
    assert row["verdict"] == "more than noise"


def test_a_gross_difference_of_any_kind_is_more_than_noise(make):
    """Three sensors of 100 cells, 36 tests: one scatters three times as much and keeps no rank, the others keep all of them."""
    rng = np.random.default_rng(0)
    wild, steady = rng.normal(0.5, 0.09, (100, 4)), np.repeat(rng.normal(0.5, 0.03, (100, 1)), 4, axis=1)
    fitness = {"s1": wild, "s2": steady, "fusion": steady[::-1] + rng.normal(0, 1e-4, (100, 4))}
    choices = Settings(budget=36, late_budget=108, bootstrap=200)
    rows = frame([Measured(make(values, name=name), choices) for name, values in fitness.items()], "differences")
    told = rows[(rows["first"] == "s1") & rows["metric"].isin(("sd", "persistence_positive", "auc_positive", "auc_negative"))]
    assert len(told) == 8
    assert set(told["verdict"]) == {"more than noise"}
    assert "more than noise" not in set(
        rows[(rows["first"] == "s2") & rows["metric"].isin(("persistence_positive", "auc_positive"))]["verdict"]
    )


def test_what_is_beyond_the_smallest_detectable_difference_is_told(two):
    rows = frame(two, "differences").dropna(subset="smallest_detectable")
    wald = rows[rows["metric"].isin(("sd", "sd_late", "fdc", "fdc_late", "mean", "mean_late"))]
    beyond = wald[wald["difference"].abs() > wald["smallest_detectable"]]
    assert set(beyond["verdict"]) <= {"more than noise"}


def test_with_several_seeds_the_compared_metrics_are_the_robust_ones(sample, settings):
    """Fitness half noise: the mean over seeds is another landscape than the seeds'."""
    several = [Measured(sample(seeds=3, seed=seed, noise=0.08, name=name), settings) for seed, name in ((1, "s1"), (2, "s2"))]
    rows = frame(several, "differences").set_index("metric")
    for metric in ("mean", "sd", "fdc", "fdc_slope", "persistence_positive", "persistence_negative", "auc_positive", "auc_negative"):
        robust = [one.metric(metric, "robust").value for one in several]
        assert rows.loc[metric, ["value_first", "value_second"]].tolist() == pytest.approx(robust), metric


def test_every_row_is_a_known_metric_with_a_number_or_a_reason(two):
    rows = frame(two, "differences")
    assert set(rows["metric"]) <= set(METRICS)
    assert all(row.reason or not np.isnan(row.p) for row in rows.itertuples())
    assert (rows["p_holm"].dropna() >= rows["p"].dropna() - 1e-12).all()


def test_a_sensor_does_not_differ_from_itself(sample, settings):
    rows = frame([Measured(sample(seed=1), settings), Measured(sample(seed=1, name="twin"), settings)], "differences")
    assert (rows["difference"].dropna() == 0).all()
    assert "more than noise" not in set(rows["verdict"])


def test_without_a_common_cell_nothing_is_compared(make, settings):
    rng = np.random.default_rng(0)
    pair = [Measured(make(rng.random((9, 4))), settings), Measured(make(rng.random((9, 4)), name="s2", first=50), settings)]
    rows = frame(pair, "differences")
    assert rows["p"].isna().all()
    assert rows["reason"].ne("").all()
    assert answer.statements({"differences": rows, "ruggedness_trend": frame(pair, "ruggedness_trend")})[0]["text"].startswith(
        "s1 and s2 cannot be compared"
    )


def test_one_sensor_gives_no_rows(two):
    assert frame(two[:1], "differences").empty


def test_the_trend_goes_over_the_walked_budgets_and_overall(two):
    rows = frame(two[:1], "ruggedness_trend")
    assert rows[["from_budget", "to_budget"]].to_numpy().tolist() == [[4, 12], [12, 36], [4, 36]]
    assert rows["verdict"].isin(["less rugged", "more rugged", "not told apart"]).all()


def test_curves_of_walks_on_other_cells_are_not_correlated(two, sample, settings):
    other = sample(n=30, seed=5, name="s3")
    rows = frame([two[0], Measured(other, settings)], "walk_correlation")
    assert rows["detrended"].isna().all()
    assert rows["reason"].str.contains("different cells").all()
    assert frame(two, "walk_correlation")["detrended"].notna().all()


def test_the_trend_of_ruggedness_is_told_only_after_holm(sample, settings):
    rows = compare.tables([Measured(sample(seed=seed, name=f"s{seed}"), settings) for seed in range(3)])["ruggedness_trend"]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        assert (row["verdict"] in ("less rugged", "more rugged")) == (p < 0.05)


def test_an_area_and_its_persistence_are_of_the_same_samples(two):
    one, other = (m.landscape.fitness[0] for m in two)
    rows = frame(two, "differences").set_index("metric")
    to = two[0].settings.persistence_to
    for sign in ("positive", "negative"):
        curves = [percentages(*counts(rank_entry(f, sign)))[-1] for f in (one, other)]
        assert rows.loc[f"persistence_{sign}", "difference"] == pytest.approx(curves[0][to - 1] - curves[1][to - 1])
        assert rows.loc[f"auc_{sign}", "difference"] == pytest.approx(areas(curves[0], to) - areas(curves[1], to))
