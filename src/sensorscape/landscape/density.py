"""Density of the fitness: fits of Beta, Weibull and Log-normal with their tests, histogram and kernel density (Figures 3-5, Tables 1-3).

"Fitness Landscape Footprint" (arXiv 2111.01584), density of states. Robust companions: Anderson-Darling and Kolmogorov-Smirnov with
p-values from a parametric bootstrap (the parameters are fitted, so table values do not hold), Vuong's test between fits (Vuong 1989),
bootstrap shares of the winner.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from sensorscape.landscape.bootstrap import draw_cells, exceedance, generator, replicates
from sensorscape.landscape.families import FAMILIES, cumulative, draw, fit, log_density
from sensorscape.landscape.landscape import Floats, Landscape
from sensorscape.landscape.reading import NAN, too_few

PARAMETERS = 2
LEAST = 3
GOODNESS_LIMIT = 2_000_000  # models of all bootstrap samples together
GOODNESS_WORK = 100_000  # from which on samples are saved, down to the replicates that are enough
ENOUGH_REPLICATES = 199
LEAST_REPLICATES = 99
GRID = 201
BINNED_FROM = 5_000


@dataclass(frozen=True)
class Fit:
    """One family on one set of points; NaN where undefined, with the reason (of the fit, or of the missing p-values)."""

    budget: int
    points: str
    family: str
    n: int
    first: float = NAN
    second: float = NAN
    log_likelihood: float = NAN
    aic: float = NAN
    bic: float = NAN
    best: bool = False
    winner_share: float = NAN
    anderson_darling: float = NAN
    anderson_darling_p: float = NAN
    kolmogorov_smirnov: float = NAN
    kolmogorov_smirnov_p: float = NAN
    reason: str = ""

    @property
    def parameters(self) -> Floats:
        """(2,) parameters."""
        return np.array([self.first, self.second])


@dataclass(frozen=True)
class Vuong:
    """Vuong's test of two fits on the same points: positive when the first is closer to the data."""

    budget: int
    points: str
    first: str
    second: str
    n: int
    statistic: float
    p: float
    reason: str = ""


@dataclass(frozen=True)
class Density:
    """All fits and comparisons at one budget, and the fitness they describe, sorted."""

    budget: int
    fitness: Floats
    fits: list[Fit]
    vuong: list[Vuong]

    @property
    def drawn(self) -> list[Fit]:
        """The fits to draw: those of all points, of the inner points where all have none."""
        whole = [one for one in self.fits if one.points == "all" and not math.isnan(one.aic)]
        return whole + [one for one in self.fits if one.points == "inner" and one.family not in {fitted.family for fitted in whole}]


def densities(landscape: Landscape, *, count: int, seed: int) -> list[Density]:
    """`Density` at every budget: fits of all points and, where some lie at or beyond 0 or 1, of the inner points apart."""
    found = []
    for budget in landscape.budgets:
        values = np.sort(landscape.measured(budget)[1])
        inner = values[(values > 0) & (values < 1)]
        rng = generator(seed, landscape.name, "density", budget)
        fits, tests = _fits(values, budget, "all", count, rng)
        if len(inner) < len(values):
            more, more_tests = _fits(inner, budget, "inner", count, rng)
            fits, tests = fits + more, tests + more_tests
        found.append(Density(budget, values, fits, tests))
    return found


def _fits(values: Floats, budget: int, points: str, count: int, rng: np.random.Generator) -> tuple[list[Fit], list[Vuong]]:
    n = len(values)
    reason = too_few(n, LEAST) or ("all fitness values are equal: the likelihood has no maximum" if np.ptp(values) == 0 else "")
    if reason:
        return [Fit(budget, points, family, n, reason=reason) for family in FAMILIES], []
    shares = _winner_shares(values, count, rng)
    found = []
    for family in FAMILIES:
        parameters = fit(family, values)
        if np.isnan(parameters).any():
            found.append(Fit(budget, points, family, n, reason=_off(values, family)))
            continue
        likelihood = float(log_density(family, values, parameters).sum())
        found.append(_tested(values, budget, points, family, parameters, likelihood, shares[family], count, rng))
    best = min((one.aic for one in found if not math.isnan(one.aic)), default=NAN)
    fits = [Fit(**{**vars(one), "best": one.aic == best}) for one in found]
    return fits, [_vuong(values, one, two) for i, one in enumerate(fits) for two in fits[i + 1 :]]


def _tested(
    values: Floats,
    budget: int,
    points: str,
    family: str,
    parameters: Floats,
    likelihood: float,
    share: float,
    count: int,
    rng: np.random.Generator,
) -> Fit:
    n = len(values)
    a, d = statistics(cumulative(family, values, parameters))
    a_p, d_p, reason = goodness(values, family, parameters, count, rng)
    aic, bic = 2 * PARAMETERS - 2 * likelihood, PARAMETERS * math.log(n) - 2 * likelihood
    first, second = float(parameters[0]), float(parameters[1])
    return Fit(budget, points, family, n, first, second, likelihood, aic, bic, False, share, a, a_p, d, d_p, reason)


def statistics(probabilities: Floats) -> tuple[float, float]:
    """Anderson-Darling A² and Kolmogorov-Smirnov D of sorted probabilities F(x_(i)), (n,)."""
    a, d = _statistics(probabilities[None])
    return float(a[0]), float(d[0])


def _statistics(probabilities: Floats) -> tuple[Floats, Floats]:
    n = probabilities.shape[-1]
    i = np.arange(1, n + 1)
    clipped = np.clip(probabilities, 1e-300, 1 - 1e-16)
    a = -n - ((2 * i - 1) * (np.log(clipped) + np.log1p(-clipped[..., ::-1]))).mean(axis=-1)
    d = np.maximum(i / n - probabilities, probabilities - (i - 1) / n).max(axis=-1)
    return a, d


def goodness(values: Floats, family: str, parameters: Floats, count: int, rng: np.random.Generator) -> tuple[float, float, str]:
    """Parametric-bootstrap p of A² and D: samples of the fit, each fitted anew; undefined where n affords fewer than 99 samples.

    `count` samples up to 100 models, fewer beyond (199 from 500 on), so a p of 0.05 is known to about 0.03 there.
    """
    n = len(values)
    count = _affordable(count, n)
    if count < LEAST_REPLICATES:
        return NAN, NAN, f"n = {n:,}: the p-values of the fit are not simulated beyond {GOODNESS_LIMIT // LEAST_REPLICATES:,} models"
    observed = statistics(cumulative(family, values, parameters))
    samples = np.sort(draw(family, parameters, (count, n), rng), axis=-1)
    null = _statistics(cumulative(family, samples, fit(family, samples)))
    return exceedance(observed[0], null[0]), exceedance(observed[1], null[1]), ""


def _affordable(count: int, n: int) -> int:
    """Samples of n models to draw where `count` are wanted: all to 100 models, fewer beyond, none where not even 99 can be had."""
    return min(count, max(GOODNESS_WORK // n, ENOUGH_REPLICATES), GOODNESS_LIMIT // n)


def _winner_shares(values: Floats, count: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of bootstrap samples in which each family has the smallest AIC; NaN for families off the support or at very large n."""
    n = len(values)
    families = [family for family in FAMILIES if not _off(values, family)]
    if len(families) < 2 or n > GOODNESS_LIMIT // LEAST_REPLICATES:
        return dict.fromkeys(FAMILIES, NAN)
    samples = values[draw_cells(n, min(replicates(count, n), _affordable(count, n)), rng)]
    samples = samples[np.ptp(samples, axis=-1) > 0]
    if not len(samples):
        return dict.fromkeys(FAMILIES, NAN)
    likelihoods = np.stack([log_density(family, samples, fit(family, samples)).sum(axis=-1) for family in families])
    wins = np.bincount(likelihoods.argmax(axis=0), minlength=len(families)) / len(samples)
    return dict.fromkeys(FAMILIES, NAN) | dict(zip(families, wins.tolist(), strict=True))


def _off(values: Floats, family: str) -> str:
    outside = int((values <= 0).sum() + ((values >= 1).sum() if family == "beta" else 0))
    if not outside:
        return ""
    support = "(0, 1)" if family == "beta" else "(0, ∞)"
    return f"{outside} of {len(values)} models {'lies' if outside == 1 else 'lie'} off the support {support}: log-likelihood -∞"


def _vuong(values: Floats, one: Fit, two: Fit) -> Vuong:
    reason = one.reason if math.isnan(one.aic) else two.reason if math.isnan(two.aic) else ""
    if math.isnan(one.aic) or math.isnan(two.aic):
        return Vuong(one.budget, one.points, one.family, two.family, one.n, NAN, NAN, reason)
    ratio = log_density(one.family, values, one.parameters) - log_density(two.family, values, two.parameters)
    spread = ratio.std()
    if spread < 1e-12:
        return Vuong(one.budget, one.points, one.family, two.family, one.n, NAN, NAN, "the two fits do not differ on these points")
    statistic = float(ratio.sum() / (math.sqrt(len(values)) * spread))
    return Vuong(one.budget, one.points, one.family, two.family, one.n, statistic, float(2 * special.ndtr(-abs(statistic))))


def bounds(values: Floats) -> tuple[float, float]:
    """The boundaries of a fitness: 0 … 1, or -1 … 1 when a kappa is negative, or the data's own range beyond."""
    low = 0.0 if values[0] >= 0 else -1.0
    return min(low, float(values[0])), max(1.0, float(values[-1]))


def kernel(values: Floats, grid: Floats, low: float, high: float) -> Floats:
    """Gaussian kernel density on `grid`, Scott's bandwidth, reflected at `low` and `high`; zeros when all values are equal.

    Beyond 5,000 values they are binned to a twentieth of the bandwidth first.
    """
    n = len(values)
    width = float(values.std(ddof=1)) * n ** (-1 / 5) if n > 1 else 0.0
    if width == 0:
        return np.zeros(len(grid))
    points, weights = values, np.full(n, 1 / n)
    if n > BINNED_FROM:
        places, sizes = np.unique(np.round(values / (width / 20)), return_counts=True)
        points, weights = places * (width / 20), sizes / n
    mirrored = np.concatenate([points, 2 * low - points, 2 * high - points])
    scaled = (grid[:, None] - mirrored[None]) / width
    return np.asarray(np.exp(-0.5 * scaled**2) @ np.tile(weights, 3) / (width * math.sqrt(2 * math.pi)))


def kernel_cumulative(values: Floats, grid: Floats, low: float, high: float) -> Floats:
    """The distribution function of `kernel`: its trapezoid sums, ending at 1."""
    density = kernel(values, grid, low, high)
    steps = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return np.asarray(steps / steps[-1]) if steps[-1] > 0 else steps


def grid_of(values: Floats) -> Floats:
    """201 fitness values over the range of the data and a tenth beyond, within `bounds`."""
    low, high = bounds(values)
    margin = max(0.1 * float(np.ptp(values)), 0.02)
    return np.linspace(max(low, float(values[0]) - margin), min(high, float(values[-1]) + margin), GRID)


def histogram(values: Floats) -> tuple[Floats, np.ndarray]:
    """Bin edges and counts: Freedman-Diaconis between 5 and 40 bins (at most n), equal widths over the data's range."""
    if np.ptp(values) == 0:
        edges = np.array([values[0] - 0.005, values[0] + 0.005])
        return edges, np.array([len(values)])
    quartiles = np.percentile(values, [25, 75])
    width = 2 * (quartiles[1] - quartiles[0]) / len(values) ** (1 / 3)
    bins = int(np.ceil(np.ptp(values) / width)) if width > 0 else 10
    counts, edges = np.histogram(values, bins=min(max(bins, 5), 40))
    return edges, counts
