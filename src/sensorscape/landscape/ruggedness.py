"""Ruggedness: the autocorrelation of the fitness along random walks, τ = 1/ρ̂(1); larger is more rugged.

Weinberger 1990; "Fitness Landscape Footprint" (arXiv 2111.01584). Paper: the biased estimator on the unsmoothed walk, several walks
averaged. Robust: walks centred each on its own mean, numerators and denominators pooled, and the interval of the AR(1) test inverted
(`autoregression`), because ρ̂ of 100 points has a standard error of about 0.1 and a bias of about -(1 + 4ρ)/n.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.autoregression import accepted
from sensorscape.landscape.bootstrap import generator, interval
from sensorscape.landscape.landscape import Floats, Graph, Landscape
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

WINDOW = 5
LEAST_POINTS = 3
MANY = 30  # walks from which on they are resampled instead of simulated


@dataclass(frozen=True)
class Autocorrelation:
    """ρ̂(1) and what follows from it.

    Attributes:
        estimate: ``walk``, ``paper``, ``robust``, ``exact`` or ``corrected``.
        walk: the number of the walk; None for the others.
        rho: value, interval, measured points, and the reason when undefined.
        missing: points of the walk(s) without a fitness.
        neighbourhood: of the steps.
    """

    budget: int
    estimate: str
    walk: int | None
    rho: Reading
    missing: int
    neighbourhood: str

    @property
    def tau(self) -> Reading:
        """1/ρ̂(1); undefined at and below 0; no upper end where the interval of ρ̂ reaches 0."""
        return reciprocal(self.rho)

    @property
    def length(self) -> float:
        """Correlation length -1/ln ρ̂(1) in steps; NaN outside 0 < ρ̂ < 1."""
        return float(-1 / np.log(self.rho.value)) if 0 < self.rho.value < 1 else NAN

    @property
    def bias(self) -> float:
        """Expected bias of ρ̂, about -(1 + 4ρ)/n; 0 where every cell is measured."""
        return NAN if not self.rho.defined or self.estimate == "exact" else -(1 + 4 * self.rho.value) / self.rho.n

    @property
    def white_noise(self) -> bool | None:
        """Whether the interval holds 0; None without an interval."""
        return None if np.isnan(self.rho.low) else bool(self.rho.low <= 0 <= self.rho.high)


def reciprocal(rho: Reading) -> Reading:
    """τ = 1/ρ̂ as a reading."""
    if not rho.defined:
        return rho
    if rho.value <= 0:
        return undefined(f"ρ̂(1) = {rho.value:.3g} is not above 0: 1/ρ̂ has no meaning", rho.n)
    low = 1 / rho.high if rho.high > 0 else NAN
    high = 1 / rho.low if rho.low > 0 else NAN
    note = "the interval of ρ̂(1) holds 0: not told from white noise, τ has no upper bound" if rho.low <= 0 <= rho.high else rho.note
    return Reading(1 / rho.value, low, high, rho.n, note=note)


def autocorrelation(values: Floats) -> float:
    """Biased ρ̂(1) = Σ(x_t - x̄)(x_{t+1} - x̄) / Σ(x_t - x̄)² of one walk (L,).

    Missing points (NaN) count in neither sum (statsmodels' ``missing="conservative"``); constant or shorter than 3: NaN.
    """
    top, bottom = sums(values)
    return top / bottom if bottom > 0 and np.count_nonzero(~np.isnan(values)) >= LEAST_POINTS else NAN


def sums(values: Floats) -> tuple[float, float]:
    """Numerator and denominator of `autocorrelation`, centred on the walk's own mean."""
    present = ~np.isnan(values)
    if not present.any() or np.ptp(values[present]) == 0:
        return 0.0, 0.0
    centred = np.where(present, values - values[present].mean(), 0.0)
    return float(centred[:-1] @ centred[1:]), float(centred @ centred)


def pooled(walks: Sequence[Floats]) -> float:
    """Σ numerators / Σ denominators over walks, each centred on its own mean; NaN when all are constant."""
    parts = np.array([sums(values) for values in walks if np.count_nonzero(~np.isnan(values)) >= LEAST_POINTS]).reshape(-1, 2)
    top, bottom = parts.sum(axis=0)
    return float(top / bottom) if bottom > 0 else NAN


def exact(fitness: Floats, graph: Graph) -> float:
    """ρ of the endless walk where every cell has a fitness: Σ_{(i,j)∈E} 2 f̃_i f̃_j / Σ_i deg_i f̃_i², f̃ centred on the degree-weighted
    mean.

    NaN without edges or when the fitness is constant on the cells that have neighbours.
    """
    degrees = graph.degrees
    if not degrees.sum():
        return NAN
    centred = fitness - degrees @ fitness / degrees.sum()
    bottom = degrees @ centred**2
    return float(centred[graph.sources] @ centred[graph.neighbours] / bottom) if bottom > 1e-300 else NAN


def smoothed(values: Floats, window: int = WINDOW) -> Floats:
    """Moving average of `window` points at its middle point, (L,); NaN at the ends and wherever a point is missing."""
    found = np.full(len(values), NAN)
    if len(values) >= window:
        half = window // 2
        found[half : len(values) - half] = np.convolve(values, np.ones(window) / window, mode="valid")
    return found


def ruggedness(landscape: Landscape) -> list[Autocorrelation]:
    """Every estimate at every budget: each walk, paper, robust, and exact in every neighbourhood whose cells are all measured.

    Budgets no walk point was trained to are undefined with that reason.
    """
    found = []
    for position, budget in enumerate(landscape.budgets):
        walks = [walk.fitness[:, position] for walk in landscape.walks]
        found += _of_walks(walks, budget, landscape.neighbourhood, absent(landscape))
        for name, graph in landscape.graphs.items():
            values = landscape.fitness[0, :, position]
            rho = exact(values, graph)
            reading = (
                Reading(rho, n=landscape.n, note="every cell is measured")
                if not np.isnan(rho)
                else undefined(_why_not(values, absent(landscape)), landscape.n)
            )
            found.append(Autocorrelation(budget, "exact", None, reading, 0, name))
    return found


def absent(landscape: Landscape) -> str:
    """Why no point of a landscape's walks has a value."""
    return "no point of the walk is in the table" if landscape.table else "no point of the walk was trained to this budget"


def _of_walks(walks: list[Floats], budget: int, neighbourhood: str, nothing_there: str) -> list[Autocorrelation]:
    if not walks:
        nothing = undefined("the study has no walk")
        return [Autocorrelation(budget, estimate, None, nothing, 0, neighbourhood) for estimate in ("paper", "robust")]
    singles = [
        Autocorrelation(budget, "walk", i, _reading([x], pooled([x]), nothing_there), _missing([x]), neighbourhood)
        for i, x in enumerate(walks)
    ]
    each = [single.rho.value for single in singles if single.rho.defined]
    mean = float(np.mean(each)) if each else NAN
    paper = _reading(walks, mean, nothing_there, averaged=True)
    robust = _reading(walks, pooled(walks), nothing_there)
    both = [
        Autocorrelation(budget, name, None, rho, _missing(walks), neighbourhood) for name, rho in (("paper", paper), ("robust", robust))
    ]
    return singles + both


def _reading(walks: list[Floats], value: float, nothing_there: str, *, averaged: bool = False) -> Reading:
    masks = [~np.isnan(walk) for walk in walks]
    n = int(sum(mask.sum() for mask in masks))
    if n >= LEAST_POINTS and (reason := scattered(walks)):
        return undefined(reason, n)
    if np.isnan(value):
        return undefined(_why_not(np.concatenate(walks), nothing_there), n)
    used = tuple(
        tuple(mask.tolist()) for mask, walk in zip(masks, walks, strict=True) if mask.sum() >= LEAST_POINTS and np.nanstd(walk) > 0
    )
    low, high = _over_walks(walks, averaged) if len(used) >= MANY else accepted(value, used, averaged=averaged and len(used) > 1)
    missing = sum(len(mask) for mask in masks) - n
    note = "the interval holds 0: not told from white noise" if low <= 0 <= high else ""
    if missing:
        note = f"{missing} of {missing + n} points missing" + (f"; {note}" if note else "")
    return Reading(value, low, high, n, 0.0, note=note)


def scattered(walks: Sequence[Floats]) -> str:
    """Why the measured points of walks lie too far apart for an autocorrelation; empty where at least half are the end of a whole step."""
    masks = [~np.isnan(walk) for walk in walks]
    n, steps = int(sum(mask.sum() for mask in masks)), sum(len(mask) - 1 for mask in masks)
    whole = int(sum((mask[1:] & mask[:-1]).sum() for mask in masks))
    if whole >= n / 2:
        return ""
    return f"{whole} of {steps} steps {'has' if whole == 1 else 'have'} both ends measured: too few for {n} points"


def _over_walks(walks: list[Floats], averaged: bool) -> tuple[float, float]:
    """Bootstrap interval over many walks, which start independently."""
    parts = np.array([sums(walk) for walk in walks])
    parts = parts[parts[:, 1] > 0]
    drawn = generator(0, "walks", len(parts)).integers(0, len(parts), (1000, len(parts)))
    if averaged:
        low, high = interval((parts[:, 0] / parts[:, 1])[drawn].mean(axis=1))
    else:
        low, high = interval(parts[drawn, 0].sum(axis=1) / parts[drawn, 1].sum(axis=1))
    return float(low), float(high)


def _missing(walks: list[Floats]) -> int:
    return int(sum(np.isnan(walk).sum() for walk in walks))


def _why_not(values: Floats, nothing_there: str) -> str:
    present = values[~np.isnan(values)]
    if not len(present):
        return nothing_there
    return too_few(len(present), LEAST_POINTS, "points of the walk") or "the fitness is constant"


def random_walks(graph: Graph, starts: NDArray[np.integer], length: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Simple random walks, (walks, length) positions: each step uniform over the neighbours; an isolated start stays.

    Args:
        graph: the neighbourhood.
        starts: (walks,) positions.
        length: points of each walk, the start included.
        rng: where the steps come from.
    """
    path = np.empty((len(starts), length), dtype=np.int32)
    path[:, 0] = starts
    for step in range(1, length):
        here = path[:, step - 1]
        degree = graph.degrees_of(here)
        choice = graph.first[here] + (rng.random(len(here)) * degree).astype(np.int64)
        path[:, step] = np.where(degree > 0, graph.neighbours[np.minimum(choice, len(graph.neighbours) - 1)], here)
    return path
