from pathlib import Path

import h5py
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

from sensorscape.patches.baseline import PENALTY, evaluate, fit, kappa, linear_baseline, patch_features
from sensorscape.patches.sensors import resolve


def test_kappa_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 5, 400), rng.integers(0, 5, 400)
    guess[:250] = truth[:250]
    confusion = np.zeros((5, 5), np.int64)
    np.add.at(confusion, (truth, guess), 1)
    assert kappa(confusion) == pytest.approx(cohen_kappa_score(truth, guess))


def test_one_predicted_class_is_0_and_one_class_alone_is_undefined() -> None:
    assert kappa(np.array([[3, 0], [5, 0]])) == 0
    assert np.isnan(kappa(np.array([[8, 0], [0, 0]])))
    same = np.ones((4, 1))
    found = evaluate(np.arange(4.0)[:, None], np.zeros(4, int), same, np.zeros(4, int), classes=2)
    assert found["kappa"] is None
    assert "one class" in found["reason"]


def test_the_fit_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    features = rng.normal(size=(300, 4)) + labels[:, None] * [1, 0.5, 0, -0.5]
    ours = fit(features, labels, classes=3, penalty=0.01)
    # scikit-learn minimises C · Σ loss + ½‖w‖²
    oracle = LogisticRegression(C=1 / (0.01 * 300), tol=1e-8, max_iter=2000).fit(features, labels)
    probabilities = np.exp(features @ ours[:-1] + ours[-1])
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, oracle.predict_proba(features), atol=2e-3)
    assert PENALTY > 0


def test_features_are_means_and_deviations_of_channels() -> None:
    patches = np.random.default_rng(2).normal(size=(5, 4, 4, 3)).astype(np.float32)
    found = patch_features(patches)
    np.testing.assert_allclose(found[:, 0], patches.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[:, 1], patches.std(axis=(1, 2)), rtol=1e-4)


def test_a_monotone_change_of_the_features_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 120)
    features = rng.normal(size=(120, 3)) + labels[:, None]
    plain = evaluate(features[:80], labels[:80], features[80:], labels[80:], classes=2)
    heavy = np.exp(3 * features)
    assert evaluate(heavy[:80], labels[:80], heavy[80:], labels[80:], classes=2) == plain
    assert plain["kappa"] > 0.3


def test_every_sensor_sees_its_own_channels_only(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    with h5py.File(tmp_path / "subset.h5", "w") as file:
        for part, count in (("train", 90), ("test", 60)):
            labels = np.arange(count) % 3
            array = rng.normal(size=(count, 8, 8, 2)).astype(np.float32)
            array[..., 1] += labels[:, None, None]
            file[f"{part}/label"], file[f"{part}/row"], file[f"{part}/a"] = labels, np.arange(count), array
    sensors = {name: resolve(name, {"a": numbers}, {"a": 2}) for name, numbers in (("noise", [0]), ("signal", [1]), ("both", "all"))}
    found = linear_baseline(tmp_path / "subset.h5", sensors, classes=3)
    assert found["signal"]["kappa"] > 0.9
    assert abs(found["noise"]["kappa"]) < 0.3
    assert {name: result["features"] for name, result in found.items()} == {"noise": 2, "signal": 2, "both": 4}
