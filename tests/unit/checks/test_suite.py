"""Expectations over a table: what fails, by position, with reasons, and nothing else in the results."""

import json

import numpy as np
import pandas as pd
import pytest

from sensorscape.checks.suite import Expectation, none_of, validate

BOUNDED = Expectation("bounded", "a", "prune", "too-big", "a is {value}", arguments={"min_value": None, "max_value": 3})


def test_rows_that_fail_are_named_by_position_whatever_the_index():
    table = pd.DataFrame({"a": [1.0, 9.0, 2.0, 7.5]}, index=[40, 30, 20, 10])
    (result,) = validate(table, [BOUNDED])
    assert result.rows.tolist() == [1, 3]
    assert result.reasons() == ["too-big: a is 9.0", "too-big: a is 7.5"]
    assert result.checked == 4


def test_results_come_in_the_suites_order_even_where_great_expectations_reorders():
    table = pd.DataFrame({"a": [1, 5], "b": [0, 1], "c": ["x", "y"]})
    suite = [
        none_of("b_none", "b", "flag", "b", "{value}"),
        Expectation("c_known", "c", "prune", "c", "{value}", "ExpectColumnValuesToBeInSet", {"value_set": ["x"]}),
        BOUNDED,
    ]
    results = validate(table, suite)
    assert [result.expectation.name for result in results] == ["b_none", "c_known", "bounded"]
    assert [result.rows.tolist() for result in results] == [[1], [1], [1]]


@pytest.mark.parametrize("consequence", ["stop", "prune"])
def test_a_missing_value_fails_what_stops_or_prunes(consequence):
    table = pd.DataFrame({"a": [1.0, np.nan, 9.0]})
    expectation = Expectation("bounded", "a", consequence, "too-big", "a is {value}", arguments={"max_value": 3})
    assert validate(table, [expectation])[0].rows.tolist() == [1, 2]


def test_a_missing_value_is_no_ground_for_a_flag():
    table = pd.DataFrame({"a": [1.0, np.nan, 9.0]})
    expectation = Expectation("bounded", "a", "flag", "too-big", "a is {value}", arguments={"max_value": 3})
    assert validate(table, [expectation])[0].rows.tolist() == [2]


def test_a_column_of_missing_values_only_is_not_taken_for_a_pass():
    table = pd.DataFrame({"a": pd.Series([np.nan, np.nan], dtype=float)})
    assert validate(table, [BOUNDED])[0].rows.tolist() == [0, 1]


def test_more_failures_than_great_expectations_samples_are_all_reported():
    table = pd.DataFrame({"a": np.arange(1000.0)})
    assert validate(table, [BOUNDED])[0].rows.tolist() == list(range(4, 1000))


def test_an_empty_table_fails_nothing():
    (result,) = validate(pd.DataFrame({"a": pd.Series([], dtype=float)}), [BOUNDED])
    assert (result.checked, result.rows.size, result.to_dict()["success"]) == (0, 0, True)


def test_an_absent_column_is_an_error_and_not_a_pass():
    with pytest.raises(ValueError, match="no column a"):
        validate(pd.DataFrame({"b": [1]}), [BOUNDED])


def test_an_expectation_that_cannot_be_evaluated_is_an_error_and_not_a_pass():
    with pytest.raises(ValueError, match="bounded could not be evaluated"):
        validate(pd.DataFrame({"a": ["text", "words"]}), [BOUNDED])


def test_two_expectations_of_one_name_are_refused():
    with pytest.raises(ValueError, match="share a name: \\['bounded'\\]"):
        validate(pd.DataFrame({"a": [1]}), [BOUNDED, BOUNDED])


def test_the_table_of_results_is_plain_and_the_same_each_time():
    table = pd.DataFrame({"a": [1.0, 9.0]})
    first, second = (json.dumps(validate(table, [BOUNDED])[0].to_dict(), sort_keys=True) for _ in range(2))
    assert first == second
    assert json.loads(first) == {
        "name": "bounded",
        "looks_at": "a",
        "consequence": "prune",
        "reason": "too-big",
        "expectation": "ExpectColumnValuesToBeBetween",
        "arguments": {"max_value": 3},
        "checked": 2,
        "unexpected": 1,
        "success": False,
    }


def test_validation_prints_nothing_and_writes_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    validate(pd.DataFrame({"a": [1.0]}), [BOUNDED])
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
