"""Looking up the published values that stand beside this study's as thin lines and small numbers; never as targets."""

from dataclasses import dataclass

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
        rows = self.table[self.table["sensor"] == sensor]
        names = (f"{metric}_late",) if late else (metric,)
        found = rows[rows["metric"].isin(names)]
        if found.empty and late:
            found = rows[(rows["metric"] == metric) & (rows["budget"] > rows["budget"].min())]
        elif not late and len(found) > 1:
            found = found[found["budget"] == found["budget"].min()]
        found = found[found["value"].notna()]
        return None if found.empty else float(found["value"].iloc[0])

    def word(self, sensor: str, metric: str) -> str:
        """The published word (``best_density``), empty where the paper states none."""
        rows = self.table[(self.table["sensor"] == sensor) & (self.table["metric"] == metric)]
        return "" if rows.empty else str(rows["text"].iloc[0])
