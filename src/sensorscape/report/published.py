"""The published values that stand beside this study's as thin lines and grey numbers. They are never targets to hit.

Source: Traoré, Camero, Zhu, "Landscape of Neural Architecture Search across sensors: how much do they differ?", abstract,
Sections 4.1 to 4.5, Tables 1 to 3. Values that the paper does not state are absent. P₋ of s1 and of fusion is one single cell each.
"""

from types import MappingProxyType
from typing import Final

BUDGET: Final = 36
LATE_BUDGET: Final = 108
SOURCE: Final = "Traoré, Camero and Zhu, “Landscape of Neural Architecture Search across sensors: how much do they differ?”"

METRICS: Final = MappingProxyType(
    {
        "s1": {
            "mean": 0.47,
            "std": 0.13,
            "mean_late": 0.64,
            "std_late": 0.13,
            "walk_mean": 0.44,
            "tau": 17.84,
            "positive_auc": 0.04,
            "negative_persistence": 4.0,
            "negative_auc": 0.01,
        },
        "s2": {
            "mean": 0.94,
            "std": 0.03,
            "mean_late": 0.97,
            "std_late": 0.01,
            "walk_mean": 0.93,
            "tau": 1.54,
            "positive_persistence": 13.7,
            "positive_auc": 0.14,
            "negative_persistence": 31.82,
            "negative_auc": 0.26,
        },
        "fusion": {
            "mean": 0.89,
            "std": 0.05,
            "mean_late": 0.94,
            "std_late": 0.04,
            "walk_mean": 0.89,
            "tau": 6.03,
            "positive_auc": 0.07,
            "negative_persistence": 5.26,
            "negative_auc": 0.01,
        },
        "cifar10": {"walk_mean": 0.64, "tau": 1.56},
    }
)
"""Sensor → metric → value at 36 epochs; ``_late`` at 108. Persistence in per cent, AuC in 0 … 1."""

LIKELIHOODS: Final = MappingProxyType(
    {
        "s1": {"beta": 46.28, "weibull": 44.52, "lognormal": 53.63},
        "s2": {"beta": 165.18, "weibull": 164.70, "lognormal": 155.05},
        "fusion": {"beta": 109.72, "weibull": 109.04, "lognormal": 107.78},
    }
)
"""Sensor → density → log-likelihood (Tables 1 to 3)."""

BEST_DENSITY: Final = MappingProxyType({"s1": "lognormal", "s2": "beta", "fusion": "beta"})
ACCEPTED: Final = MappingProxyType({"s1": 100, "s2": 88, "fusion": 75})
"""Models left after the paper's quality control, of 100."""

FITTED_ON: Final = MappingProxyType({"s1": 75, "s2": 72, "fusion": 65})
"""The n on which Tables 1 to 3 were computed: BIC − AIC = 2 ln n − 4 gives it away."""


def published(sensor: str, metric: str) -> float | None:
    """The published value of `metric` for `sensor` (``s1``, ``s2``, ``fusion``, ``cifar10``), None where the paper states none."""
    return METRICS.get(sensor, {}).get(metric)
