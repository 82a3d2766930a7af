"""What is wrong with a configuration, in words: one line per problem, beginning with the key path."""

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError


def contradictions(raw: Mapping[str, Any]) -> list[str]:
    """Combinations that cannot be, judged on whatever parts of the raw mapping are sound enough to judge."""
    problems = []
    names, sensors = raw.get("sensor"), raw.get("sensors")
    names = [names] if isinstance(names, str) else names
    if isinstance(names, list) and isinstance(sensors, Mapping) and sensors:
        known = ", ".join(map(str, sensors))
        problems += [
            f"sensor: {name!r} is not one of the sensors defined under `sensors`: {known}{_suggest(name, sensors)}"
            for name in names
            if isinstance(name, str) and name not in sensors
        ]
    budgets = _get(raw, "training", "budgets")
    if isinstance(budgets, list) and budgets:
        for section, key in (("walk", "budget"), ("footprint", "budget"), ("footprint", "late_budget")):
            value = _get(raw, section, key)
            if isinstance(value, int) and value not in budgets:
                problems.append(f"{section}.{key}: should be one of training.budgets {budgets} (is {value})")
    early, late = _get(raw, "footprint", "budget"), _get(raw, "footprint", "late_budget")
    if isinstance(early, int) and isinstance(late, int) and late < early:
        problems.append(f"footprint.late_budget: should not be below footprint.budget {early} (is {late})")
    path, test_path = _get(raw, "dataset", "path"), _get(raw, "dataset", "test_path")
    if isinstance(path, str) and path == test_path:
        problems.append(f"dataset.test_path: should not be dataset.path: {path!r} cannot test itself")
    if isinstance(sensors, Mapping):
        problems += [f"{path}: DVC's run cache overlooks keys of this name; choose another" for path in _overlooked(sensors, "sensors")]
    return problems


OVERLOOKED_BY_DVC = ("size", "nfiles")
"""DVC leaves keys of these names out of the hash by which it finds earlier runs, also where they are parameters (its issue 10296)."""


def _overlooked(section: Mapping[Any, Any], path: str) -> list[str]:
    found = [f"{path}.{key}" for key in section if key in OVERLOOKED_BY_DVC]
    return found + [item for key, value in section.items() if isinstance(value, Mapping) for item in _overlooked(value, f"{path}.{key}")]


def _get(raw: Mapping[str, Any], section: str, key: str) -> Any:
    part = raw.get(section)
    return part.get(key) if isinstance(part, Mapping) else None


def _suggest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, [str(name) for name in known], n=1)
    return f" (did you mean {close[0]}?)" if close else ""


_PLAIN = (
    (r"^Value error, ", ""),
    (r"^Input should", "should"),
    (r"a valid tuple", "a list"),
    (r"a valid dictionary|a dictionary or an instance of \w+", "a mapping of keys to values"),
    (r"^String should match pattern '\^\[A-Z.*", "should be a name: letters, digits, - and _, at most 64"),
    (r"^String should match pattern", "should match"),
    (r"^\w+ should have at least 1 (?:item|character)\b.*", "should not be empty"),
    (r"^\w+ should have at (most|least) (\d+) items? .*", r"should have at \1 \2 items"),
)


def describe(error: "ValidationError", root: type) -> list[str]:
    """One line per problem of a configuration whose root is the dataclass `root`: key path, what should be, what is."""
    lines: dict[str, None] = {}
    for item in error.errors(include_url=False):
        if item["type"] == "too_short" and item["input"]:
            continue  # its items are wrong, and named on lines of their own
        place = [str(part) for part in item["loc"] if not (isinstance(part, str) and _technical(part))]
        path = ".".join(place) or "params"
        if item["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            lines[f"{path}: unknown key{_suggest(place[-1], _keys_of(root, place[:-1]))}"] = None
        elif item["type"] in ("missing", "missing_argument"):
            lines[f"{path}: is missing"] = None
        else:
            message = item["msg"]
            for technical, in_words in _PLAIN:
                message = re.sub(technical, in_words, message)
            lines[f"{path}: {message} (is {item['input']!r})"] = None
    return list(lines)


def _technical(part: str) -> bool:
    """Whether a part of a place is pydantic's name for one of several types, and no key."""
    return "[" in part or ("-" in part and " " in part) or part.startswith("constrained-")


def _keys_of(root: type, place: list[str]) -> list[str]:
    section: Any = root
    for part in place:
        fields = getattr(section, "__dataclass_fields__", {})
        section = fields[part].type if part in fields else None
    return list(getattr(section, "__dataclass_fields__", {}))
