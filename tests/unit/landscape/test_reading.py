import math

from sensorscape.landscape.reading import Reading, rounded, too_few, undefined


def test_an_undefined_reading_has_its_reason_and_becomes_null():
    found = undefined("no walk", 3)
    assert not found.defined
    assert found.to_dict() == {"value": None, "low": None, "high": None, "reference": None, "n": 3, "reason": "no walk", "note": None}


def test_numbers_are_rounded_alike_everywhere():
    assert rounded(1 / 3) == 0.3333333333
    assert rounded(math.inf) is None
    assert Reading(0.5, n=2).to_dict()["value"] == 0.5


def test_too_few_names_the_number():
    assert too_few(5, 4) == ""
    assert too_few(1, 4) == "1 model left, at least 4 needed"
    assert too_few(0, 4, "cells") == "0 cells left, at least 4 needed"
