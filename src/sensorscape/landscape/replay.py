"""Does an easier footprint mean a quicker search? Searches replayed where every neighbour has a measured value.

Elsewhere undefined: no surrogate stands in. Three sensors cannot show a correlation, so the landscapes are the budgets of every complete
table and synthetic ones of known ruggedness on the same cells and neighbourhoods: at least 20, or no correlation is given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensorscape.landscape.bootstrap import generator, interval
from sensorscape.landscape.landscape import Floats, Graph
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.ranks import spearman
from sensorscape.landscape.reading import NAN
from sensorscape.landscape.ruggedness import exact
from sensorscape.landscape.search import ALGORITHMS, replay, synthetic

Rows = list[dict[str, Any]]
NO_NEIGHBOURS = "not every neighbour of its cells has a measured fitness, and no surrogate stands in"
EVALUATIONS, SEEDS, SYNTHETIC, LEAST_LANDSCAPES = 300, 40, 20, 20
BEST_SHARE = 0.001
MEASURES = ("rho", "optima")


@dataclass(frozen=True)
class Field:
    """A landscape to search: who it is, its fitness (n,), and its neighbourhood."""

    name: str
    sensor: str
    budget: int | None
    neighbourhood: str
    fitness: Floats
    graph: Graph


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `replay`, `replay_summary` and `replay_correlation`."""
    curves: Rows = []
    summary: Rows = []
    for one in measured:
        if not one.landscape.graphs:
            curves.append({"landscape": one.landscape.name, "sensor": one.landscape.name, "reason": NO_NEIGHBOURS})
    for field in _fields(measured):
        for algorithm in ALGORITHMS:
            rows, line = _searched(field, algorithm)
            curves += rows
            summary.append(line)
    return {"replay": curves, "replay_summary": summary, "replay_correlation": list(_correlations(summary))}


def _fields(measured: Sequence[Measured]) -> Iterator[Field]:
    grown: set[tuple[str, int, int]] = set()
    for one in measured:
        land = one.landscape
        for neighbourhood, graph in land.graphs.items():
            for column, budget in enumerate(land.budgets):
                fitness = land.fitness[0, :, column]
                if not np.isnan(fitness).any() and np.ptp(fitness) > 0:
                    yield Field(f"{land.name} @ {budget}", land.name, budget, neighbourhood, fitness, graph)
            kind = (neighbourhood, land.n, len(graph.neighbours))
            if kind not in grown and len(graph.neighbours):
                grown.add(kind)
                for number, share in enumerate(np.linspace(0, 1, SYNTHETIC)):
                    rng = generator(one.settings.seed, "synthetic", neighbourhood, land.n, number)
                    name = f"synthetic {100 * share:.0f} % smooth, {land.n:,} cells"
                    yield Field(name, "", None, neighbourhood, synthetic(graph, float(share), rng), graph)


def _searched(field: Field, algorithm: str) -> tuple[Rows, dict[str, Any]]:
    evaluations = min(EVALUATIONS, len(field.fitness))
    rng = generator(0, "replay", field.name, field.neighbourhood, algorithm)
    path = replay(algorithm, field.fitness, field.graph, evaluations=evaluations, seeds=SEEDS, rng=rng)
    values = field.fitness[path]
    best, mean = float(field.fitness.max()), float(field.fitness.mean())
    regret = best - np.maximum.accumulate(values, axis=1)
    low, high = interval(rng.multinomial(SEEDS, np.full(SEEDS, 1 / SEEDS), 500) @ regret / SEEDS)
    own = {"landscape": field.name, "budget": field.budget, "neighbourhood": field.neighbourhood, "algorithm": algorithm, "seeds": SEEDS}
    rows = []
    if field.sensor:
        for i in np.unique(np.geomspace(1, evaluations, 40).round().astype(int)) - 1:
            at = {"evaluations": int(i) + 1, "regret": float(regret[:, i].mean()), "low": float(low[i]), "high": float(high[i])}
            rows.append(own | {"sensor": field.sensor, "reason": ""} | at)
    goal = np.sort(field.fitness)[-max(1, int(BEST_SHARE * len(field.fitness)))]
    hits = values >= goal
    first = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, evaluations)
    line = own | {
        "synthetic": not field.sensor,
        "cells": len(field.fitness),
        "rho": exact(field.fitness, field.graph),
        "optima": share_of_optima(field.fitness, field.graph),
        "median_evaluations": float(np.median(first)),
        "found": float(hits.any(axis=1).mean()),
        "area": float(np.clip(regret / (best - mean), 0, 1).mean()),
    }
    return rows, line


def share_of_optima(fitness: Floats, graph: Graph) -> float:
    """Share of the cells with neighbours that are better than all of them; NaN without neighbours."""
    connected = np.flatnonzero(graph.degrees > 0)
    if not len(connected):
        return NAN
    around = np.maximum.reduceat(fitness[graph.neighbours], graph.first[connected])
    return float((fitness[connected] > around).mean())


def _correlations(summary: Rows) -> Iterator[dict[str, Any]]:
    for neighbourhood in sorted({line["neighbourhood"] for line in summary}):
        for algorithm in ALGORITHMS:
            lines = [line for line in summary if (line["neighbourhood"], line["algorithm"]) == (neighbourhood, algorithm)]
            for measure in MEASURES:
                pairs = np.array([(line[measure], line["area"]) for line in lines])
                yield {"neighbourhood": neighbourhood, "algorithm": algorithm, "measure": measure} | correlate(pairs)


def correlate(pairs: Floats) -> dict[str, Any]:
    """Rank correlation of (landscapes, 2) pairs with its bootstrap interval and permutation p; undefined below 20 landscapes."""
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    n = len(pairs)
    if n < LEAST_LANDSCAPES:
        return {"landscapes": n, "reason": f"{n} landscapes, at least {LEAST_LANDSCAPES} needed"}
    rng = generator(0, "replay correlation", n)
    value = float(spearman(pairs[:, 0], pairs[:, 1]))
    drawn = pairs[rng.integers(0, n, (1000, n))]
    low, high = interval(spearman(drawn[..., 0], drawn[..., 1]))
    shuffled = rng.permuted(np.tile(pairs[:, 1], (1000, 1)), axis=1)
    null = np.abs(spearman(np.broadcast_to(pairs[:, 0], shuffled.shape), shuffled))
    p = (1 + int((null >= abs(value) - 1e-12).sum())) / 1001
    return {"landscapes": n, "spearman": value, "low": float(low), "high": float(high), "p": p, "reason": ""}
