"""Looking up the published values that stand beside this study's as thin lines and small numbers; never as targets."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd


@dataclass(frozen=True)
class Published:
    """The table `published` of the footprint, by sensor and metric.

    Attributes:
        table: columns sensor, budget, metric, value, text, source.
    """

    table: pd.DataFrame

    def value(self, sensor: str, metric: str, *, late: bool = False) -> float | None:
        """The published number, None where the paper states none.

        Args:
            sensor: a sensor's name; only names of the paper (s1, s2, fusion) have values.
            metric: a key of `sensorscape.landscape.schema.METRICS`, ``walk_mean``, ``accepted`` or ``log_likelihood_<family>``.
            late: the paper's 108 epochs in place of its 36; metrics of the late budget are found under either name.
        """
        found = self._values.get((sensor, f"{metric}_late")) if late else self._values.get((sensor, metric))
        if found is None and late:
            found = self._values.get((sensor, metric), [])[1:]  # the later of two budgets
        return found[0][1] if found else None

    def word(self, sensor: str, metric: str) -> str:
        """The published word (``best_density``), empty where the paper states none."""
        rows = self.table[(self.table["sensor"] == sensor) & (self.table["metric"] == metric)]
        return "" if rows.empty else str(rows["text"].iloc[0])

    @cached_property
    def _values(self) -> dict[tuple[str, str], list[tuple[int, float]]]:
        """(sensor, metric) → (budget, value) by budget; looked up hundreds of times for a page."""
        found: dict[tuple[str, str], list[tuple[int, float]]] = {}
        rows = self.table[self.table["value"].notna()]
        for sensor, metric, budget, value in zip(rows["sensor"], rows["metric"], rows["budget"], rows["value"], strict=True):
            found.setdefault((sensor, metric), []).append((int(budget), float(value)))
        return {key: sorted(values) for key, values in found.items()}
