"""A number with its interval and its conditions: what every measure returns."""

import math
from dataclasses import dataclass
from typing import Any

NAN = float("nan")


@dataclass(frozen=True)
class Reading:
    """A value, its 95 % interval, the number of models behind it, its null, and why it is undefined or to be read with care.

    Attributes:
        value, low, high: NaN where undefined.
        n: models (or walk points) behind the value.
        reference: the value under the metric's null; NaN when it has none.
        reason: why `value` is undefined; empty otherwise.
        note: a condition that a reader must know; empty when there is none.
    """

    value: float = NAN
    low: float = NAN
    high: float = NAN
    n: int = 0
    reference: float = NAN
    reason: str = ""
    note: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: None for what is undefined."""
        numbers = {name: rounded(getattr(self, name)) for name in ("value", "low", "high", "reference")}
        return numbers | {"n": self.n, "reason": self.reason or None, "note": self.note or None}


def undefined(reason: str, n: int = 0) -> Reading:
    """A reading without a value, and why."""
    return Reading(n=n, reason=reason)


def rounded(value: float, digits: int = 10) -> float | None:
    """A number of `digits` significant digits, the same on every machine; None for NaN and infinities."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def too_few(n: int, least: int, what: str = "models") -> str:
    """The reason for undefined at small n; empty when there are enough."""
    return "" if n >= least else f"{n} {what if n != 1 else what.removesuffix('s')} left, at least {least} needed"
