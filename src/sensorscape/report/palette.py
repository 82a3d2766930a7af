"""One look per sensor, the same in every figure: colour, marker and dash.

Colours are Okabe and Ito's, which people with any of the common colour-vision deficiencies tell apart; every sensor also has
a marker and a dash of its own, so that a black-and-white print stays readable. s1 is blue, s2 amber and fusion green, as in
the paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

S1, S2, FUSION = "#0072B2", "#E69F00", "#009E73"
_NAMED = {"s1": (S1, "o", "-"), "s2": (S2, "s", (0, (5, 1.5))), "fusion": (FUSION, "^", (0, (6, 1.5, 1.5, 1.5)))}
_FURTHER = (
    ("#CC79A7", "D", (0, (1.5, 1.2))),
    ("#D55E00", "v", (0, (3, 1.2))),
    ("#56B4E9", "P", (0, (8, 2))),
    ("#5D4A9C", "X", (0, (4, 1, 1, 1, 1, 1))),
    ("#7A7A2A", "<", (0, (2, 2))),
    ("#882255", ">", (0, (7, 1, 3, 1))),
    ("#4D4D4D", "h", (0, (1, 2))),
)


@dataclass(frozen=True)
class Look:
    """The colour, marker and dash of one sensor."""

    colour: str
    marker: str
    dash: Any


class Palette:
    """Looks by sensor name.

    Args:
        names: every sensor that the project defines, in the order of params.yaml, whether this study uses it or not: a sensor
            then keeps its colour when a variant leaves another one out.

    s1, s2 and fusion have the paper's colours; the others take theirs from a colour-blind-safe cycle of seven in the order of
    `names`. A name that was not announced is placed after the last one.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._looks: dict[str, Look] = {}
        self._others = 0
        for name in names:
            self[name]

    def __getitem__(self, name: str) -> Look:
        if name not in self._looks:
            if name in _NAMED:
                self._looks[name] = Look(*_NAMED[name])
            else:
                self._looks[name] = Look(*_FURTHER[self._others % len(_FURTHER)])
                self._others += 1
        return self._looks[name]

    def colour(self, name: str) -> str:
        """The sensor's colour as #RRGGBB."""
        return self[name].colour

    def as_mapping(self) -> Mapping[str, str]:
        """Colour by sensor name, for the page's style sheet."""
        return {name: look.colour for name, look in self._looks.items()}
