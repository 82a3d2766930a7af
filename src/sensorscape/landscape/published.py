"""The values of the paper, to be shown beside ours as thin reference lines: never as a target.

Traoré, Camero, Zhu, "Landscape of Neural Architecture Search across sensors: how much do they differ?" (2022): 100 cells, kappa on So2Sat
LCZ42 after 4, 12, 36, 108 epochs. Its CIFAR-10 walk is looked up in NASBench-101.
"""

from typing import Any

_TABLES = "Tables 1-3"
_NUMBERS: tuple[tuple[str, int, str, float, str], ...] = (
    ("s1", 36, "mean", 0.47, "Section 4, 36 epochs"),
    ("s1", 36, "sd", 0.13, "Section 4, 36 epochs"),
    ("s2", 36, "mean", 0.94, "Section 4, 36 epochs"),
    ("s2", 36, "sd", 0.03, "Section 4, 36 epochs"),
    ("fusion", 36, "mean", 0.89, "Section 4, 36 epochs"),
    ("fusion", 36, "sd", 0.05, "Section 4, 36 epochs"),
    ("s1", 108, "mean_late", 0.64, "Section 4, 108 epochs"),
    ("s1", 108, "sd_late", 0.13, "Section 4, 108 epochs"),
    ("s2", 108, "mean_late", 0.97, "Section 4, 108 epochs"),
    ("s2", 108, "sd_late", 0.01, "Section 4, 108 epochs"),
    ("fusion", 108, "mean_late", 0.94, "Section 4, 108 epochs"),
    ("fusion", 108, "sd_late", 0.04, "Section 4, 108 epochs"),
    ("s1", 36, "walk_mean", 0.44, "random walk"),
    ("s1", 36, "ruggedness", 17.84, "random walk"),
    ("s2", 36, "walk_mean", 0.93, "random walk"),
    ("s2", 36, "ruggedness", 1.54, "random walk"),
    ("fusion", 36, "walk_mean", 0.89, "random walk"),
    ("fusion", 36, "ruggedness", 6.03, "random walk"),
    ("cifar10", 36, "walk_mean", 0.64, "random walk"),
    ("cifar10", 36, "ruggedness", 1.56, "random walk"),
    ("s1", 36, "auc_positive", 0.04, "persistence"),
    ("s2", 36, "persistence_positive", 13.7, "persistence"),
    ("s2", 36, "auc_positive", 0.14, "persistence"),
    ("fusion", 36, "auc_positive", 0.07, "persistence"),
    ("s1", 36, "persistence_negative", 4.0, "persistence; one single cell"),
    ("s1", 36, "auc_negative", 0.01, "persistence"),
    ("s2", 36, "persistence_negative", 31.82, "persistence"),
    ("s2", 36, "auc_negative", 0.26, "persistence"),
    ("fusion", 36, "persistence_negative", 5.26, "persistence; one single cell"),
    ("fusion", 36, "auc_negative", 0.01, "persistence"),
    ("s1", 36, "accepted", 100, "quality control, of 100"),
    ("s2", 36, "accepted", 88, "quality control, of 100"),
    ("fusion", 36, "accepted", 75, "quality control, of 100"),
    ("s1", 36, "log_likelihood_beta", 46.28, _TABLES),
    ("s1", 36, "log_likelihood_weibull", 44.52, _TABLES),
    ("s1", 36, "log_likelihood_log-normal", 53.63, _TABLES),
    ("s2", 36, "log_likelihood_beta", 165.18, _TABLES),
    ("s2", 36, "log_likelihood_weibull", 164.70, _TABLES),
    ("s2", 36, "log_likelihood_log-normal", 155.05, _TABLES),
    ("fusion", 36, "log_likelihood_beta", 109.72, _TABLES),
    ("fusion", 36, "log_likelihood_weibull", 109.04, _TABLES),
    ("fusion", 36, "log_likelihood_log-normal", 107.78, _TABLES),
)
_WORDS = (("s1", "log-normal"), ("s2", "beta"), ("fusion", "beta"))


def rows() -> list[dict[str, Any]]:
    """Rows of the table `published`."""
    numbers = [
        {"sensor": sensor, "budget": budget, "metric": metric, "value": value, "text": "", "source": source}
        for sensor, budget, metric, value, source in _NUMBERS
    ]
    words = [
        {"sensor": sensor, "budget": 36, "metric": "best_density", "value": None, "text": family, "source": _TABLES}
        for sensor, family in _WORDS
    ]
    return numbers + words
