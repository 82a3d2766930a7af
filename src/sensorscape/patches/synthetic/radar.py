"""Sentinel-1's view of a ground: a complex covariance per pixel, speckle, texture, point scatterers, noise, and the filtered channels.

Scattering of a pixel is S = √T · C^½ z with z circular Gaussian: single-look speckle, as in So2Sat. C comes from structure alone.
"""

import numpy as np

from sensorscape.patches.synthetic.geography import City
from sensorscape.patches.synthetic.ground import Ground
from sensorscape.patches.synthetic.lee import refined_lee
from sensorscape.patches.synthetic.materials import BACKSCATTER, COVERS

CITY_TEXTURE = (1.0, 3.0)
NATURE_TEXTURE = (5.0, 10.0)
"""Shape of the gamma law of texture in cities and in nature; water has none (K distribution; definitions: ν 1–3, 5–10, ∞)."""
DOUBLE_BOUNCE = 0.55
"""Power of a fully built pixel of tall walls that face the radar, linear (assumed)."""
WALL_SCALE = 12.0
"""Metres of height at which walls give half of their double bounce (assumed)."""
ALIGNMENT = 18.0
"""Degrees of street direction over which double bounce falls by e; a seventh of it remains in any direction (assumed)."""
COHERENCE = 0.6
"""How much of the VH–VV correlation of rotated walls survives their mixture in one pixel (assumed)."""
POINTS = 0.28
"""Point scatterers per fully built pixel of 100 m² (assumed)."""
POINT_TAIL = 1.25
POINT_POWER = (1.0, 10_000.0)
"""Their power follows a Pareto law with this exponent between these linear values: the published filtered intensities have mean 0.26,
standard deviation 8.3 and maximum 12,702, which no lighter tail reaches (assumed)."""
POINT_TILT = 11.0
"""Standard deviation in degrees of the tilt of dihedral corners, which turns VV into VH (assumed)."""
BUILT_TEXTURE_FROM = 0.08
"""Mean building fraction from which a scene has the texture of a city (assumed)."""


def look(ground: Ground, city: City, rng: np.random.Generator, *, speckle: bool = True) -> np.ndarray:
    """So2Sat's eight channels on the scene, (h − 6, w − 6, 8); pixel (0, 0) belongs to pixel (3, 3) of the ground.

    Args:
        ground: the scene.
        city: incidence, wetness and noise floor.
        rng: source of the draw.
        speckle: False gives every scatterer the power that it has on average, with a random phase: for tests of what speckle costs.
    """
    shape = ground.building.shape
    vh_power, vv_power, cross = covariance(ground, city, rng)
    texture = _texture(ground, rng)
    first, second = _circular(shape, rng, speckle=speckle), _circular(shape, rng, speckle=speckle)
    # Cholesky factor of [[vv, cross], [cross, vh]], cross real
    vv = np.sqrt(texture * vv_power) * first
    slope = cross / np.sqrt(vv_power)
    vh = np.sqrt(texture) * (slope * first + np.sqrt(np.maximum(vh_power - slope**2, 0)) * second)
    point_vh, point_vv = _points(ground, rng)
    noise = np.sqrt(10 ** (city.noise / 10))
    vh = vh + point_vh + noise * _circular(shape, rng, speckle=speckle)
    vv = vv + point_vv + noise * _circular(shape, rng, speckle=speckle)
    inner = np.s_[3:-3, 3:-3]
    raw = np.stack([vh.real[inner], vh.imag[inner], vv.real[inner], vv.imag[inner]], axis=-1)
    return np.concatenate([raw, refined_lee(vh, vv)], axis=-1)


def covariance(ground: Ground, city: City, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean powers |VH|², |VV|² and VH·VV* (real), each (h, w), without texture, points and noise.

    Off buildings VH and VV are uncorrelated (reflection symmetry). Walls are dihedral corners: turned by θ against the radar they
    return VV as cos 2θ and VH as sin 2θ, tan θ = tan(street direction) / cos(incidence) (Kimura, Papathanassiou and Cloude, 2005).
    """
    wet = 10 ** ((city.wetness + rng.normal(0, 0.7) - 0.15 * (city.incidence - 38)) / 10)
    wind = -0.3 * (city.incidence - 38) + rng.uniform(-23, -15)
    powers = np.zeros((len(COVERS), 2))
    for cover, decibels in BACKSCATTER.items():
        powers[COVERS.index(cover)] = wet * 10 ** (np.array(decibels) / 10)
    powers[COVERS.index("water")] = 10 ** (wind / 10), 10 ** ((wind - 18) / 10)
    vv, vh = np.einsum("khw,kp->phw", ground.cover, powers)
    turn = np.arctan(np.tan(ground.streets) / np.cos(np.radians(city.incidence)))
    facing = (np.exp(-np.degrees(ground.streets) / ALIGNMENT) + 1 / 7) / (1 + 1 / 7)
    bounce = DOUBLE_BOUNCE * facing * ground.height / (ground.height + WALL_SCALE) * ground.building
    vv = vv + bounce * np.cos(2 * turn) ** 2
    vh = vh + bounce * np.sin(2 * turn) ** 2
    return vh, vv, -COHERENCE * bounce * np.sin(2 * turn) * np.cos(2 * turn)


def _texture(ground: Ground, rng: np.random.Generator) -> np.ndarray:
    """T per pixel: gamma of mean 1, by structure; exactly 1 where there is water only."""
    built = float(ground.building.mean()) >= BUILT_TEXTURE_FROM
    shape = float(rng.uniform(*(CITY_TEXTURE if built else NATURE_TEXTURE)))
    water = ground.cover[COVERS.index("water")]
    return np.asarray(water + (1 - water) * rng.gamma(shape, 1 / shape, size=water.shape))


def _points(ground: Ground, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes in VH and VV of the point scatterers: few, on buildings, heavy-tailed."""
    vh, vv = (np.zeros(ground.building.shape, complex) for _ in range(2))
    rows, columns = np.nonzero(rng.random(ground.building.shape) < POINTS * ground.building)
    count = len(rows)
    low, high = POINT_POWER
    uniform = rng.random(count)
    power = low * (1 - uniform * (1 - (low / high) ** POINT_TAIL)) ** (-1 / POINT_TAIL)
    tilt = 2 * np.radians(rng.normal(0, POINT_TILT, size=count))
    phase = np.exp(2j * np.pi * rng.random((2, count)))
    vh[rows, columns] = np.sqrt(power) * np.sin(tilt) * phase[0]
    vv[rows, columns] = np.sqrt(power) * np.cos(tilt) * phase[1]
    return vh, vv


def _circular(shape: tuple[int, int], rng: np.random.Generator, *, speckle: bool) -> np.ndarray:
    """Circular complex Gaussian numbers with mean power 1; without speckle, their phases only."""
    drawn = rng.standard_normal((2, *shape))
    z = (drawn[0] + 1j * drawn[1]) / np.sqrt(2)
    return np.asarray(z if speckle else z / np.maximum(np.abs(z), 1e-30))
