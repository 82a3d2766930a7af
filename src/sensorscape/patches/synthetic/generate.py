"""Writing the synthetic So2Sat: one scene per polygon, patches cut from it, rows in random order; the same seed gives the same bytes."""

from pathlib import Path

import numpy as np
from scipy import fft

from sensorscape.patches.synthetic import optical, radar
from sensorscape.patches.synthetic.geography import GRID, PATCH, City, Polygon, draw_cities, draw_polygons
from sensorscape.patches.synthetic.ground import build
from sensorscape.patches.synthetic.zones import COUNTS
from sensorscape.patches.writing import new_hdf5

MARGIN = 4
"""Pixels around the patches: 3 that the Lee filter needs, and one more."""


def synthesize(path: Path, *, patches: int, cities: int, seed: int, speckle: bool = True) -> None:
    """Write a synthetic So2Sat in the published layout.

    ``sen1`` (N, 32, 32, 8) and ``sen2`` (N, 32, 32, 10) little-endian float64, ``label`` (N, 17) one-hot float64, contiguous, as Zhu
    et al. (2020) published them; beside them ``city``, ``polygon`` int64 and ``x``, ``y`` float64 (metres of the patch centres),
    each (N,).

    Args:
        path: the HDF5 file, written whole or not at all.
        patches: number of patches N.
        cities: number of cities.
        seed: of everything drawn.
        speckle: False leaves the radar's speckle out, for tests of what it costs.

    Raises:
        SensorscapeError: when the disk is full.
    """
    rng = np.random.default_rng([seed, 0])
    places = draw_cities(cities, rng)
    polygons = draw_polygons(patches, cities, rng)
    order = rng.permutation(patches)
    sides = {"label": np.zeros((patches, len(COUNTS)), "<f8")} | {name: np.zeros(patches, "<i8") for name in ("city", "polygon")}
    sides |= {name: np.zeros(patches, "<f8") for name in ("x", "y")}
    with new_hdf5(path, need=patches * PATCH * PATCH * 18 * 8) as file:
        file.attrs["about"] = "synthetic: simulated by sensorscape, not observed by any satellite"
        images = [file.create_dataset(name, (patches, PATCH, PATCH, channels), "<f8") for name, channels in (("sen1", 8), ("sen2", 10))]
        done = 0
        for polygon in polygons:
            rows = order[done : done + len(polygon.cells)]
            done += len(rows)
            views = scene(polygon, places[polygon.city], seed=seed, speckle=speckle)
            for row, (top, left) in zip(rows, polygon.cells, strict=True):
                window = np.s_[GRID * top : GRID * top + PATCH, GRID * left : GRID * left + PATCH]
                for image, view in zip(images, views, strict=True):
                    image[row] = view[window]
            _describe(sides, rows, polygon)
        for name, values in sides.items():
            file.create_dataset(name, data=values)


def scene(polygon: Polygon, city: City, *, seed: int, speckle: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Both sensors' views of a polygon, cropped so that the first patch begins at (0, 0): (h, w, 8) and (h, w, 10).

    Every polygon has its own stream of random numbers: it does not depend on what was drawn before it.
    """
    rng = np.random.default_rng([seed, 1, polygon.number])
    rows, columns = polygon.shape
    height, width = (PATCH + GRID * (count - 1) for count in (rows, columns))
    shape = (int(fft.next_fast_len(height + 2 * MARGIN, real=True)), int(fft.next_fast_len(width + 2 * MARGIN, real=True)))
    ground = build(polygon.zone, city, shape, rng)
    seen = optical.look(ground, city, rng)
    echoes = radar.look(ground, city, rng, speckle=speckle)
    edge = MARGIN - 3  # the radar's view has lost three pixels on each side already
    return echoes[edge : edge + height, edge : edge + width], seen[MARGIN : MARGIN + height, MARGIN : MARGIN + width]


def _describe(sides: dict[str, np.ndarray], rows: np.ndarray, polygon: Polygon) -> None:
    sides["label"][rows, polygon.label] = 1
    sides["city"][rows] = polygon.city
    sides["polygon"][rows] = polygon.number
    centres = np.array(polygon.centres())
    sides["x"][rows], sides["y"][rows] = centres[:, 0], centres[:, 1]
