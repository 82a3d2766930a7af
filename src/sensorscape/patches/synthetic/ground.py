"""The ground of one polygon: which cover is where, how high it is built, how its streets run. Both sensors look at this alone."""

from dataclasses import dataclass

import numpy as np

from sensorscape.patches.synthetic.fields import coloured, exponential, street_grid
from sensorscape.patches.synthetic.geography import City
from sensorscape.patches.synthetic.materials import COVERS, ROOFS
from sensorscape.patches.synthetic.zones import ZONES

CONTRAST = 2.6
"""How decided a pixel of 10 m is for one cover: spread of the log odds between covers (assumed)."""
ROOF_CONTRAST = 1.5
"""The same between roof materials, whose buildings are smaller than a pixel or not much larger (assumed)."""
QUARTER = 5.0
"""Pixels over which roofs of one quarter are alike, at least (assumed)."""
PURITY = 8.0
"""Concentration of the Dirichlet draws of a polygon's pervious covers and roofs: larger is more alike (assumed)."""


@dataclass(frozen=True)
class Ground:
    """A scene before it is looked at.

    Attributes:
        cover: fraction of each of `COVERS` in every pixel (14, h, w); they add up to 1.
        building: fraction of buildings, the sum over roofs (h, w).
        height: of the buildings in metres; aspect: of the canyons.
        streets: direction of the streets against the radar's track in radians, in [0, π/4].
        relief: brightness of materials around their mean, a Gaussian field of variance 1 (h, w).
    """

    cover: np.ndarray
    building: np.ndarray
    height: float
    aspect: float
    streets: float
    relief: np.ndarray


def build(zone: int, city: City, shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """Draw the ground of a polygon of class `zone` (0 to 16) on (h, w) pixels of 10 m."""
    kind = ZONES[zone]
    mean, roofs = _mean_cover(zone, city, rng)
    height, aspect = (float(rng.uniform(*limits)) for limits in (kind.height, kind.aspect))
    angle = float(rng.uniform(0, np.pi / 2))
    built = float(mean[: len(ROOFS)].sum())
    present = np.flatnonzero(mean[len(ROOFS) :] > 0) + len(ROOFS)
    period = kind.footprint / 10 / np.sqrt(max(built, 0.05))
    isotropic, grid = exponential(*shape), street_grid(*shape, period=period, angle=angle)
    amplitudes = np.stack(
        [isotropic] * len(present) + ([grid] + [exponential(*shape, max(0.15 * kind.footprint, QUARTER))] * len(ROOFS) if built else [])
    )
    amplitudes = np.concatenate([amplitudes, isotropic[None]])
    noise = rng.standard_normal((len(amplitudes), *shape))
    drawn = coloured(noise, amplitudes)
    cover = np.zeros((len(COVERS), *shape))
    groups = np.concatenate([mean[present], [built]]) if built else mean[present]
    shares = _assign(groups, CONTRAST * drawn[: len(groups)])
    cover[present] = shares[: len(present)]
    building = np.zeros(shape)
    if built:
        building = shares[-1]
        cover[: len(ROOFS)] = building * _assign(roofs, ROOF_CONTRAST * drawn[len(groups) : len(groups) + len(ROOFS)])
    return Ground(cover, building, height, aspect, min(angle, np.pi / 2 - angle), drawn[-1])


def _mean_cover(zone: int, city: City, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Mean fraction of every cover in the polygon (14,), and the shares of the roofs (4,)."""
    kind = ZONES[zone]
    building = float(rng.uniform(*kind.building))
    impervious = float(rng.uniform(*kind.impervious))
    if kind.aspect[1] == 0:
        # land cover types: "below 10 %" is mostly close to nothing
        building, impervious = building**2 / 0.1, impervious if kind.impervious[1] > 0.1 else impervious**2 / 0.1
    total = building + impervious
    building, impervious = (part / max(total, 1.0) for part in (building, impervious))
    weights = np.array(list(kind.pervious.values()))
    drawn = rng.dirichlet(PURITY * weights / weights.sum())
    low = {"green", "dry"} & set(kind.pervious)
    pervious = dict(zip(kind.pervious, drawn, strict=True))
    if len(low) == 2:
        # how much of the low plants is green is the season's work and the crop's
        green = float(rng.beta(3 * city.greenness, 3 * (1 - city.greenness)))
        both = pervious["green"] + pervious["dry"]
        pervious["green"], pervious["dry"] = both * green, both * (1 - green)
    mean = np.zeros(len(COVERS))
    roofs = rng.dirichlet(PURITY * np.array(kind.roofs) * city.roofs / np.sum(np.array(kind.roofs) * city.roofs) + 0.05)
    mean[: len(ROOFS)] = building * roofs
    bright = float(rng.beta(4 * kind.paved_bright, 4 * (1 - kind.paved_bright)))
    mean[COVERS.index("asphalt")] = impervious * (1 - bright)
    mean[COVERS.index("stone")] = impervious * bright
    for cover, share in pervious.items():
        mean[COVERS.index(cover)] = (1 - building - impervious) * share
    mean[len(ROOFS) :][mean[len(ROOFS) :] < 1e-4] = 0
    return mean / mean.sum(), roofs


def _assign(mean: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Fractions per pixel (k, h, w) whose scene means are `mean` (k,): softmax of the fields, its offsets fitted by a few steps."""
    if len(mean) == 1:
        return np.ones((1, *odds.shape[1:]))
    mean = np.maximum(mean / mean.sum(), 1e-6)
    weights = np.exp(np.minimum(odds, 30.0))
    scale = mean.copy()
    for _ in range(4):
        share = weights * scale[:, None, None]
        share /= share.sum(axis=0)
        scale *= mean / np.maximum(share.mean(axis=(1, 2)), 1e-12)
    share = weights * scale[:, None, None]
    return np.asarray(share / share.sum(axis=0))
