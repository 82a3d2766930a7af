"""Landscapes by hand and by simulation for the tests of the measures."""

import numpy as np
import pytest

from sensorscape.landscape.landscape import Graph, Landscape, Walk
from sensorscape.landscape.settings import Settings


def names(n, first=0):
    return np.array([f"{i:032x}" for i in range(first, first + n)])


@pytest.fixture
def make():
    """Makes a landscape: fitness (n, B) or (S, n, B), random codes, optional walks."""

    def make_one(fitness, budgets=None, *, name="s1", first=0, walks=(), code=True, **more):
        values = np.asarray(fitness, dtype=float)
        values = values[None] if values.ndim == 2 else values
        n = values.shape[1]
        bits = np.random.default_rng(99).integers(0, 2**16, (n, 1)).astype(np.uint64)
        return Landscape(
            name=name,
            budgets=tuple(budgets or (4, 12, 36, 108)[: values.shape[2]]),
            cells=names(n, first),
            fitness=values,
            code=bits if code else None,
            walks=tuple(walks),
            **more,
        )

    return make_one


@pytest.fixture
def sample(make):
    """A sample of n cells over four correlated budgets with a walk of 60 points to the third budget."""

    def sample_one(n=40, seed=0, *, name="s1", shift=0.0, seeds=1, noise=0.02, **more):
        rng = np.random.default_rng(seed)
        quality = 0.5 + 0.08 * np.random.default_rng(7).standard_normal(n) + shift
        runs = [quality[:, None] + np.array([0.0, 0.05, 0.1, 0.12]) + noise * rng.standard_normal((n, 4)) for _ in range(seeds)]
        points = np.random.default_rng(8).integers(0, max(n, 1), 60)
        walk = np.full((60, 4), np.nan)
        walk[:, :3] = np.clip(runs[0], 0.01, 0.99)[points][:, :3] if n else np.nan
        features = {
            key: rng.integers(0, 5, n).astype(float) for key in ("conv1x1", "conv3x3", "maxpool3x3", "depth", "width", "parameters")
        }
        options = {"seconds": np.cumsum(np.full((n, 4), 10.0), axis=1), "features": features} | more
        return make(np.clip(runs, 0.01, 0.99), name=name, walks=[Walk(names(n)[points] if n else names(60), walk)], **options)

    return sample_one


@pytest.fixture
def settings():
    return Settings(budget=36, late_budget=108, bootstrap=200, seed=1)


@pytest.fixture
def ring():
    """A ring of ten cells."""
    return Graph.of_pairs(10, np.array([(i, (i + 1) % 10) for i in range(10)]))
