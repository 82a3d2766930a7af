"""City > polygon > patch: where patches lie, what their polygons are, and the labels that somebody gave them."""

from dataclasses import dataclass

import numpy as np

from sensorscape.patches.synthetic.zones import COUNTS, LABEL_CONFIDENCE, partners

GRID = 10
"""Pixels between neighbouring patches: So2Sat cuts them on a grid of 100 m (Zhu et al. 2020)."""
PATCH = 32
"""Pixels along the side of a patch (Zhu et al. 2020)."""
SPACING = 1000.0
"""Metres between polygon sites of a city; larger than any polygon, so that polygons never overlap (assumed)."""
LONE = 0.36
"""Share of polygons with a single patch: with it 88 to 90 % of test patches overlap a train patch under a random 80/20 split, as
on the published coordinates; all other polygons are 1–4 by 1–4 patches (assumed)."""


@dataclass(frozen=True)
class City:
    """What all scenes of a city share.

    Attributes:
        sun: elevation in degrees.
        haze: aerosol optical depth at 0.55 µm.
        leaf: share of leaves on trees and shrubs, in [0, 1].
        greenness: expected share of green among low plants, in [0, 1].
        wetness: backscatter of moist ground above its mean, in dB.
        incidence: of the radar, in degrees.
        noise: noise floor of the radar (NESZ) in dB.
        roofs: how common tile, bitumen, concrete and metal are here (4,), mean 1.
    """

    sun: float
    haze: float
    leaf: float
    greenness: float
    wetness: float
    incidence: float
    noise: float
    roofs: np.ndarray


@dataclass(frozen=True)
class Polygon:
    """A piece of one class: `label` is what it was called, `zone` what it is, `cells` the (row, column) of its patches on the grid."""

    number: int
    city: int
    label: int
    zone: int
    cells: tuple[tuple[int, int], ...]
    x: float
    y: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the patch grid."""
        return 1 + max(row for row, _ in self.cells), 1 + max(column for _, column in self.cells)

    def centres(self) -> list[tuple[float, float]]:
        """Metres (x, y) of the patches' centres; rows run south."""
        half = PATCH * 5.0
        return [(self.x + 10.0 * GRID * column + half, self.y - 10.0 * GRID * row - half) for row, column in self.cells]


def class_counts(patches: int) -> np.ndarray:
    """Patches per class in the shares of So2Sat's training file, by largest remainders; every class has two where there is room."""
    shares = np.array(COUNTS) / sum(COUNTS) * patches
    least = min(2, patches // len(COUNTS))
    counts = np.maximum(np.floor(shares).astype(np.int64), least)
    order = np.argsort(-(shares - np.floor(shares)), kind="stable")
    for index in order[: max(patches - int(counts.sum()), 0)]:
        counts[index] += 1
    while counts.sum() > patches:
        counts[int(np.argmax(counts))] -= 1
    return counts


def draw_cities(count: int, rng: np.random.Generator) -> list[City]:
    """Cities somewhere between the tropics and 60° north, on some clear day of the year (ranges assumed)."""
    cities = []
    for _ in range(count):
        leaf = float(rng.beta(3.0, 1.2))
        cities.append(
            City(
                sun=float(rng.uniform(28, 65)),
                haze=float(rng.gamma(2.0, 0.07)),
                leaf=leaf,
                greenness=float(np.clip(0.2 + 0.6 * leaf + rng.normal(0, 0.15), 0.1, 0.95)),
                wetness=float(rng.normal(0, 1.0)),
                incidence=float(rng.uniform(31, 45)),
                noise=float(rng.uniform(-31, -27.5)),
                roofs=4 * rng.dirichlet(np.full(4, 3.0)),
            )
        )
    return cities


def draw_polygons(patches: int, cities: int, rng: np.random.Generator) -> list[Polygon]:
    """Polygons that hold exactly `class_counts(patches)` patches by label.

    A city has a class mix of its own. The label comes first; with probability 1 − `LABEL_CONFIDENCE` the polygon is in truth one
    of the classes that it is confused with: whole polygons are mislabelled, as by people, never single patches.
    """
    mix = rng.gamma(1.0, size=(cities, len(COUNTS))) + 0.02
    drawn: list[tuple[int, int, int, int, int]] = []
    for label, count in enumerate(class_counts(patches)):
        left, last = int(count), -1
        while left:
            rows, columns = (1, 1) if rng.random() < LONE else tuple(rng.integers(1, 5, size=2))
            number = min(int(rows * columns), left, max(1, -(-int(count) // 2)))
            city = _draw_city(mix[:, label], last, rng)
            drawn.append((label, _draw_truth(label, rng), int(city), int(columns), number))
            left, last = left - number, city
    sites = _sites(np.array([city for _, _, city, _, _ in drawn]), cities, rng)
    polygons = []
    for index, (label, zone, city, columns, number) in enumerate(drawn):
        cells = tuple((patch // columns, patch % columns) for patch in range(number))
        polygons.append(Polygon(index, city, label, zone, cells, *sites[index]))
    return polygons


def _draw_city(weights: np.ndarray, last: int, rng: np.random.Generator) -> int:
    """A city by weight, but not the one that the class was just drawn in: a class is not confined to one city."""
    weights = weights.copy()
    if last >= 0 and len(weights) > 1:
        weights[last] = 0
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _draw_truth(label: int, rng: np.random.Generator) -> int:
    others = partners(label)
    if others and rng.random() >= LABEL_CONFIDENCE:
        return int(others[rng.integers(len(others))])
    return label


def _sites(city: np.ndarray, cities: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """North-west corners of the polygons: sites on a square lattice in each city, shuffled, moved by up to 300 m; cities 100 km apart."""
    places: list[tuple[float, float]] = [(0.0, 0.0)] * len(city)
    for number in range(cities):
        members = np.flatnonzero(city == number)
        side = int(np.ceil(np.sqrt(max(len(members), 1))))
        spots = rng.permutation(side * side)[: len(members)]
        shift = 10 * rng.integers(0, 31, size=(len(members), 2))
        for member, spot, (dx, dy) in zip(members, spots, shift, strict=True):
            places[member] = (500_000 + 100_000 * number + SPACING * (spot % side) + dx, 5_000_000 - SPACING * (spot // side) - dy)
    return places
