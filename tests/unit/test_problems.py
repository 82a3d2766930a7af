"""What is wrong with a configuration, said once, by key path, in words."""

from typing import Annotated, Literal

import pytest
from pydantic import ConfigDict, Field, Strict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from sensorscape.problems import contradictions, describe


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Inner:
    share: Annotated[float, Strict(), Field(gt=0)]
    choice: Literal["a", "b"] = "a"
    numbers: Annotated[tuple[Annotated[int, Strict(), Field(ge=0)], ...], Field(min_length=1)] = (1,)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Outer:
    inner: Inner


def told(value):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Outer).validate_python(value)
    return describe(caught.value, Outer)


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({"inner": {"share": 0}}, ["inner.share: should be greater than 0 (is 0)"]),
        ({"inner": {"share": 1, "choice": "c"}}, ["inner.choice: should be 'a' or 'b' (is 'c')"]),
        ({"inner": {"share": 1, "chioce": "a"}}, ["inner.chioce: unknown key (did you mean choice?)"]),
        ({"inner": {"share": 1}, "other": 2}, ["other: unknown key"]),
        ({"inner": {}}, ["inner.share: is missing"]),
        ({"inner": [1]}, ["inner: should be a mapping of keys to values (is [1])"]),
        ({"inner": {"share": 1, "numbers": []}}, ["inner.numbers: should not be empty (is [])"]),
        ({"inner": {"share": 1, "numbers": [-1]}}, ["inner.numbers.0: should be greater than or equal to 0 (is -1)"]),
        ({"inner": {"share": 1, "numbers": 3}}, ["inner.numbers: should be a list (is 3)"]),
    ],
)
def test_each_problem_is_one_line_without_the_words_of_the_library(value, problems):
    assert told(value) == problems


@pytest.mark.parametrize(
    "raw", [{}, {"sensor": None, "sensors": 3, "training": [], "walk": 1}, {"training": {"budgets": "x"}, "walk": {"budget": 1}}]
)
def test_what_is_not_sound_enough_to_judge_contradicts_nothing(raw):
    assert contradictions(raw) == []


def test_contradictions_are_judged_on_the_sound_parts():
    raw = {"sensor": ["a"], "sensors": {"ab": {}}, "training": {"budgets": [1, 2]}, "walk": {"budget": 3}, "dataset": None}
    assert contradictions(raw) == [
        "sensor: 'a' is not one of the sensors defined under `sensors`: ab (did you mean ab?)",
        "walk.budget: should be one of training.budgets [1, 2] (is 3)",
    ]
