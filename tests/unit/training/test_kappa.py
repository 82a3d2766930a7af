"""Kappa and accuracies against scikit-learn and by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, confusion_matrix

from sensorscape.training import kappa


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_kappa_and_average_accuracy_agree_with_scikit_learn(pairs):
    true, predicted = map(list, zip(*pairs, strict=True))
    if len({*true, *predicted}) < 2:
        return
    matrix = confusion_matrix(true, predicted, labels=range(4))
    value, reason = kappa.kappa(matrix)
    assert reason == ""
    assert value == pytest.approx(cohen_kappa_score(true, predicted), abs=1e-12)
    there = sorted(set(true))
    recalls = [matrix[c, c] / matrix[c].sum() for c in there]
    assert kappa.average_accuracy(matrix) == pytest.approx(np.mean(recalls))
    if set(predicted) <= set(true):
        assert kappa.average_accuracy(matrix) == pytest.approx(balanced_accuracy_score(true, predicted))


def test_predicting_one_class_only_is_zero():
    assert kappa.kappa(np.array([[5, 0], [7, 0]])) == (0.0, "")


def test_both_margins_in_one_class_is_undefined_with_that_reason():
    assert kappa.kappa(np.array([[9, 0], [0, 0]])) == (None, kappa.ONE_CLASS)
    assert kappa.summary(np.array([[9, 0], [0, 0]]))["kappa_reason"] == kappa.ONE_CLASS


def test_without_patches_everything_is_undefined():
    empty = np.zeros((3, 3), dtype=np.int64)
    assert kappa.summary(empty) == {"kappa": None, "accuracy": None, "average_accuracy": None, "kappa_reason": kappa.EMPTY}


def test_a_class_that_does_not_occur_does_not_count_in_the_average():
    assert kappa.average_accuracy(np.array([[2, 0, 0], [1, 0, 1], [0, 0, 0]])) == 0.5


def test_the_two_halves_are_counted_apart():
    labels, predicted, halves = torch.tensor([0, 1, 1, 0]), torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1])
    counts = kappa.count(labels, predicted, halves, 2).numpy()
    assert counts.tolist() == [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]
    numbers = kappa.test_summary(counts)
    assert (numbers["kappa_choice"], numbers["kappa_report"], numbers["kappa"]) == (1.0, -1.0, 0.0)
    assert numbers["confusion"] == [[1, 1], [1, 1]]
