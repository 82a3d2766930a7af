import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sensorscape.patches import standardise
from sensorscape.patches.standardise import Moments


def test_moments_of_slabs_are_those_of_the_whole() -> None:
    values = np.random.default_rng(0).normal([1e6, 0.1, -3], [1, 1e-3, 50], size=(57, 8, 8, 3))
    moments = Moments.of(3)
    for part in np.split(values, [1, 20, 20, 41]):
        moments.add(part)
    np.testing.assert_allclose(moments.mean, values.mean(axis=(0, 1, 2)), rtol=1e-13)
    np.testing.assert_allclose(moments.std, values.std(axis=(0, 1, 2)), rtol=1e-9)


def test_float32_patches_are_accumulated_in_float64() -> None:
    patches = np.full((40, 256, 256, 1), 0.1, np.float32)
    patches[::2] = 0.3
    moments = Moments.of(1)
    for patch in patches:
        moments.add(patch[None])
    expected = (np.float64(np.float32(0.1)) + np.float64(np.float32(0.3))) / 2
    assert moments.mean[0] == pytest.approx(expected, rel=1e-12)


def test_nothing_has_no_spread() -> None:
    moments = Moments.of(2)
    moments.add(np.zeros((0, 4, 4, 2)))
    assert moments.std.tolist() == [0, 0]


@given(
    arrays.arrays(np.float32, (3, 4, 4, 2), elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False)),
    st.integers(1, 3),
)
def test_quartiles_are_exact_order_statistics(values: np.ndarray, step: int) -> None:
    found = standardise.quartiles_of(lambda: (values[start : start + step] for start in range(0, 3, step)), 2)
    expected = np.quantile(values.reshape(-1, 2).astype(np.float64), [0.25, 0.5, 0.75], axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(found, expected)


def test_zscore_gives_mean_0_and_deviation_1() -> None:
    values = np.random.default_rng(0).normal(5, 3, size=(20, 8, 8, 2))
    moments = Moments.of(2)
    moments.add(values)
    done = standardise.apply(values, standardise.parameters("zscore", ["zscore"] * 2, moments, None))
    assert done.dtype == np.float32
    np.testing.assert_allclose(done.mean(axis=(0, 1, 2), dtype=np.float64), 0, atol=1e-6)
    np.testing.assert_allclose(done.std(axis=(0, 1, 2), dtype=np.float64), 1, atol=1e-6)


def test_robust_is_not_moved_by_one_outlier() -> None:
    values = np.random.default_rng(0).normal(size=(20, 8, 8, 1)).astype(np.float32)
    values[0, 0, 0, 0] = 1e9
    moments = Moments.of(1)
    moments.add(values)
    numbers = standardise.parameters("robust", ["robust"], moments, standardise.quartiles_of(lambda: iter([values]), 1))
    assert abs(numbers["shift"][0]) < 0.1
    assert numbers["scale"][0] == pytest.approx(1, abs=0.1)


def test_log_treats_radar_intensities_in_decibels_and_nothing_else() -> None:
    kinds = standardise.kinds_of("log", 4, (1, 2))
    assert kinds == ["zscore", "log", "log", "zscore"]
    scaled = standardise.to_scale(np.array([[-3.0, 100.0, 0.0, 100.0]]), kinds)
    np.testing.assert_allclose(scaled, [[-3, 20, -35, 100]])


@pytest.mark.parametrize("transform", ["zscore", "robust", "log"])
def test_a_constant_channel_becomes_zero(transform: str) -> None:
    values = np.full((4, 4, 4, 1), 7.25, np.float32)
    kinds = standardise.kinds_of(transform, 1, (0,))
    moments = Moments.of(1)
    moments.add(standardise.to_scale(values, kinds))
    quartiles = standardise.quartiles_of(lambda: iter([values]), 1) if transform == "robust" else None
    np.testing.assert_allclose(standardise.apply(values, standardise.parameters(transform, kinds, moments, quartiles)), 0, atol=1e-6)


def test_robust_falls_back_to_the_deviation_where_most_values_are_equal() -> None:
    values = np.zeros((10, 2, 2, 1), np.float32)
    values[0] = 8
    moments = Moments.of(1)
    moments.add(values)
    numbers = standardise.parameters("robust", ["robust"], moments, standardise.quartiles_of(lambda: iter([values]), 1))
    assert numbers["scale"] == [pytest.approx(values.std())]


@pytest.mark.parametrize("transform", ["zscore", "robust", "log"])
def test_inverting_gives_the_raw_values_back(transform: str) -> None:
    values = np.random.default_rng(0).gamma(2, 0.1, size=(6, 4, 4, 2))
    kinds = standardise.kinds_of(transform, 2, (1,))
    moments = Moments.of(2)
    moments.add(standardise.to_scale(values, kinds))
    quartiles = standardise.quartiles_of(lambda: iter([values.astype(np.float32)]), 2) if transform == "robust" else None
    numbers = standardise.parameters(transform, kinds, moments, quartiles)
    np.testing.assert_allclose(standardise.invert(standardise.apply(values, numbers), numbers), np.maximum(values, 10**-3.5), rtol=1e-4)
