import numpy as np
import pytest

from sensorscape.report.figures import features
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return features.draw(frame, sensors=look["sensors"], palette=look["palette"])


def test_coefficients_and_shares_for_every_feature(made, look):
    (left, right), table = draw(made.tables["features"], look)
    assert [tick.get_text() for tick in left.get_yticklabels()] == [
        "conv1×1 operations", "conv3×3 operations", "maxpool3×3 operations", "depth", "width", "parameters (log₁₀)",
    ]  # fmt: skip
    assert left.get_xlabel() == "change of the fitness (kappa per standard deviation)"
    assert len(right.patches) == 18
    assert len(table) == 18


def test_the_legend_holds_n_and_r_squared(made, look):
    (left, _), _ = draw(made.tables["features"], look)
    assert left.figure.legends[0].get_texts()[0].get_text() == "s1 (n = 24, R² = 0.40)"


def test_too_few_cells_for_a_model(made, look):
    with pytest.raises(UndefinedFigure, match="nine cells are needed"):
        draw(made.tables["features"].assign(coefficient=np.nan, reason="nine cells are needed"), look)


def test_the_words_name_only_what_is_clear_of_zero(made):
    text = features.describe(made.tables["features"])
    assert "s1: conv1x1 -0.040, width +0.040, parameters +0.060" in text
    none = made.tables["features"].assign(low=-1.0, high=1.0)
    assert "no feature with an interval clear of 0" in features.describe(none)
