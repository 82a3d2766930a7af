import numpy as np
import pytest

from sensorscape.report.figures import radar
from sensorscape.report.style import UndefinedFigure


def test_the_radar_shows_every_sensor_and_the_published_values_beside(made, look):
    axes, table = radar.draw(made.tables["radar"], **look)
    assert len(axes) == 2
    assert [text.get_text() for text in axes[0].get_figure().legends[0].get_texts()] == ["s1", "s2", "fusion"]
    assert len(table) == len(made.tables["radar"])


def test_a_published_tau_is_drawn_as_its_autocorrelation(made, look):
    table = radar.draw(made.tables["radar"], **look)[1].set_index(["sensor", "axis"])
    assert table.loc[("s2", "autocorrelation"), "published_position"] == pytest.approx(1 / 1.54)
    assert table.loc[("s1", "mean"), "published_position"] == pytest.approx(0.47)
    assert np.isnan(table.loc[("s1", "local_optima"), "published_position"])


def test_positions_do_not_change_when_a_sensor_is_left_out(made, look):
    whole = radar.draw(made.tables["radar"], **look)[1]
    frame = made.tables["radar"]
    alone = radar.draw(frame[frame["sensor"] == "s2"], **(look | {"sensors": ["s2"]}))[1]
    assert list(alone["position"].dropna()) == list(whole.loc[whole["sensor"] == "s2", "position"].dropna())


def test_an_undefined_axis_has_no_mark(made, look):
    axes, _ = radar.draw(made.tables["radar"], **look)
    marks = [line for line in axes[0].lines if line.get_linestyle() == "None"]
    assert {len(line.get_xdata()) for line in marks} == {6}  # of seven axes


def test_a_sensor_of_another_name_has_no_published_side(make, look):
    made = make(("rgb",))
    axes, _ = radar.draw(made.tables["radar"], sensors=["rgb"], palette=look["palette"], published=look["published"])
    assert len(axes) == 1


def test_without_any_axis_the_reasons_are_given(made, look):
    frame = made.tables["radar"].assign(position=np.nan, reason="two models are needed")
    with pytest.raises(UndefinedFigure, match="two models are needed"):
        radar.draw(frame, **look)


def test_the_words_name_the_positions(made, look):
    assert "s1: mean 0.30" in radar.describe(radar.draw(made.tables["radar"], **look)[1])
