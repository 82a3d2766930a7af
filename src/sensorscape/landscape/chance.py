"""What persistence would be without persistence: independent rankings, and a Gaussian copula with the observed rank correlations.

Independence is the wrong null for evaluations of one run, which are correlated by construction; the copula holds everything that the
rank correlations already say, so a P inside its band adds nothing to them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from sensorscape.landscape.landscape import Floats

EXACT_TO = 300
COPULA_LIMIT = 20_000_000
Z = 1.959963984540054


@dataclass(frozen=True)
class Chance:
    """Expected P(N) and its 95 % range in percent, arrays (B - 1, N) for the first 2, 3, … budgets."""

    mean: Floats
    low: Floats
    high: Floats


def independence(n: int, sizes: NDArray[np.int64]) -> Chance:
    """P under independent rankings: (Π k_b/n over the later budgets), with the exact law up to n = 300.

    Args:
        n: models.
        sizes: (B, N) models in the set of each budget at each N.

    The size of an intersection with a random k-subset is hypergeometric, chained over the budgets; beyond n = 300 its mean and variance
    are chained and the range is normal. Empty first sets give NaN.
    """
    budgets, points = sizes.shape
    mean, low, high = (np.full((budgets - 1, points), np.nan) for _ in range(3))
    for column in range(points):
        first = int(sizes[0, column])
        if not first:
            continue
        for row, (average, bottom, top) in enumerate(_chain(n, tuple(int(size) for size in sizes[:, column]))):
            mean[row, column], low[row, column], high[row, column] = 100 * average / first, 100 * bottom / first, 100 * top / first
    return Chance(mean, low, high)


@lru_cache(maxsize=4096)
def _chain(n: int, sizes: tuple[int, ...]) -> tuple[tuple[float, float, float], ...]:
    return _exact_chain(n, sizes) if n <= EXACT_TO else _normal_chain(n, sizes)


def _exact_chain(n: int, sizes: tuple[int, ...]) -> tuple[tuple[float, float, float], ...]:
    law = np.zeros(sizes[0] + 1)
    law[sizes[0]] = 1.0
    values = np.arange(sizes[0] + 1)
    found = []
    for size in sizes[1:]:
        law = law @ _hypergeometric(n, size, sizes[0])
        cumulated = np.minimum(law.cumsum(), 1.0)
        low, high = (int(np.searchsorted(cumulated, share - 1e-12)) for share in (0.025, 0.975))
        found.append((float(law @ values), float(low), float(min(high, sizes[0]))))
    return tuple(found)


@lru_cache(maxsize=4096)
def _hypergeometric(n: int, size: int, most: int) -> Floats:
    """(most + 1, most + 1): probability that a random `size`-subset of n holds j of i marked ones."""
    i, j = np.meshgrid(np.arange(most + 1), np.arange(most + 1), indexing="ij")
    possible = (j <= i) & (j <= size) & (size - j <= n - i)
    with np.errstate(invalid="ignore"):
        logs = _choose(i, j) + _choose(n - i, size - j) - _choose(n, size)
    return np.where(possible, np.exp(np.where(possible, logs, -np.inf)), 0.0)


def _choose(top: NDArray[np.int64] | int, bottom: NDArray[np.int64] | int) -> Floats:
    rest = np.asarray(top) - bottom
    return np.asarray(gammaln(np.asarray(top) + 1.0) - gammaln(np.maximum(bottom, 0) + 1.0) - gammaln(np.maximum(rest, 0) + 1.0))


def _normal_chain(n: int, sizes: tuple[int, ...]) -> tuple[tuple[float, float, float], ...]:
    mean, variance = float(sizes[0]), 0.0
    found = []
    for size in sizes[1:]:
        share = size / n
        within = share * (1 - share) * (n * mean - variance - mean * mean) / (n - 1)
        mean, variance = mean * share, share * share * variance + within
        spread = Z * max(variance, 0.0) ** 0.5
        found.append((mean, max(mean - spread, 0.0), min(mean + spread, float(sizes[0]))))
    return tuple(found)


def copula_samples(spearman: Floats, n: int, count: int, rng: np.random.Generator) -> list[Floats]:
    """Samples (k, n, B) of a Gaussian copula with Pearson correlations 2 sin(π ρ_S / 6), in slabs of bounded memory.

    Args:
        spearman: (B, B) rank correlations; where the converted matrix is not positive semi-definite its nearest eigenvalue cut is used.
        n: models of each sample.
        count: samples wanted; fewer (at least 20) where n is so large that chance hardly moves P.
    """
    root = copula_root(spearman)
    budgets = len(spearman)
    count = min(count, max(20, COPULA_LIMIT // (n * budgets)))
    step = max(1, 1_000_000 // (n * budgets))
    return [rng.standard_normal((min(step, count - start), n, budgets)) @ root.T for start in range(0, count, step)]


def copula_root(spearman: Floats) -> Floats:
    """(B, B) by which independent standard normal rows are multiplied (transposed) to get the copula's; see `copula_samples`."""
    values, vectors = np.linalg.eigh(2 * np.sin(np.pi * spearman / 6))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    lengths = np.sqrt((root**2).sum(axis=1, keepdims=True))
    return np.asarray(root / lengths)
