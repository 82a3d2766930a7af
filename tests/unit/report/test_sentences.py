import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorscape.report.sentences import grouped, worded

SENSORS = ["s1", "s2", "s2-rgb", "year"]


def test_sensors_that_say_the_same_say_it_once():
    few = ["s1: 20 models are too few.", "s1: one model moves P.", "s2-rgb: 20 models are too few.", "s2: one model moves P."]
    assert grouped(few, SENSORS) == ("s1 and s2-rgb: 20 models are too few.", "s1 and s2: one model moves P.")


def test_when_all_of_many_say_it_they_are_not_listed():
    assert grouped([f"{sensor}: too few." for sensor in SENSORS], SENSORS) == ("all 4 sensors: too few.",)
    assert grouped([f"{sensor}: too few." for sensor in SENSORS[:2]], SENSORS[:2]) == ("s1 and s2: too few.",)


def test_pairs_that_are_not_told_apart_are_one_sentence():
    pairs = ["s1 and s2 are not told apart.", "s1 against year: more than noise.", "s2 and s2-rgb are not told apart."]
    assert grouped(pairs, SENSORS) == ("s1 and s2; s2 and s2-rgb are not told apart.", "s1 against year: more than noise.")


def test_sentences_on_no_sensor_stay():
    assert grouped(["One training seed per cell.", "other: said."], SENSORS) == ("One training seed per cell.", "other: said.")
    assert grouped(["One sensor: nothing to compare."], []) == ("One sensor: nothing to compare.",)


@given(st.lists(st.tuples(st.sampled_from(SENSORS), st.sampled_from(["a.", "b: c.", "s1: d."])), unique=True))
def test_no_statement_is_lost(said):
    text = grouped([f"{sensor}: {rest}" for sensor, rest in said], SENSORS)
    for sensor, rest in said:
        assert any(line.endswith(f": {rest}") and (sensor in line or line.startswith("all 4 sensors: ")) for line in text)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("more than noise: mean_late (-0.0718), mean (+0.1)", "more than noise: late mean fitness (−0.0718), mean (+0.1)"),
        ("interval -0.1 to 0.5 after 36-epoch training", "interval −0.1 to 0.5 after 36-epoch training"),
        ("5-10 models", "5-10 models"),
        ("Anderson-Darling", "Anderson-Darling"),
    ],
)
def test_metrics_have_their_names_and_numbers_a_minus(sentence, shown):
    assert worded(sentence) == shown
