from sensorscape.landscape.schema import METRICS
from sensorscape.report.words import NAMES, metric_name


def test_every_metric_has_a_readers_name():
    assert set(METRICS) <= set(NAMES)
    assert len(set(NAMES.values())) == len(NAMES)


def test_an_unknown_metric_keeps_its_own():
    assert metric_name("some_new_metric") == "some new metric"
