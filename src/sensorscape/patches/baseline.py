"""A linear baseline per sensor: what channel means and spreads alone tell of the class, without any network.

It shows how much of a sensor's kappa needs no search at all, and that no sensor was made hopeless or trivial by the data.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, ndtri

from sensorscape.patches.layout import open_raw, reading
from sensorscape.patches.sensors import Sensor

PENALTY = 1e-3
"""L2 penalty on the weights beside the mean log loss; fixed beforehand, the same for every sensor."""
_ITERATIONS = 300
_CHUNK_BYTES = 32 << 20


def linear_baseline(path: Path, sensors: Mapping[str, Sensor], *, classes: int) -> dict[str, dict[str, Any]]:
    """Multinomial logistic regression on the mean and standard deviation of each channel, by sensor.

    Args:
        path: data/subset/subset.h5.
        sensors: image sensors with their channels written out.
        classes: number of classes K.

    Returns:
        For each sensor ``kappa`` (Cohen's, on the test patches; None with a ``reason`` where it is undefined), ``accuracy``,
        ``features`` (how many). Rounded to six digits.

    Raises:
        SensorscapeError: when the subset is missing or damaged.
    """
    with open_raw(path) as file, reading(path):
        labels = {part: file[part]["label"][:] for part in ("train", "test")}
        arrays = sorted({array for sensor in sensors.values() for array, _ in sensor.parts})
        features = {(part, array): _features(file[part][array]) for part in labels for array in arrays}
    results = {}
    for name, sensor in sensors.items():
        train, test = (
            np.concatenate(
                [features[part, array][:, :, list(numbers)].reshape(len(labels[part]), -1) for array, numbers in sensor.parts], axis=1
            )
            for part in ("train", "test")
        )
        results[name] = evaluate(train, labels["train"], test, labels["test"], classes=classes) | {"features": train.shape[1]}
    return results


def patch_features(patches: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of each channel, (n, 2, C) float64, of patches (n, H, W, C)."""
    flat = patches.reshape(len(patches), -1, patches.shape[-1]).astype(np.float64)
    return np.stack([flat.mean(axis=1), flat.std(axis=1)], axis=1)


def evaluate(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray, *, classes: int) -> dict[str, Any]:
    """Fit on train features (n, d), score on test features (m, d): ``kappa`` and ``accuracy``.

    Features become normal scores of their rank among the train patches: radar intensities have tails that would rule any linear fit.
    """
    scores, test_scores = (_normal_scores(train, values) for values in (train, test))
    weights = fit(scores, train_labels, classes=classes)
    predicted = (np.column_stack([test_scores, np.ones(len(test_scores))]) @ weights).argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (test_labels, predicted), 1)
    value = kappa(confusion)
    result: dict[str, Any] = {"kappa": None if np.isnan(value) else round(value, 6)}
    if np.isnan(value):
        result["reason"] = "all test patches and all predictions are of one class"
    return result | {"accuracy": round(float(np.trace(confusion) / confusion.sum()), 6)}


def fit(features: np.ndarray, labels: np.ndarray, *, classes: int, penalty: float = PENALTY) -> np.ndarray:
    """Weights (d + 1, K) of a multinomial logistic regression, the last row the intercepts (not penalised); L-BFGS from zero."""
    design = np.column_stack([features, np.ones(len(features))])
    one_hot = np.eye(classes)[labels]
    penalised = np.ones((design.shape[1], 1))
    penalised[-1] = 0

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(design.shape[1], classes)
        logits = design @ weights
        normaliser = logsumexp(logits, axis=1, keepdims=True)
        value = float((normaliser[:, 0] - (logits * one_hot).sum(axis=1)).mean() + penalty / 2 * (penalised * weights**2).sum())
        gradient = design.T @ (np.exp(logits - normaliser) - one_hot) / len(design) + penalty * penalised * weights
        return value, gradient.ravel()

    start = np.zeros(design.shape[1] * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return np.asarray(found.x.reshape(design.shape[1], classes))


def kappa(confusion: np.ndarray) -> float:
    """Cohen's kappa (p_o − p_e) / (1 − p_e) of a confusion matrix (K, K); NaN where both margins lie in one class (0/0)."""
    total = confusion.sum()
    observed = np.trace(confusion) / total
    expected = float((confusion.sum(axis=0) * confusion.sum(axis=1)).sum()) / float(total) ** 2
    return float("nan") if expected == 1 else float((observed - expected) / (1 - expected))


def _normal_scores(train: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Φ⁻¹ of the mid-rank of each value among the train values of its feature, (m, d)."""
    out = np.empty(values.shape)
    for column in range(values.shape[1]):
        known = np.sort(train[:, column])
        low, high = (np.searchsorted(known, values[:, column], side=side) for side in ("left", "right"))
        out[:, column] = ndtri(((low + high) / 2 + 0.5) / (len(known) + 1))
    return out


def _features(array: h5py.Dataset) -> np.ndarray:
    step = max(1, _CHUNK_BYTES // (array.dtype.itemsize * int(np.prod(array.shape[1:]))))
    return np.concatenate([patch_features(array[start : start + step]) for start in range(0, len(array), step)])
