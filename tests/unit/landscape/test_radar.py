import pytest

from sensorscape.landscape.measured import Measured
from sensorscape.landscape.radar import LABELS, Axis, radar
from sensorscape.landscape.reading import Reading


def test_positions_are_anchored_and_cut():
    axis = Axis("auc_positive", "AuC", Reading(0.3), 0.1, 0.9)
    assert axis.position(0.1) == 0
    assert axis.position(0.5) == pytest.approx(0.5)
    assert axis.position(2.0) == 1
    assert axis.position(-1.0) == 0
    assert axis.position(float("nan")) != axis.position(float("nan"))
    assert Axis("x", "x", Reading(0.3), 1.0, 1.0).position(0.5) != 0.5


def test_the_axes_do_not_move_when_a_sensor_is_added(sample, settings):
    axes = radar(Measured(sample(), settings))
    assert [axis.name for axis in axes] == list(LABELS)
    anchors = {axis.name: (axis.null, axis.ceiling) for axis in axes}
    assert anchors["mean"] == (0, 1)
    assert anchors["autocorrelation"] == (0, 1)
    assert anchors["persistence_positive"][1] == 100
    assert anchors["local_optima"][1] == 1


def test_the_deviation_is_the_means_whisker(sample, settings):
    measured = Measured(sample(), settings)
    axis = radar(measured)[0]
    assert axis.raw.high - axis.raw.value == pytest.approx(measured.metric("sd", "paper").value)
