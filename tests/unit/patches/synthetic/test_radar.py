import numpy as np
import pytest
from scipy import stats

from sensorscape.patches.synthetic.geography import draw_cities
from sensorscape.patches.synthetic.ground import build
from sensorscape.patches.synthetic.lee import refined_lee
from sensorscape.patches.synthetic.radar import covariance, look

CITY = draw_cities(1, np.random.default_rng(0))[0]


def _channels(zone: int, seed: int, size: int = 150) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return look(build(zone, CITY, (size, size), rng), CITY, rng)


def test_on_water_speckle_is_exponential_with_uniform_phase() -> None:
    seen = _channels(16, 1)
    for real, imaginary in ((0, 1), (2, 3)):
        z = seen[..., real] + 1j * seen[..., imaginary]
        intensity = np.abs(z.ravel()) ** 2
        assert (intensity**2).mean() / intensity.mean() ** 2 == pytest.approx(2, abs=0.1)
        assert stats.kstest(intensity / intensity.mean(), "expon").pvalue > 1e-3
        assert stats.kstest(np.angle(z.ravel()) / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-3


def test_cities_are_more_textured_than_nature_and_nature_more_than_water() -> None:
    spreads = {}
    for zone in (2, 13, 16):
        vv = [np.sum(_channels(zone, seed, 60)[..., 2:4] ** 2, axis=-1) for seed in range(12)]
        spreads[zone] = float(np.median([np.log(values).var() for values in vv]))
    # the logarithm of an exponential variable has variance π² / 6
    assert spreads[16] == pytest.approx(np.pi**2 / 6, abs=0.05)
    assert spreads[13] > spreads[16] + 0.1
    assert spreads[2] > spreads[13] + 0.3


def test_vh_and_vv_are_correlated_on_buildings_only() -> None:
    for zone, correlated in ((10, False), (13, False), (16, False), (1, True)):
        ground = build(zone, CITY, (40, 40), np.random.default_rng(2))
        vh, vv, cross = covariance(ground, CITY, np.random.default_rng(3))
        assert (cross[ground.building < 1e-12] == 0).all()
        assert (cross**2 <= vh * vv).all()
        assert bool((np.abs(cross) / np.sqrt(vh * vv)).mean() > 0.05) is correlated


def test_filtered_channels_come_from_the_complex_ones() -> None:
    rng = np.random.default_rng(4)
    seen = look(build(4, CITY, (50, 60), rng), CITY, rng)
    again = refined_lee(seen[..., 0] + 1j * seen[..., 1], seen[..., 2] + 1j * seen[..., 3])
    np.testing.assert_allclose(seen[3:-3, 3:-3, 4:], again, rtol=1e-9, atol=1e-15)


def test_without_speckle_water_is_even() -> None:
    rng = np.random.default_rng(5)
    ground = build(16, CITY, (40, 40), rng)
    seen = look(ground, CITY, rng, speckle=False)
    intensity = seen[..., 2] ** 2 + seen[..., 3] ** 2
    assert intensity.std() / intensity.mean() < 0.9
