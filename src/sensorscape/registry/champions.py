"""The champion of a sensor: the accepted run with the best kappa at the decision budget.

The choice looks at one half of the test split only (``kappa_choice``); the champion is reported with the other half's kappa
(``kappa_report``), so that choosing the best of many does not flatter the one that is chosen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sensorscape.registry.record import Record

RULE = "best kappa_choice at the decision budget among the accepted runs of the population and the walks; ties by cell hash, then seed"


def choose(records: Iterable[Record], accepted: Iterable[str], budget: int) -> dict[str, Record]:
    """The champion of every sensor that has one.

    Args:
        records: the runs of a study.
        accepted: the fingerprints that quality control accepted.
        budget: the decision budget, in epochs.

    Returns:
        sensor → record. A sensor without an accepted run with a defined kappa_choice at `budget` is left out.
    """
    allowed = set(accepted)
    best: dict[str, tuple[tuple[float, str, int], Record]] = {}
    for record in records:
        kappa = kappa_of(record, budget, "kappa_choice")
        if record["fingerprint"] not in allowed or kappa is None:
            continue
        rank = (-kappa, record["cell"]["hash"], record["seed"])
        if record["sensor"] not in best or rank < best[record["sensor"]][0]:
            best[record["sensor"]] = (rank, record)
    return {sensor: best[sensor][1] for sensor in sorted(best)}


def kappa_of(record: Mapping[str, Any], budget: int, name: str = "kappa") -> float | None:
    """A kappa of the test split at a budget, None where it is undefined or the run was not trained so long."""
    evaluation = record["evaluations"].get(str(budget)) or {}
    value = (evaluation.get("test") or {}).get(name)
    return None if value is None else float(value)
