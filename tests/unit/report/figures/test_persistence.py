import numpy as np
import pytest

from sensorscape.report.figures import persistence
from sensorscape.report.style import UndefinedFigure


def draw(frame, look, sign="positive"):
    return persistence.draw(frame, sign=sign, to=25, **look)


def test_a_line_for_every_number_of_budgets(made, look):
    axes, table = draw(made.tables["persistence"], look)
    assert len(axes) == 3
    assert sorted(table["budgets"].unique()) == [1, 2, 3, 4]
    assert len(table) == 3 * 4 * 50


def test_the_title_gives_p_at_the_metrics_n(made, look):
    axes, table = draw(made.tables["persistence"], look)
    value = table[(table["sensor"] == "s1") & (table["budgets"] == 4) & (table["percent"] == 25)]["value"].iloc[0]
    assert axes[0].get_title(loc="left") == f"s1 (n = 24), P(25) = {value:.1f} %"


def test_the_published_value_is_a_mark_at_25(made, look):
    axes, _ = draw(made.tables["persistence"], look, "negative")
    marks = [line for line in axes[0].lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [(25, 4.0)]


def test_chance_and_copula_stand_beside_the_curve(made, look):
    axes, table = draw(made.tables["persistence"], look)
    labels = [text.get_text() for text in axes[0].figure.legends[0].get_texts()]
    assert {"copula, 95 %", "independent budgets"} <= set(labels)
    assert table.loc[table["budgets"] == 4, "copula"].notna().any()


def test_an_undefined_p_is_said_in_the_title(made, look):
    frame = made.tables["persistence"].copy()
    frame.loc[frame["percent"] == 25, "value"] = np.nan
    axes, _ = draw(frame, look)
    assert axes[0].get_title(loc="left") == "s1 (n = 24), P(25) undefined"


def test_without_any_p_the_reasons_are_given(made, look):
    frame = made.tables["persistence"].assign(value=np.nan, reason="a budget is missing")
    with pytest.raises(UndefinedFigure, match="a budget is missing"):
        draw(frame, look)


def test_the_words_read_the_curve_of_all_budgets(made, look):
    assert "% at N = 25" in persistence.describe(draw(made.tables["persistence"], look)[1])
