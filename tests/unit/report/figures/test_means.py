import numpy as np
import pytest

from sensorscape.report.figures import means
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return means.draw(frame, **look, budget=9, late_budget=27)


def test_means_on_the_left_and_changes_on_the_right(made, look):
    (left, right), table = draw(made.tables["means"], look)
    assert left.get_ylabel() == "mean fitness (kappa)"
    assert right.get_ylabel() == "mean change (kappa)"
    assert len(table) == 12
    changes = next(line for line in right.lines if line.get_label() == "s1 (n = 24)")
    assert len(changes.get_xdata()) == 3  # the smallest budget has none before it


def test_published_means_stand_at_both_budgets(made, look):
    (left, _), _ = draw(made.tables["means"], look)
    heights = {
        round(float(segment[0][1]), 2) for lines in left.collections for segment in lines.get_segments() if segment[0][1] == segment[1][1]
    }
    assert {0.47, 0.64, 0.94, 0.97} <= heights


def test_no_model_no_mean(made, look):
    with pytest.raises(UndefinedFigure, match="no model"):
        draw(made.tables["means"].assign(mean=np.nan, reason="no model"), look)


def test_the_words_follow_the_budgets(made):
    first = made.tables["means"].iloc[0]
    assert f"s1: {first['mean']:.2f} after 1" in means.describe(made.tables["means"])
