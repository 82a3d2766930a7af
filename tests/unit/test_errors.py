"""Errors that a user can mend: message, hint, exit code; and they survive the way out of a worker process."""

import pickle

import pytest

from sensorscape.errors import ConfigError, SensorscapeError


def test_the_hint_stands_on_a_line_of_its_own():
    assert str(SensorscapeError("the file is missing", "make it")) == "the file is missing\n  → make it"


def test_without_a_hint_there_is_no_second_line():
    assert str(SensorscapeError("the file is missing")) == "the file is missing"


@pytest.mark.parametrize(
    ("problems", "head"), [(["a: is missing"], "params.yaml: 1 problem"), (["a: is missing", "b: is wrong"], "params.yaml: 2 problems")]
)
def test_all_problems_of_a_configuration_are_listed_and_counted(problems, head):
    lines = str(ConfigError("params.yaml", problems)).splitlines()
    assert lines == [head, *(f"  - {problem}" for problem in problems), "  → edit params.yaml and run the command again"]


@pytest.mark.parametrize("error", [SensorscapeError("message", "hint"), ConfigError("params.yaml", ["a: is missing"])])
def test_errors_cross_processes_whole(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert (str(copy), vars(copy), copy.exit_code) == (str(error), vars(error), 2)
