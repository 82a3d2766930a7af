"""Spectra and backscatter of materials hold what is known of the real ones."""

import numpy as np
import pytest

from sensorscape.patches.synthetic.materials import BACKSCATTER, BANDS, COARSE, COVERS, LEAFLESS, REFLECTANCE, TURBID, WAVELENGTHS, spectra


def test_every_cover_has_a_spectrum_and_a_backscatter() -> None:
    assert set(REFLECTANCE) == set(COVERS)
    assert set(BACKSCATTER) == set(COVERS) - {"water"}
    assert all(len(values) == 10 and min(values) > 0 and max(values) < 1 for values in REFLECTANCE.values())
    assert all(vh < vv for vv, vh in BACKSCATTER.values())
    assert spectra(1.0, 0.0).shape == (14, 10)
    np.testing.assert_allclose(spectra(1.0, 0.0), [REFLECTANCE[cover] for cover in COVERS])


def test_the_bands_of_20_metres_are_sentinel_2s():
    assert [band for band, coarse in zip(BANDS, COARSE, strict=True) if coarse] == ["B5", "B6", "B7", "B8A", "B11", "B12"]
    assert (np.diff(WAVELENGTHS) > 0).all()


@pytest.mark.parametrize("cover", ["trees", "shrub", "green"])
def test_leaves_have_a_green_peak_and_a_red_edge(cover):
    blue, green, red, *_, near, _, _, _ = REFLECTANCE[cover]
    assert green > blue
    assert green > red
    assert near > 3 * red


def test_clear_water_darkens_with_the_wavelength():
    assert list(REFLECTANCE["water"][1:]) == sorted(REFLECTANCE["water"][1:], reverse=True)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_shares_of_leaves_and_sediment_mix_two_spectra(share):
    mixed = dict(zip(COVERS, spectra(share, share), strict=True))
    for cover in ("trees", "shrub"):
        np.testing.assert_allclose(mixed[cover], share * np.array(REFLECTANCE[cover]) + (1 - share) * np.array(LEAFLESS))
    np.testing.assert_allclose(mixed["water"], share * np.array(TURBID) + (1 - share) * np.array(REFLECTANCE["water"]))
    assert all((mixed[cover] == REFLECTANCE[cover]).all() for cover in COVERS if cover not in ("trees", "shrub", "water"))
