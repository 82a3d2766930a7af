"""Random walks on a neighbourhood.

Source: Traoré et al., Section 3 (walks, autocorrelation). A simple walk visits cells in proportion to their degree;
Metropolis–Hastings steps make the visits uniform over the component.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells.neighbourhoods import Neighbourhood
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError


@dataclass(frozen=True)
class Walk:
    """One random walk.

    Attributes:
        rows: (length,) rows of the space, in order; cells may come again.
        redrawn: isolated starts that were drawn again.
        stayed: Metropolis–Hastings steps that were refused, so that the cell counts once more.
    """

    rows: NDArray[np.int64]
    redrawn: int
    stayed: int


def random_walk(neighbourhood: Neighbourhood, length: int, seed: tuple[int, int], *, step: str = "uniform", start: str = "redraw") -> Walk:
    """Walk from a cell drawn uniformly over S, each step to a neighbour drawn uniformly.

    Args:
        neighbourhood: of any kind.
        length: points of the walk, the start included; at least 1.
        seed: of the study and number of the walk: walks do not depend on how many others there are.
        step: ``uniform`` takes every step; ``metropolis-hastings`` takes it with probability min(1, deg(here)/deg(there)).
        start: an isolated start is drawn again (``redraw``) or an error (``refuse``).

    Raises:
        SensorscapeError: when the start is isolated and `start` is ``refuse``.
    """
    rng = np.random.default_rng(seed)
    degrees = neighbourhood.degrees
    here, redrawn = int(rng.integers(len(degrees))), 0
    while degrees[here] == 0:
        if start == "refuse":
            raise SensorscapeError(
                f"walk {seed[1]} would start on {space().cell(here).hash}, which has no neighbour in `{neighbourhood.name}`",
                "set walk.start to redraw, or another walk.seed or walk.neighbourhood",
            )
        here, redrawn = int(rng.integers(len(degrees))), redrawn + 1
    rows, stayed = [here], 0
    while len(rows) < length:
        there = int(rng.choice(neighbourhood.of(here)))
        if step == "metropolis-hastings" and rng.random() * degrees[there] >= degrees[here]:
            stayed += 1
        else:
            here = there
        rows.append(here)
    return Walk(np.array(rows, dtype=np.int64), redrawn, stayed)
