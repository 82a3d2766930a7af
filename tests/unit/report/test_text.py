import math

import pytest

from sensorscape.report import text


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.4567, 3, "0.457"),
        (-0.2, 2, "−0.20"),
        (None, 3, "–"),
        (math.nan, 3, "–"),
        (math.inf, 3, "–"),
        (423624, 3, "423\u202f624"),
        (12.6, 0, "13"),
    ],
)
def test_a_number_as_a_reader_wants_it(value, digits, shown):
    assert text.number(value, digits) == shown


def test_a_small_number_is_not_shown_as_zero():
    assert text.number(0.00004, 3) == "4e−05"
    assert text.number(0.0, 3) == "0.000"
    assert text.number(-4e-20, 3) == "0.000", "a sum of floats that should be zero"


def test_an_interval_needs_both_ends():
    assert text.interval(-0.1, 0.25, 2) == "[−0.10, 0.25]"
    assert text.interval(None, 0.25) == ""
    assert text.interval(0.1, math.nan) == ""


def test_a_tiny_p_is_a_bound():
    assert text.p_value(0.0000001) == "< 0.001"
    assert text.p_value(0.0421) == "0.042"
    assert text.p_value(None) == "–"
    assert text.p_value(math.nan) == "–"


def test_lists_and_plurals():
    assert text.listed([]) == ""
    assert text.listed(["s1"]) == "s1"
    assert text.listed(["s1", "s2", "fusion"]) == "s1, s2 and fusion"
    assert text.plural(1, "cell") == "1 cell"
    assert text.plural(2, "patch", "patches") == "2 patches"
