import numpy as np
import pytest

from sensorscape.patches.synthetic.fields import frequencies
from sensorscape.patches.synthetic.geography import draw_cities
from sensorscape.patches.synthetic.ground import build
from sensorscape.patches.synthetic.materials import COARSE, WAVELENGTHS
from sensorscape.patches.synthetic.optical import atmosphere, look

CITY = draw_cities(1, np.random.default_rng(0))[0]


@pytest.mark.parametrize("zone", [1, 7, 10, 13])
def test_20_metre_bands_have_no_power_beyond_1_over_40_metres_and_10_metre_bands_have(zone: int) -> None:
    rng = np.random.default_rng(zone)
    seen = look(build(zone, CITY, (60, 64), rng), CITY, rng)
    fy, fx = frequencies(60, 64)
    beyond = np.hypot(fy, fx) >= 0.25
    for band in range(10):
        power = np.abs(np.fft.rfft2(seen[..., band] - seen[..., band].mean())) ** 2
        share = power[beyond].sum() / power.sum()
        assert share < 1e-20 if COARSE[band] else share > 1e-3


def test_the_path_is_bluest_and_rayleighs() -> None:
    clear = atmosphere(sun=45, haze=0.0)
    assert (np.diff(clear.path) < 0).all()
    # optical depth of air at 0.49 µm is about 0.16 (Hansen and Travis 1974); single scattering at this geometry
    expected = 0.157 * 0.75 * (1 + 0.5) / (4 * np.sin(np.pi / 4))
    assert clear.path[0] == pytest.approx(expected, rel=0.03)
    assert (np.diff(clear.transmission) > 0).all()
    assert WAVELENGTHS[0] == 0.49


def test_haze_brightens_the_path_and_dims_the_ground() -> None:
    clear, hazy = atmosphere(50, 0.05), atmosphere(50, 0.4)
    assert (hazy.path > clear.path).all()
    assert (hazy.transmission < clear.transmission).all()
    assert ((hazy.diffuse >= clear.diffuse) & (hazy.diffuse <= 1)).all()


def test_reflectances_are_possible() -> None:
    rng = np.random.default_rng(3)
    for zone in range(17):
        seen = look(build(zone, CITY, (40, 40), rng), CITY, rng)
        assert seen.shape == (40, 40, 10)
        assert seen.min() > -0.02
        assert seen.max() < 1.5
