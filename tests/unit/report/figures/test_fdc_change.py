import numpy as np
import pytest

from sensorscape.report.figures import fdc_change
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return fdc_change.draw(frame, sensors=look["sensors"], palette=look["palette"])


def test_a_panel_per_quantity_and_a_mark_per_distance(made, look):
    axes, table = draw(made.tables["fdc_change"], look)
    assert [panel.get_title(loc="left") for panel in axes] == ["change of the correlation r", "change of the slope", "change of the spread"]
    marks = [line for line in axes[0].lines if line.get_linestyle() == "None"]
    assert len(marks) == 6
    assert len({str(line.get_markerfacecolor()) for line in marks}) == 4  # three sensors filled, hollow ones white
    assert len(table) == 18


def test_n_is_below_the_axis(made, look):
    axes, _ = draw(made.tables["fdc_change"], look)
    assert [tick.get_text() for tick in axes[0].get_xticklabels()] == ["s1\n(n = 24)", "s2\n(n = 24)", "fusion\n(n = 24)"]


def test_one_budget_has_no_change(made, look):
    frame = made.tables["fdc_change"].assign(change=np.nan, reason="one budget")
    with pytest.raises(UndefinedFigure, match="one budget"):
        draw(frame, look)


def test_the_words_count_what_crosses_zero(made):
    assert fdc_change.describe(made.tables["fdc_change"]) == "18 changes with intervals, 18 of which hold 0."
