"""Cohen's kappa and accuracies from a confusion matrix, which is counted on the device (Traoré et al., Section 3)."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ONE_CLASS = "labels and predictions are all of one and the same class: 0/0"
EMPTY = "there are no patches"


def kappa(confusion: NDArray[np.int64]) -> tuple[float | None, str]:
    """Cohen's kappa, κ = (p_o − p_e) / (1 − p_e).

    Args:
        confusion: counts (K, K), rows are true classes, columns predicted ones.

    Returns:
        κ in [−1, 1] and an empty reason; or None and the reason when it is undefined: no patches, or both margins in a single
        class (0/0). Predicting one class only gives 0.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    total = counts.sum()
    if total == 0:
        return None, EMPTY
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    chance = float(rows @ columns)
    if chance == total * total:
        return None, ONE_CLASS
    return float((total * np.trace(counts) - chance) / (total * total - chance)), ""


def accuracy(confusion: NDArray[np.int64]) -> float | None:
    """Share of patches on the diagonal, in [0, 1]; None without patches."""
    total = int(confusion.sum())
    return float(np.trace(confusion) / total) if total else None


def average_accuracy(confusion: NDArray[np.int64]) -> float | None:
    """Mean over the classes that occur of the share of their patches that is right, in [0, 1]; None without patches."""
    counts = confusion.sum(axis=1)
    there = counts > 0
    return float(np.mean(np.diag(confusion)[there] / counts[there])) if there.any() else None


def count(labels: Tensor, predicted: Tensor, halves: Tensor, classes: int) -> Tensor:
    """Confusion matrices of two halves, counted where the tensors are, without waiting for the device.

    Args:
        labels: true classes (n,) int64.
        predicted: predicted classes (n,) int64.
        halves: 0 or 1 for each patch (n,) int64.
        classes: K.

    Returns:
        (2, K, K) int64: [half, true, predicted].
    """
    places = (halves * classes + labels) * classes + predicted
    return (
        torch.zeros(2 * classes * classes, dtype=torch.int64, device=labels.device)
        .index_add_(0, places, torch.ones_like(places))
        .view(2, classes, classes)
    )


def summary(confusion: NDArray[np.int64]) -> dict[str, Any]:
    """``kappa``, ``accuracy`` and ``average_accuracy`` of a confusion matrix; a reason beside an undefined kappa."""
    value, reason = kappa(confusion)
    numbers: dict[str, Any] = {"kappa": value, "accuracy": accuracy(confusion), "average_accuracy": average_accuracy(confusion)}
    return numbers | ({"kappa_reason": reason} if reason else {})


def test_summary(halves: NDArray[np.int64]) -> dict[str, Any]:
    """`summary` of the whole test split, its confusion matrix, and kappa on each half.

    One half serves to choose among cells, the other to report what was chosen, so that a maximum is not judged by the numbers
    that made it one.

    Args:
        halves: (2, K, K): even positions of the test split, odd positions.
    """
    whole = halves.sum(axis=0)
    numbers = summary(whole) | {"confusion": whole.tolist()}
    for name, half in (("kappa_choice", halves[0]), ("kappa_report", halves[1])):
        numbers[name], reason = kappa(half)
        if reason:
            numbers[f"{name}_reason"] = reason
    return numbers
