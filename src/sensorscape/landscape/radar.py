"""The footprint radar (Figure 1) on axes that do not move when a sensor is added: 0 = the metric's null, 1 = its ceiling.

The published radar has no scaling. ρ̂ stands for τ (larger = smoother), local optima run from as many as permuted fitness has down to
one, and σ, which has no easy direction, is the whisker of the mean.
"""

from dataclasses import dataclass

from sensorscape.landscape.measured import Measured
from sensorscape.landscape.reading import NAN, Reading

LABELS = {
    "mean": "mean fitness",
    "autocorrelation": "smoothness ρ̂(1)",
    "local_optima": "few local optima",
    "persistence_positive": "positive persistence P₊",
    "persistence_negative": "negative persistence P₋",
    "auc_positive": "AuC₊",
    "auc_negative": "AuC₋",
}


@dataclass(frozen=True)
class Axis:
    """One axis: raw reading, anchors, positions in 0 … 1 (NaN where undefined)."""

    name: str
    label: str
    raw: Reading
    null: float
    ceiling: float

    def position(self, value: float) -> float:
        """Where `value` lies between null and ceiling, cut to 0 … 1; NaN when the anchors coincide."""
        span = self.ceiling - self.null
        return NAN if span == 0 or value != value else min(1.0, max(0.0, (value - self.null) / span))


def radar(measured: Measured) -> list[Axis]:
    """The seven axes of a landscape, from the paper reading of the metric and the interval of the robust one."""
    return [Axis(name, label, *_anchored(measured, name)) for name, label in LABELS.items()]


def _anchored(measured: Measured, name: str) -> tuple[Reading, float, float]:
    paper, robust = measured.metric(name, "paper"), measured.metric(name, "robust")
    raw = Reading(paper.value, robust.low, robust.high, paper.n, paper.reference, paper.reason, paper.note)
    if name == "mean":
        deviation = measured.metric("sd", "paper")
        spread = Reading(paper.value, paper.value - deviation.value, paper.value + deviation.value, paper.n, reason=paper.reason)
        return spread, *measured.landscape.scale
    if name == "autocorrelation":
        return raw, 0.0, 1.0
    if name == "local_optima":
        return Reading(paper.value, NAN, NAN, paper.n, paper.reference, paper.reason), paper.reference, 1.0
    return raw, paper.reference, 100.0 if name.startswith("persistence") else 1.0
