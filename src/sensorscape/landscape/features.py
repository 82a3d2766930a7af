"""What in a cell matters: a linear model of the fitness on counts of operations, depth, width and parameters.

Coefficients per standard deviation with HC3 intervals (MacKinnon and White 1985), importance as Shapley values of R² (Lindeman, Merenda and
Gold 1980). Whether a feature matters differently to two sensors: the same cells, so the difference of the coefficients is the regression of
the difference of the fitness, and errors clustered by cell are its HC3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from scipy import special

from sensorscape.landscape.landscape import Floats
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import common, holm, over_seeds, pairs
from sensorscape.landscape.reading import NAN, too_few

Rows = list[dict[str, Any]]
NAMES = ("conv1x1", "conv3x3", "maxpool3x3", "depth", "width", "parameters")
SPARE = 4  # models beyond the parameters of the fit


@dataclass(frozen=True)
class Model:
    """A least-squares fit on standardised features; arrays are (k,), in the order of the features."""

    coefficients: Floats
    low: Floats
    high: Floats
    p: Floats
    importance: Floats
    r_squared: float


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `features` and `interactions`."""
    return {"features": [row for one in measured for row in _of_one(one)], "interactions": _interactions(measured)}


def least_squares(x: Floats, y: Floats) -> Model:
    """Fit y (n,) on the columns of x (n, k), standardised here (ddof 0), with an intercept.

    Raises:
        ValueError: when the columns are linearly dependent (a constant one included), or n ≤ k + 1.
    """
    n, k = x.shape
    if n <= k + 1:
        raise ValueError(f"{n} rows for {k + 1} coefficients")
    spread = x.std(axis=0)
    if (spread <= 0).any():
        raise ValueError("a feature is constant")
    design = np.column_stack([np.ones(n), (x - x.mean(axis=0)) / spread])
    if np.linalg.matrix_rank(design) <= k:
        raise ValueError("the features are linearly dependent")
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    residuals = y - design @ coefficients
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    scaled = residuals / np.maximum(1 - leverage, 1e-9)
    variance = inverse @ (design.T * scaled**2) @ design @ inverse
    errors = np.sqrt(np.diag(variance))[1:]
    reach = float(special.stdtrit(n - k - 1, 0.975)) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(errors > 0, 2 * special.stdtr(n - k - 1, -np.abs(coefficients[1:] / errors)), NAN)
    total = float(((y - y.mean()) ** 2).sum())
    r_squared = 1 - float(residuals @ residuals) / total if total > 0 else NAN
    slopes = coefficients[1:]
    return Model(slopes, slopes - reach, slopes + reach, np.asarray(p), shapley(design[:, 1:], y), r_squared)


def shapley(x: Floats, y: Floats) -> Floats:
    """(k,) Shapley values of R²: the gain of a feature averaged over all orders of entering; they add up to R²."""
    k = x.shape[1]
    gains: dict[frozenset[int], float] = {}
    centred, y = x - x.mean(axis=0), y - y.mean()
    total = float(y @ y)
    if total <= 0:
        return np.full(k, NAN)
    cross, moments = centred.T @ y, centred.T @ centred
    for size in range(k + 1):
        for chosen in combinations(range(k), size):
            rows = list(chosen)
            value = cross[rows] @ np.linalg.solve(moments[np.ix_(rows, rows)], cross[rows]) / total if rows else 0.0
            gains[frozenset(chosen)] = float(value)
    found = np.zeros(k)
    for group, value in gains.items():
        for feature in range(k):
            if feature not in group:
                weight = factorial(len(group)) * factorial(k - len(group) - 1) / factorial(k)
                found[feature] += weight * (gains[group | {feature}] - value)
    return found


def _of_one(one: Measured) -> Rows:
    landscape, budget = one.landscape, one.settings.budget
    own = {"sensor": landscape.name, "budget": budget}
    if budget not in landscape.budgets:
        return [own | {"feature": name, "n": 0, "reason": one.no_budget(budget).reason} for name in NAMES]
    y = over_seeds(landscape)[:, landscape.at(budget)]
    there = ~np.isnan(y)
    found, reasons, _ = _fit({name: values[there] for name, values in landscape.features.items()}, y[there])
    return [own | found.get(name, {"reason": reasons.get(name, "")}) | {"feature": name, "n": int(there.sum())} for name in NAMES]


def _fit(features: dict[str, Floats], y: Floats) -> tuple[dict[str, dict[str, Any]], dict[str, str], int]:
    """Rows and reasons by feature, and the number of features in the model; features that do not vary are left out with that reason."""
    n = len(y)
    known = [name for name in NAMES if name in features]
    reasons = {name: "not known for these cells" for name in NAMES if name not in known}
    used = [name for name in known if n and np.ptp(features[name]) > 0]
    reasons |= {name: "the same in all cells" for name in known if name not in used}
    reason = (
        too_few(n, len(used) + 1 + SPARE)
        or ("the fitness is constant" if np.ptp(y) == 0 else "")
        or ("no feature varies" if not used else "")
    )
    if reason:
        return {}, dict.fromkeys(NAMES, reason), 0
    try:
        model = least_squares(np.column_stack([features[name] for name in used]), y)
    except ValueError as error:
        return {}, dict.fromkeys(NAMES, str(error)), 0
    found = {}
    for i, name in enumerate(used):
        found[name] = {"coefficient": model.coefficients[i], "low": model.low[i], "high": model.high[i], "p": model.p[i]}
        found[name] |= {"importance": model.importance[i], "r_squared": model.r_squared}
    return found, reasons, len(used)


def _interactions(measured: Sequence[Measured]) -> Rows:
    rows: Rows = []
    for first, second in pairs(measured):
        budget = first.settings.budget
        own = {"first": first.landscape.name, "second": second.landscape.name, "budget": budget}
        if budget not in first.landscape.budgets or budget not in second.landscape.budgets:
            rows += [own | {"feature": name, "n": 0, "reason": "a sensor has no such budget"} for name in NAMES]
            continue
        left, right = common(first.landscape, second.landscape)
        gap = (
            over_seeds(first.landscape)[left, first.landscape.at(budget)] - over_seeds(second.landscape)[right, second.landscape.at(budget)]
        )
        there = ~np.isnan(gap)
        features = {name: values[left][there] for name, values in first.landscape.features.items()}
        found, reasons, _ = _fit(features, gap[there])
        for name in NAMES:
            fitted = found.get(name, {})
            row = own | {
                "feature": name,
                "difference": fitted.get("coefficient", NAN),
                "n": int(there.sum()),
                "reason": reasons.get(name, ""),
            }
            rows.append(row | {key: fitted.get(key, NAN) for key in ("low", "high", "p")})
    for row, p in zip(rows, holm([row.get("p", NAN) for row in rows]), strict=True):
        row["p_holm"] = p
    return rows
