"""Numbers as a reader wants them: a real minus, few digits, intervals in brackets, a dash for what is undefined."""

import math
from collections.abc import Sequence

from sensorscape.report.blocks import UNDEFINED

_REMAINDER = 1e-9


def number(value: float | int | None, digits: int = 3) -> str:
    """`value` with `digits` decimals (integers as they are, large ones with thin spaces), a dash when it is None, NaN or infinite.

    What would round to zero keeps one digit, unless it is below 1e-9 and only arithmetic's remainder.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNDEFINED
    if isinstance(value, int) or (digits == 0):
        return f"{round(value):,}".replace(",", "\u202f").replace("-", "−")
    rounded = f"{value:.{digits}f}"
    if float(rounded) == 0:
        return f"{value:.1g}".replace("-", "−") if abs(value) > _REMAINDER else rounded.lstrip("-")
    return rounded.replace("-", "−")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """``[low, high]``, or nothing when an end is undefined."""
    ends = number(low, digits), number(high, digits)
    return "" if UNDEFINED in ends else f"[{ends[0]}, {ends[1]}]"


def p_value(value: float | None) -> str:
    """A p-value: three decimals, ``< 0.001`` below."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(count: int, singular: str, many: str = "") -> str:
    """``1 cell``, ``24 cells``."""
    return f"{number(count)} {singular if count == 1 else many or singular + 's'}"
