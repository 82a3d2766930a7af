"""Sentinel-2's view of a ground: mixed reflectances, shadow, the atmosphere in the way, and pixels of 10 and 20 m."""

from typing import NamedTuple

import numpy as np

from sensorscape.patches.synthetic.fields import blur, coloured
from sensorscape.patches.synthetic.geography import City
from sensorscape.patches.synthetic.ground import Ground
from sensorscape.patches.synthetic.materials import COARSE, COVERS, ROOFS, WAVELENGTHS, spectra

RELIEF = 0.16
"""Relative spread of the brightness of one material within a scene (assumed)."""
POLYGON_SPREAD = 0.33
"""The same between polygons: age, moisture, slope (assumed)."""
NOISE = 0.001
"""Instrument noise in reflectance: a signal to noise ratio of about 100, as Sentinel-2 was specified (ESA, User Handbook)."""
VIEW = 1.0
"""Cosine of the view angle: straight down (Sentinel-2 looks at most 11° aside)."""


class Atmosphere(NamedTuple):
    """By band (10,): reflectance of the path, transmission down and up, share of diffuse light on the ground."""

    path: np.ndarray
    transmission: np.ndarray
    diffuse: np.ndarray


def atmosphere(sun: float, haze: float) -> Atmosphere:
    """Single scattering by air and aerosol; So2Sat's mean reflectances fall from B2 to B4 as those at the top of the atmosphere do.

    Rayleigh optical depth: Hansen and Travis, Space Sci. Rev. 16 (1974). Aerosol: Ångström exponent 1.3, single scattering albedo
    0.95, Henyey–Greenstein phase function with g = 0.65 (continental, assumed).

    Args:
        sun: elevation in degrees.
        haze: aerosol optical depth at 0.55 µm.
    """
    mu = np.sin(np.radians(sun))
    square = WAVELENGTHS**-2
    rayleigh = 0.008569 * square**2 * (1 + 0.0113 * square + 0.00013 * square**2)
    aerosol = haze * (WAVELENGTHS / 0.55) ** -1.3
    cosine = -mu * VIEW  # scattering angle between sun and a sensor straight above
    phase_rayleigh = 0.75 * (1 + cosine**2)
    g = 0.65
    phase_aerosol = (1 - g**2) / (1 + g**2 - 2 * g * cosine) ** 1.5
    path = (rayleigh * phase_rayleigh + 0.95 * aerosol * phase_aerosol) / (4 * mu * VIEW)
    # half of what air scatters, and a sixth of what aerosol does, leaves the beam backwards
    loss = 0.5 * rayleigh + (0.17 + 0.05) * aerosol
    transmission = np.exp(-loss / mu) * np.exp(-loss / VIEW)
    direct = np.exp(-(rayleigh + aerosol) / mu)
    diffuse = 1 - direct / np.exp(-loss / mu)
    return Atmosphere(path, transmission, np.clip(diffuse, 0.0, 1.0))


def look(ground: Ground, city: City, rng: np.random.Generator) -> np.ndarray:
    """Reflectance at the top of the atmosphere, (h, w, 10), unitless (digital number / 10000)."""
    shape = ground.building.shape
    table = spectra(float(np.clip(city.leaf + rng.normal(0, 0.1), 0, 1)), float(rng.beta(1.2, 2.5)))
    table = table * np.exp(rng.normal(0, POLYGON_SPREAD, size=(len(COVERS), 1)))
    air = atmosphere(city.sun, city.haze)
    shade = _shadow(ground, city.sun)[None] * (1 - air.diffuse)[:, None, None]
    roofs = np.einsum("khw,kb->bhw", ground.cover[: len(ROOFS)], table[: len(ROOFS)])
    rest = np.einsum("khw,kb->bhw", ground.cover[len(ROOFS) :], table[len(ROOFS) :])
    water = ground.cover[COVERS.index("water")]
    surface = (roofs + rest * (1 - shade)) * (1 + RELIEF * ground.relief * (1 - 0.7 * water)).clip(0.3)
    toa = air.path[:, None, None] + air.transmission[:, None, None] * surface
    toa += NOISE * rng.standard_normal(toa.shape)
    sharp, coarse = blur(*shape, pixel=1), blur(*shape, pixel=2)
    seen = coloured(toa, np.stack([coarse if band else sharp for band in COARSE]))
    return np.ascontiguousarray(np.moveaxis(seen, 0, -1))


def _shadow(ground: Ground, sun: float) -> np.ndarray:
    """Share of open ground in shadow, (h, w): canyon aspect × cot(sun) × 2/π (streets run anywhere), more where it is denser."""
    mean = float(ground.building.mean())
    if mean == 0:
        return np.zeros_like(ground.building)
    share = min(1.0, ground.aspect / np.tan(np.radians(sun)) * 2 / np.pi)
    return np.asarray(np.minimum(1.0, share * ground.building / mean))
