"""Searches replayed where every neighbour has a measured value; elsewhere undefined: no surrogate stands in."""

from collections.abc import Sequence
from typing import Any

from sensorscape.landscape.measured import Measured

Rows = list[dict[str, Any]]
NO_NEIGHBOURS = "not every neighbour of its cells has a measured fitness, and no surrogate stands in"


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `replay`, `replay_summary` and `replay_correlation`."""
    rows: Rows = [{"landscape": one.landscape.name, "sensor": one.landscape.name, "reason": NO_NEIGHBOURS} for one in measured]
    return {"replay": rows, "replay_summary": [], "replay_correlation": []}
