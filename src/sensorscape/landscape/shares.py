"""Difference of two shares of the same models: its interval, and the p at which that interval ends at 0.

MOVER (Zou and Donner 2008; for paired proportions Newcombe 1998): the distances of each share from the ends of its own interval are added
as standard errors are, with the correlation of the two. Each share's interval is `bootstrap.share_interval`, so a difference of two small
shares is as wide as the shares are uncertain; the percentiles of bootstrapped differences cover 65 % there.
"""

import math

import numpy as np
from scipy import optimize, special

from sensorscape.landscape.bootstrap import share_interval
from sensorscape.landscape.landscape import Floats

FAR = 8.0  # standard errors: p below 1e-14


def difference(values: Floats, samples: Floats, least: int) -> tuple[float, float, float]:
    """(low, high, p) of values[0] - values[1]: the 95 % interval and the two-sided p of "no difference"; NaN where undefined.

    Args:
        values: (2,) the shares, 0 … 1.
        samples: (R, 2) their bootstrap samples, of the same cells for both.
        least: as `share_interval` takes it.
    """
    together = _correlation(samples)
    gap = float(values[0] - values[1])

    def ends(tail: float) -> tuple[float, float]:
        low, high = share_interval(values, samples, least, tail=tail)
        below, above = values - low, high - values
        down = below[0] ** 2 + above[1] ** 2 - 2 * together * below[0] * above[1]
        up = above[0] ** 2 + below[1] ** 2 - 2 * together * above[0] * below[1]
        return gap - math.sqrt(max(down, 0.0)), gap + math.sqrt(max(up, 0.0))

    low, high = ends(0.025)
    if math.isnan(low):
        return low, high, low
    sign, side = (1, 0) if gap > 0 else (-1, 1)

    def beyond(z: float) -> float:
        """How far from 0 the nearer end of the interval of ± z standard errors is, on the difference's own side."""
        return sign * ends(float(special.ndtr(-z)))[side]

    if gap == 0 or beyond(0.0) <= 0:
        return low, high, 1.0
    reach = FAR if beyond(FAR) > 0 else optimize.brentq(beyond, 0.0, FAR)
    return low, high, float(2 * special.ndtr(-reach))


def _correlation(samples: Floats) -> float:
    """Pearson of the two columns, 0 where one does not vary."""
    kept = samples[~np.isnan(samples).any(axis=1)]
    varies = len(kept) > 1 and bool((kept.std(axis=0) > 0).all())
    return float(np.corrcoef(kept[:, 0], kept[:, 1])[0, 1]) if varies else 0.0
