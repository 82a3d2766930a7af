"""Searches replayed on a landscape whose every fitness is known: random search, local search, regularised evolution.

Local search: White, Nolen and Savani 2021 (all neighbours of a cell, the best of them when it is better, else a fresh start). Regularised
evolution: Real et al. 2019 (tournament, one mutation, the oldest dies). A mutation is a step to a neighbour drawn uniformly.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensorscape.landscape.landscape import Floats, Graph
from sensorscape.landscape.ranks import mid_ranks

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
    """All searches side by side: in every round those without a place start, then each looks at all its neighbours."""
    path = np.empty((seeds, evaluations), dtype=np.int64)
    used, here = np.zeros(seeds, dtype=np.int64), np.full(seeds, -1)
    while True:
        starts = np.flatnonzero((here < 0) & (used < evaluations))
        here[starts] = rng.integers(0, len(fitness), len(starts))
        path[starts, used[starts]] = here[starts]
        used[starts] += 1
        going = np.flatnonzero(used < evaluations)
        if not len(going):
            return path
        degree = graph.degrees_of(here[going])
        here[going[degree == 0]] = -1
        going, degree = going[degree > 0], degree[degree > 0]
        if not len(going):
            continue
        group = np.repeat(np.arange(len(going)), degree)
        rank = np.arange(len(group)) - np.repeat(np.cumsum(degree) - degree, degree)
        around = graph.neighbours[graph.first[here[going]][group] + rank].astype(np.int64)
        around = around[np.lexsort((rng.random(len(around)), group))]  # looked at in any order
        seen = rank < (evaluations - used[going])[group]
        group, rank, around = group[seen], rank[seen], around[seen]
        path[going[group], used[going[group]] + rank] = around
        used[going] = np.minimum(used[going] + degree, evaluations)
        last = np.lexsort((fitness[around], group))[np.flatnonzero(np.diff(group, append=-1))]  # each search's best neighbour
        best = around[last]
        here[going] = np.where(fitness[best] > fitness[here[going]], best, -1)


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

    The result is brought to the normal distribution by its ranks, whatever the smoothing did to it: landscapes differ in where their good
    cells lie, not in how good they are, so that random search fares alike on all.

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
    return np.asarray(0.5 + 0.1 * normal_scores(mixed))


def normal_scores(values: Floats) -> Floats:
    """Φ⁻¹((rank - 1/2) / n) of (n,) values, equal ones alike."""
    return np.asarray(special.ndtri((mid_ranks(values[:, None])[:, 0] - 0.5) / len(values)))
