"""The structure of the seventeen Local Climate Zones: what a class is, before any sensor looks at it.

Building, impervious and pervious fractions, heights and aspect ratios are the ranges of Stewart and Oke, "Local Climate Zones for
urban temperature studies", Bull. Amer. Meteor. Soc. 93 (2012), Table 3 (and 4 for the covers). What fills the pervious part, the roofs
and the side of a footprint is not tabulated there: assumed, after the pictures and descriptions of its datasheets.
"""

from dataclasses import dataclass

COUNTS = (5068, 24431, 31693, 8651, 16493, 35290, 3269, 39326, 13584, 11954, 42902, 9514, 9165, 41377, 2392, 7898, 49359)
"""Patches per class of So2Sat's training file (Zhu et al., IEEE GRSM 2020)."""

LABEL_CONFIDENCE = 0.85
"""Overall confidence of So2Sat's labels by ten experts' votes (Zhu et al. 2020): the rest is drawn from `CONFUSABLE`, per polygon."""

CONFUSABLE = ((0, 1, 2), (3, 4, 5), (5, 8), (10, 11), (12, 13))
"""Classes that are taken for one another: 1–2–3, 4–5–6, 6–9, 11–12, 13–14 (A–B, C–D)."""

Range = tuple[float, float]


@dataclass(frozen=True)
class Zone:
    """Structure of one Local Climate Zone.

    Attributes:
        name: as So2Sat lists it.
        building, impervious: fractions of the ground, lowest and highest (Stewart and Oke 2012, Table 3).
        height: of buildings in metres; aspect: height to width of the street canyon (same table; 0 where there are no canyons).
        pervious: what the rest consists of, relative weights (assumed).
        roofs: relative weights of tile, bitumen, concrete and metal (assumed).
        footprint: typical side of a building in metres (assumed).
        paved_bright: share of concrete or stone in the paved ground (assumed).
    """

    name: str
    building: Range
    impervious: Range
    height: Range
    aspect: Range
    pervious: dict[str, float]
    roofs: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    footprint: float = 12.0
    paved_bright: float = 0.4


_GARDEN = {"trees": 0.40, "green": 0.35, "dry": 0.10, "soil": 0.15}
ZONES: tuple[Zone, ...] = (
    Zone("Compact high-rise", (0.40, 0.60), (0.40, 0.60), (25, 80), (2.0, 3.0), _GARDEN, (0.3, 1.5, 2.0, 0.4), 30),
    Zone("Compact mid-rise", (0.40, 0.70), (0.30, 0.50), (10, 25), (0.75, 2.0), _GARDEN, (1.5, 1.5, 1.2, 0.3), 24),
    Zone("Compact low-rise", (0.40, 0.70), (0.20, 0.50), (3, 10), (0.75, 1.5), _GARDEN, (2.0, 1.0, 1.2, 0.5), 12),
    Zone("Open high-rise", (0.20, 0.40), (0.30, 0.40), (25, 60), (0.75, 1.25), _GARDEN, (0.3, 1.5, 2.0, 0.3), 32),
    Zone("Open mid-rise", (0.20, 0.40), (0.30, 0.50), (10, 25), (0.3, 0.75), _GARDEN, (1.0, 1.5, 1.5, 0.3), 24),
    Zone("Open low-rise", (0.20, 0.40), (0.20, 0.50), (3, 10), (0.3, 0.75), _GARDEN, (2.0, 1.2, 0.6, 0.3), 12),
    Zone(
        "Lightweight low-rise",
        (0.60, 0.90),
        (0.00, 0.20),
        (2, 4),
        (1.0, 2.0),
        {"trees": 0.1, "green": 0.15, "dry": 0.15, "soil": 0.6},
        (0.3, 0.5, 0.5, 2.5),
        8,
    ),
    Zone(
        "Large low-rise",
        (0.30, 0.50),
        (0.40, 0.50),
        (3, 10),
        (0.1, 0.3),
        {"trees": 0.15, "green": 0.4, "dry": 0.2, "soil": 0.25},
        (0.2, 1.2, 1.2, 2.0),
        60,
    ),
    Zone(
        "Sparsely built",
        (0.10, 0.20),
        (0.00, 0.20),
        (3, 10),
        (0.1, 0.25),
        {"trees": 0.4, "green": 0.4, "dry": 0.15, "soil": 0.05},
        (2, 1, 0.6, 0.4),
        12,
    ),
    Zone(
        "Heavy industry",
        (0.20, 0.30),
        (0.20, 0.40),
        (5, 15),
        (0.2, 0.5),
        {"trees": 0.05, "green": 0.2, "dry": 0.25, "soil": 0.5},
        (0.1, 1.2, 1.0, 2.5),
        45,
    ),
    Zone("Dense trees", (0.0, 0.1), (0.0, 0.1), (3, 10), (0, 0), {"trees": 0.92, "green": 0.05, "shrub": 0.03}),
    Zone("Scattered trees", (0.0, 0.1), (0.0, 0.1), (3, 10), (0, 0), {"trees": 0.35, "green": 0.35, "dry": 0.2, "shrub": 0.1}),
    Zone("Bush, scrub", (0.0, 0.1), (0.0, 0.1), (3, 10), (0, 0), {"shrub": 0.55, "dry": 0.25, "soil": 0.15, "trees": 0.05}),
    Zone("Low plants", (0.0, 0.1), (0.0, 0.1), (3, 10), (0, 0), {"green": 0.6, "dry": 0.25, "soil": 0.12, "trees": 0.03}),
    Zone("Bare rock or paved", (0.0, 0.1), (0.45, 0.95), (3, 10), (0, 0), {"rock": 0.8, "soil": 0.15, "dry": 0.05}),
    Zone("Bare soil or sand", (0.0, 0.1), (0.0, 0.1), (3, 10), (0, 0), {"soil": 0.65, "sand": 0.25, "dry": 0.1}),
    Zone("Water", (0.0, 0.0), (0.0, 0.0), (0, 0), (0, 0), {"water": 1.0}),
)
"""In So2Sat's order. Two departures from Table 3: rock is a cover of its own, so that zone E's "impervious above 90 %" is shared with it;
water polygons lie inside the water (assumed)."""


def partners(label: int) -> tuple[int, ...]:
    """The classes that `label` may be taken for, ascending; none for a class outside `CONFUSABLE`."""
    return tuple(sorted({other for group in CONFUSABLE if label in group for other in group} - {label}))
