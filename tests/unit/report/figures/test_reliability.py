import numpy as np
import pytest

from sensorscape.report.figures import reliability
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return reliability.draw(frame, sensors=look["sensors"], palette=look["palette"])


def test_one_seed_cannot_tell_noise_from_landscape(made, look):
    with pytest.raises(UndefinedFigure, match="one seed per cell"):
        draw(made.tables["reliability"], look)


def test_reliability_left_and_corrected_ruggedness_right(made, look):
    numbers = {"value": 0.8, "low": 0.6, "high": 0.9, "rho": 0.4, "rho_corrected": 0.5}
    (left, right), table = draw(made.tables["reliability"].assign(**numbers), look)
    assert left.get_ylim() == (-0.03, 1.03)
    hollow = [line for line in right.lines if line.get_markerfacecolor() == "white"]
    assert {value for line in hollow for value in line.get_ydata()} == {0.5}
    assert right.get_legend().get_texts()[0].get_text() == "s1 (n = 24)"
    assert "s1: 0.80 after 1" in reliability.describe(table)


def test_an_undefined_correction_leaves_a_gap(made, look):
    numbers = {"value": 0.8, "low": 0.6, "high": 0.9, "rho": 0.4, "rho_corrected": np.nan}
    (_, right), _ = draw(made.tables["reliability"].assign(**numbers), look)
    hollow = next(line for line in right.lines if line.get_markerfacecolor() == "white")
    assert np.isnan(hollow.get_ydata().astype(float)).all()
