"""Searches replayed on a landscape whose every fitness is known: random search, local search, regularised evolution.

Local search: White, Nolen and Savani 2021 (all neighbours of a cell, the best of them when it is better, else a fresh start). Regularised
evolution: Real et al. 2019 (tournament, one mutation, the oldest dies). A mutation is a step to a neighbour drawn uniformly.
"""

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats, Graph

Path = NDArray[np.int64]
ALGORITHMS = ("random", "local", "evolution")
PARENTS, TOURNAMENT = 20, 5
SMALL = 20_000


def replay(algorithm: str, fitness: Floats, graph: Graph, *, evaluations: int, seeds: int, rng: np.random.Generator) -> Path:
    """Cells in the order in which a search evaluates them, (seeds, evaluations) positions; a cell may come again.

    Args:
        algorithm: one of `ALGORITHMS`.
        fitness: (n,) of every cell, larger is better.
        graph: the neighbourhood that local search and evolution move in.
        evaluations: of each search.
        seeds: number of searches.
        rng: where starts, ties and mutations come from.

    Raises:
        KeyError: for an unknown algorithm.
    """
    return {"random": _random, "local": _local, "evolution": _evolution}[algorithm](fitness, graph, evaluations, seeds, rng)


def _random(fitness: Floats, _: Graph, evaluations: int, seeds: int, rng: np.random.Generator) -> Path:
    n = len(fitness)
    if n > SMALL:  # a cell hardly comes twice
        return rng.integers(0, n, (seeds, evaluations))
    rounds = -(-evaluations // n)
    return np.concatenate([rng.permuted(np.tile(np.arange(n), (seeds, 1)), axis=1) for _ in range(rounds)], axis=1)[:, :evaluations]


def _local(fitness: Floats, graph: Graph, evaluations: int, seeds: int, rng: np.random.Generator) -> Path:
    return np.stack([_one_local(fitness, graph, evaluations, rng) for _ in range(seeds)])


def _one_local(fitness: Floats, graph: Graph, evaluations: int, rng: np.random.Generator) -> Path:
    path: list[NDArray[np.int64]] = []
    left = evaluations
    while left > 0:
        here = int(rng.integers(len(fitness)))
        path.append(np.array([here]))
        left -= 1
        while left > 0:
            around = graph.neighbours[graph.first[here] : graph.first[here + 1]]
            if not len(around):
                break
            seen = rng.permutation(around)[:left].astype(np.int64)
            path.append(seen)
            left -= len(seen)
            best = int(seen[fitness[seen].argmax()])
            if fitness[best] <= fitness[here]:
                break
            here = best
    return np.concatenate(path)[:evaluations]


def _evolution(fitness: Floats, graph: Graph, evaluations: int, seeds: int, rng: np.random.Generator) -> Path:
    size = max(2, min(PARENTS, evaluations // 5))
    path = np.empty((seeds, evaluations), dtype=np.int64)
    path[:, :size] = rng.integers(0, len(fitness), (seeds, min(size, evaluations)))
    each = np.arange(seeds)[:, None]
    for step in range(size, evaluations):
        rivals = path[each, step - size + rng.integers(0, size, (seeds, TOURNAMENT))]
        parent = rivals[each[:, 0], fitness[rivals].argmax(axis=1)]
        degree = graph.degrees_of(parent)
        child = graph.first[parent] + (rng.random(seeds) * degree).astype(np.int64)
        mutant = graph.neighbours[np.minimum(child, max(len(graph.neighbours) - 1, 0))] if len(graph.neighbours) else parent
        path[:, step] = np.where(degree > 0, mutant, rng.integers(0, len(fitness), seeds))
    return path


def synthetic(graph: Graph, smooth: float, rng: np.random.Generator, *, rounds: int = 4) -> Floats:
    """A fitness (n,) of tunable ruggedness: white noise averaged over neighbours `rounds` times, mixed with fresh white noise.

    Args:
        graph: the neighbourhood.
        smooth: share of the variance that is smooth, 0 (white noise) … 1; its exact autocorrelation is `ruggedness.exact`.
        rng: where the noise comes from.
        rounds: of averaging: more is smoother.
    """
    n = len(graph.degrees)
    field = rng.standard_normal(n)
    degrees = np.maximum(graph.degrees, 1)
    for _ in range(rounds):
        around = np.bincount(graph.sources, field[graph.neighbours], minlength=n) / degrees
        field = np.where(graph.degrees > 0, (field + around) / 2, field)
        field = (field - field.mean()) / max(float(field.std()), 1e-12)
    mixed = np.sqrt(smooth) * field + np.sqrt(1 - smooth) * rng.standard_normal(n)
    return np.asarray(0.5 + 0.1 * mixed)
