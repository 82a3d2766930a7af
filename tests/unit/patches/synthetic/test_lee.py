import numpy as np
import pytest

from sensorscape.patches.synthetic.lee import refined_lee


def naive_pixel(vh: np.ndarray, vv: np.ndarray) -> np.ndarray:
    """Lee's filter at the centre of a 7 × 7 window, written out step by step: the oracle."""
    span = abs(vh) ** 2 + abs(vv) ** 2
    means = [[span[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].mean() for j in range(3)] for i in range(3)]
    (a, b, c), (d, e, f), (g, h, i) = means
    gradients = {"|": a + d + g - c - f - i, "-": a + b + c - g - h - i, "/": b + c + f - d - g - h, "\\": a + b + d - f - h - i}
    edge = max(gradients, key=lambda name: abs(gradients[name]))
    sides = {"|": (d, f), "-": (b, h), "/": (c, g), "\\": (a, i)}[edge]
    second = abs(sides[1] - e) < abs(sides[0] - e)
    pixels = []
    for y in range(-3, 4):
        for x in range(-3, 4):
            inside = {"|": x <= 0, "-": y <= 0, "/": x >= y, "\\": x + y <= 0}[edge]
            on_line = {"|": x == 0, "-": y == 0, "/": x == y, "\\": x + y == 0}[edge]
            if on_line or inside != second:
                pixels.append((y + 3, x + 3))
    assert len(pixels) == 28
    values = np.array([span[p] for p in pixels])
    mean, variance = values.mean(), values.var()
    weight = max((variance - mean**2) / 2, 0) / variance if variance else 0.0
    cross = vh * vv.conj()
    elements = (abs(vh) ** 2, abs(vv) ** 2, cross.real, cross.imag)
    averages = [np.mean([element[p] for p in pixels]) for element in elements]
    return np.array([average + weight * (element[3, 3] - average) for average, element in zip(averages, elements, strict=True)])


def _speckle(shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vh, vv = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape) for _ in range(2))
    return vh, vv * np.exp(rng.normal(size=shape)) + 0.5 * vh


def test_the_filter_agrees_with_the_written_out_one() -> None:
    vh, vv = _speckle((14, 17), 0)
    found = refined_lee(vh, vv)
    assert found.shape == (8, 11, 4)
    for y in range(8):
        for x in range(11):
            np.testing.assert_allclose(found[y, x], naive_pixel(vh[y : y + 7, x : x + 7], vv[y : y + 7, x : x + 7]), rtol=1e-10)


def test_the_filtered_matrix_stays_a_covariance_matrix() -> None:
    found = refined_lee(*_speckle((60, 60), 1))
    assert (found[..., 0] > 0).all()
    assert (found[..., 2] ** 2 + found[..., 3] ** 2 <= found[..., 0] * found[..., 1]).all()


def test_speckle_is_smoothed_and_an_edge_is_not() -> None:
    vh, vv = _speckle((60, 60), 2)
    vh[:, 30:] *= 30
    vv[:, 30:] *= 30
    found = refined_lee(vh, vv)[..., 0]
    plain = abs(vh[3:-3, 3:-3]) ** 2
    left, right = np.s_[:, 20:26], np.s_[:, 28:34]
    assert found[left].std() / found[left].mean() < 0.6 * plain[left].std() / plain[left].mean()
    assert np.median(found[:, 26]) < 0.05 * np.median(found[right])


def test_a_constant_scene_is_unchanged_and_nothing_gives_nothing() -> None:
    ones = np.ones((9, 9), complex)
    np.testing.assert_allclose(refined_lee(ones, 2 * ones), np.broadcast_to([1, 4, 2, 0], (3, 3, 4)))
    assert not refined_lee(0 * ones, 0 * ones).any()
    with pytest.raises(ValueError, match="window"):
        refined_lee(ones[:5], ones[:5])
