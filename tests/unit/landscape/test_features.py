import numpy as np
import pandas as pd
import pytest
from statsmodels.api import OLS, add_constant

from sensorscape.landscape import features
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.schema import TABLES

RNG = np.random.default_rng(4)
X = RNG.normal(size=(60, 3))
Y = X @ [0.5, 0.0, -0.2] + RNG.normal(scale=0.1, size=60)


def test_coefficients_intervals_and_p_are_statsmodels_hc3():
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    expected = OLS(Y, add_constant(standard)).fit(cov_type="HC3", use_t=True)
    found = features.least_squares(X, Y)
    np.testing.assert_allclose(found.coefficients, expected.params[1:])
    np.testing.assert_allclose(np.stack([found.low, found.high], axis=1), expected.conf_int()[1:])
    np.testing.assert_allclose(found.p, expected.pvalues[1:], rtol=1e-6)
    assert found.r_squared == pytest.approx(expected.rsquared)


def test_shapley_values_add_up_and_of_independent_features_are_their_own_gain():
    found = features.shapley(X, Y)
    assert found.sum() == pytest.approx(features.least_squares(X, Y).r_squared)
    orthogonal = np.linalg.qr(X - X.mean(axis=0))[0]
    alone = [np.corrcoef(column, Y)[0, 1] ** 2 for column in orthogonal.T]
    np.testing.assert_allclose(features.shapley(orthogonal, Y), alone)


@pytest.mark.parametrize(
    ("x", "message"),
    [(np.ones((9, 1)), "constant"), (np.column_stack([X[:9, 0], 2 * X[:9, 0]]), "dependent"), (X[:3, :2], "rows")],
)
def test_designs_that_cannot_be_fitted_are_refused(x, message):
    with pytest.raises(ValueError, match=message):
        features.least_squares(x, Y[: len(x)])


def test_few_models_constant_fitness_and_constant_features_have_reasons(make, sample, settings):
    for n in (0, 1, 2):
        rows = pd.DataFrame(features.tables([Measured(sample(n=n), settings)])["features"], columns=TABLES["features"].names)
        assert rows["reason"].ne("").all()
    landscape = make(RNG.random((40, 4)), features={"depth": np.ones(40), "width": RNG.random(40)})
    rows = pd.DataFrame(features.tables([Measured(landscape, settings)])["features"]).set_index("feature")
    assert rows.loc["depth", "reason"] == "the same in all cells"
    assert rows.loc["conv3x3", "reason"] == "not known for these cells"
    assert np.isfinite(rows.loc["width", "coefficient"])


def test_an_interaction_is_the_difference_of_the_coefficients(sample, settings):
    measured = [Measured(sample(seed=1), settings), Measured(sample(seed=1, name="s2", noise=0.1), settings)]
    tables = features.tables(measured)
    single = pd.DataFrame(tables["features"]).set_index(["sensor", "feature"])["coefficient"]
    for row in tables["interactions"]:
        assert row["difference"] == pytest.approx(single["s1", row["feature"]] - single["s2", row["feature"]])
        assert row["p_holm"] >= row["p"]
