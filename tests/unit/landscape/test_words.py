import numpy as np
import pytest

from sensorscape.landscape.measured import Measured
from sensorscape.landscape.reading import Reading
from sensorscape.landscape.schema import TOPICS
from sensorscape.landscape.words import between, cannot, number, statements


def text_of(found, topic):
    return " ".join(item["text"] for item in found if item["topic"] == topic)


def test_numbers_for_readers():
    assert number(0.56789) == "0.568"
    assert number(1234.5) == "1234"
    assert number(0) == "0"
    assert number(float("nan")) == "undefined"
    assert between(Reading(0.5, 0.4, 0.6)) == " (95 % interval 0.400 to 0.600)"
    assert between(Reading(0.5)) == ""


def test_statements_follow_the_topics(sample, settings):
    found = statements([Measured(sample(), settings), Measured(sample(seed=2, name="s2"), settings)])
    topics = [item["topic"] for item in found]
    assert list(dict.fromkeys(topics)) == [t for t in TOPICS if t in topics]
    assert "n = 40" in text_of(found, "overview")


def test_white_noise_is_called_so(make, settings):
    from sensorscape.landscape.landscape import Walk

    walk = Walk(np.array([f"{i:032x}" for i in range(60)]), np.random.default_rng(0).random((60, 4)))
    found = statements([Measured(make(np.random.default_rng(1).random((40, 4)), walks=[walk]), settings)])
    assert "not told from white noise" in text_of(found, "ruggedness")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_what_cannot_be_said_is_said(sample, settings, n):
    found = cannot([Measured(sample(n=n), settings)])
    assert "too few for local optima" in text_of(found, "optima")
    assert "One sensor" in text_of(found, "differences")
    assert "One training seed" in text_of(found, "noise")


def test_sensors_without_a_common_cell(make, settings):
    pair = [Measured(make(np.ones((2, 1)) * 0.5), settings), Measured(make(np.ones((2, 1)) * 0.5, name="s2", first=9), settings)]
    assert "no cell in common" in text_of(cannot(pair), "differences")
