import numpy as np
import pytest

from sensorscape.report.figures import correlation
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return correlation.draw(frame, sensors=look["sensors"], palette=look["palette"])


def test_a_square_for_every_pair(made, look):
    axes, table = draw(made.tables["correlation"], look)
    assert [tick.get_text() for tick in axes.get_yticklabels()][:5] == ["s1 @ 1", "s1 @ 3", "s1 @ 9", "s1 @ 27", "s2 @ 1"]
    assert len(table) == 144
    assert axes.get_title(loc="left") == "n = 24 cells a pair"


def test_spearman_below_and_kendall_above(made, look):
    axes, _ = draw(made.tables["correlation"], look)
    values = axes.collections[0].get_array().reshape(12, 12)
    frame = made.tables["correlation"].set_index(["first_sensor", "first_budget", "second_sensor", "second_budget"])
    assert values[1, 0] == pytest.approx(frame.loc[("s1", 3, "s1", 1), "spearman"])
    assert values[0, 1] == pytest.approx(frame.loc[("s1", 1, "s1", 3), "kendall"])
    assert np.ma.is_masked(values[0, 0])


def test_labels_have_their_sensors_colour(made, look):
    axes, _ = draw(made.tables["correlation"], look)
    assert axes.get_yticklabels()[4].get_color() == "#E69F00"


def test_sensors_without_a_common_cell_have_nothing_to_show(made, look):
    with pytest.raises(UndefinedFigure, match="no common cell"):
        draw(made.tables["correlation"].assign(spearman=np.nan, reason="no common cell"), look)


def test_the_words_give_both_ranges(made):
    text = correlation.describe(made.tables["correlation"])
    assert "Between budgets of one sensor" in text
    assert "between sensors" in text
