import numpy as np
import pytest

from sensorscape.report.figures import differences
from sensorscape.report.style import UndefinedFigure


def test_a_panel_per_defined_metric_and_a_line_per_pair(made):
    axes, table = differences.draw(made.tables["differences"])
    assert [panel.get_title(loc="left") for panel in axes][:2] == ["mean fitness", "standard deviation σ"]
    assert "local_optima" not in set(table["metric"])
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["s1 − s2", "s1 − fusion", "s2 − fusion"]


def test_only_what_is_more_than_noise_is_filled(made):
    axes, table = differences.draw(made.tables["differences"])
    filled = [line.get_markerfacecolor() != "white" for line in axes[0].lines if line.get_marker() == "o"]
    assert filled == list(table[table["metric"] == "mean"]["verdict"] == "more than noise")
    assert any(filled)
    assert not all(filled)


def test_one_sensor_has_no_pair(make):
    with pytest.raises(UndefinedFigure, match="one sensor"):
        differences.draw(make(("s2",)).tables["differences"])


def test_sensors_without_a_common_cell_give_their_reason(made):
    frame = made.tables["differences"].assign(difference=np.nan, reason="no common cell")
    with pytest.raises(UndefinedFigure, match="no common cell"):
        differences.draw(frame)


def test_the_words_count_and_name_them(made):
    _, table = differences.draw(made.tables["differences"])
    assert differences.describe(table).startswith("2 of 21 differences are more than noise: s1 − s2, mean fitness")
