"""Maximum-likelihood fits of the three families of two parameters, for one sample or thousands at once.

Beta on (0, 1); Weibull and Log-normal on (0, ∞) with location 0. Samples lie along the last axis, parameters come back along a new last
axis; all work on sums of logarithms, so that a bootstrap is a handful of Newton steps on whole arrays.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensorscape.landscape.landscape import Floats

FAMILIES = ("beta", "weibull", "log-normal")
STEPS = 100
TOLERANCE = 1e-8  # of a Newton step: what is left after it is below rounding


def fit(family: str, samples: Floats) -> Floats:
    """Maximum-likelihood parameters, (…, n) → (…, 2): beta (a, b), weibull (shape, scale), log-normal (mean and sd of the logarithm).

    NaN where a sample is constant (the likelihood has no maximum) or leaves the support.
    """
    with np.errstate(all="ignore"):
        constant = np.ptp(samples, axis=-1) <= 0
        off = (samples <= 0).any(axis=-1) | ((samples >= 1).any(axis=-1) if family == "beta" else False)
        safe = np.where((constant | off)[..., None], np.linspace(0.3, 0.6, samples.shape[-1]), samples)
        if samples.shape[-1] < 2:
            return np.full((*samples.shape[:-1], 2), np.nan)
        found = {"beta": _beta, "weibull": _weibull, "log-normal": _log_normal}[family](safe)
    return np.where((constant | off)[..., None], np.nan, found)


def log_density(family: str, x: Floats, parameters: Floats) -> Floats:
    """Logarithm of the density at x (…, n), parameters (…, 2); minus infinity off the support."""
    first, second = parameters[..., 0, None], parameters[..., 1, None]
    with np.errstate(all="ignore"):
        if family == "beta":
            inside = (x > 0) & (x < 1)
            logs = (first - 1) * np.log(x) + (second - 1) * np.log1p(-x) - special.betaln(first, second)
        else:
            inside = x > 0
            if family == "weibull":
                scaled = np.log(x) - np.log(second)
                logs = np.log(first / second) + (first - 1) * scaled - np.exp(first * scaled)
            else:
                logs = -np.log(x * second * np.sqrt(2 * np.pi)) - (np.log(x) - first) ** 2 / (2 * second**2)
    return np.where(inside, logs, -np.inf)


def cumulative(family: str, x: Floats, parameters: Floats) -> Floats:
    """Distribution function at x (…, n); 0 below and 1 above the support."""
    first, second = parameters[..., 0, None], parameters[..., 1, None]
    with np.errstate(all="ignore"):
        if family == "beta":
            return np.asarray(special.betainc(first, second, np.clip(x, 0, 1)))
        positive = np.maximum(x, 0)
        if family == "weibull":
            return np.asarray(-np.expm1(-((positive / second) ** first)))
        return np.asarray(np.where(x > 0, special.ndtr((np.log(np.where(x > 0, x, 1)) - first) / second), 0.0))


def draw(family: str, parameters: Floats, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Random numbers of one distribution, parameters (2,)."""
    first, second = float(parameters[0]), float(parameters[1])
    if family == "beta":
        return np.clip(rng.beta(first, second, shape), 1e-300, 1 - 1e-16)
    if family == "weibull":
        return np.maximum(second * rng.weibull(first, shape), 1e-300)
    return np.asarray(rng.lognormal(first, second, shape))


def _log_normal(samples: Floats) -> Floats:
    logs = np.log(samples)
    return np.stack([logs.mean(axis=-1), logs.std(axis=-1)], axis=-1)


def _weibull(samples: Floats) -> Floats:
    """Newton on the profile equation Σ x^k ln x / Σ x^k - 1/k = mean ln x."""
    logs = np.log(samples)
    logs_max = logs.max(axis=-1, keepdims=True)
    centred, mean = logs - logs_max, (logs - logs_max).mean(axis=-1)
    shape = 1.2825498301618641 / logs.std(axis=-1)  # π/√6: the moment estimate
    for _ in range(STEPS):
        powers = np.exp(shape[..., None] * centred)
        zero = powers.sum(axis=-1)
        one = np.einsum("...i,...i->...", powers, centred) / zero
        two = np.einsum("...i,...i,...i->...", powers, centred, centred) / zero
        step = (one - 1 / shape - mean) / (two - one * one + 1 / shape**2)
        shape = np.maximum(shape - step, shape / 2)
        if np.max(np.abs(step) / shape) < TOLERANCE:
            break
    powers = np.exp(shape[..., None] * centred)
    scale = np.exp(logs_max[..., 0]) * powers.mean(axis=-1) ** (1 / shape)
    return np.stack([shape, scale], axis=-1)


def _beta(samples: Floats) -> Floats:
    """Newton on ψ(a) - ψ(a + b) = mean ln x, ψ(b) - ψ(a + b) = mean ln(1 - x), in ln a and ln b."""
    one, two = np.log(samples).mean(axis=-1), np.log1p(-samples).mean(axis=-1)
    mean, variance = samples.mean(axis=-1), samples.var(axis=-1)
    total = np.maximum(mean * (1 - mean) / variance - 1, 0.1)
    logs = np.stack([np.log(mean * total), np.log((1 - mean) * total)], axis=-1)
    for _ in range(STEPS):
        a, b = np.exp(logs[..., 0]), np.exp(logs[..., 1])
        shared, slope = special.digamma(a + b), _trigamma(a + b)
        left, right = special.digamma(a) - shared - one, special.digamma(b) - shared - two
        aa, bb, ab = (_trigamma(a) - slope) * a, (_trigamma(b) - slope) * b, -slope
        # columns of the Jacobian in ln a, ln b: [aa, ab·b; ab·a, bb]
        determinant = aa * bb - ab * ab * a * b
        step = np.stack([(bb * left - ab * b * right) / determinant, (aa * right - ab * a * left) / determinant], axis=-1)
        logs = logs - np.clip(step, -1, 1)
        if np.max(np.abs(step)) < TOLERANCE:
            break
    return np.asarray(np.exp(logs))


def _trigamma(x: NDArray[np.float64]) -> Floats:
    """ψ'(x) for x > 0 by its asymptotic series beyond 6, to ten digits: a tenth of the time of `scipy.special.polygamma`."""
    found, y = np.zeros_like(x), x
    for _ in range(6):
        found, y = found + 1 / (y * y), y + 1
    z = 1 / (y * y)
    return np.asarray(found + (1 + 1 / (2 * y) + z * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z * (1 / 30 - z * 5 / 66))))) / y)
