import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sensorscape.landscape import answer, compare
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import holm
from sensorscape.landscape.persistence import areas, counts, percentages, rank_entry
from sensorscape.landscape.schema import METRICS, TABLES


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
    assert row["effect"] == pytest.approx((one - other).mean() / (one - other).std(ddof=1))
    standard_error = (one - other).std(ddof=1) / np.sqrt(len(one))
    assert row["smallest_detectable"] == pytest.approx(2.8 * standard_error, rel=0.2)
    assert row["verdict"] == "more than noise"


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
