"""The robust reading of a metric as every table of metrics shows it."""

from collections.abc import Mapping
from typing import Any

from sensorscape.report import text
from sensorscape.report.blocks import UNDEFINED

_DIGITS = {
    "persistence_positive": 1,
    "persistence_negative": 1,
    "local_optima": 0,
    "ruggedness": 2,
    "correlation_length": 2,
    "fdc_slope": 4,
}


def digits_of(metric: str) -> int:
    """How many decimals a metric is shown with."""
    return _DIGITS.get(metric, 3)


def robust_lines(robust: Mapping[str, Any], metric: str, n: int | None = None) -> list[str]:
    """``robust 0.36 [0.33, 0.38]`` and ``n = 20``, each where it is known; `n` stands in for the reading's own."""
    digits = digits_of(metric)
    value, lines = text.number(robust.get("value"), digits), []
    if value != UNDEFINED:
        low, high = text.number(robust.get("low"), digits), text.number(robust.get("high"), digits)
        ends = text.interval(robust.get("low"), robust.get("high"), digits)
        if not ends and (low, high) != (UNDEFINED, UNDEFINED):  # 1/ρ̂ where the interval of ρ̂ holds 0
            ends = f"(at most {high})" if low == UNDEFINED else f"(at least {low})"
        lines.append(f"robust {value} {ends}".rstrip())
    if count := robust.get("n") or n:
        lines.append(f"n = {count}")
    return lines
