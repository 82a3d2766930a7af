"""Does an easier footprint mean a quicker search? Searches replayed where every neighbour has a measured value.

Elsewhere undefined: no surrogate stands in. Three sensors cannot show a correlation, so the landscapes are the budgets of every complete
table and of its complete subspaces (all cells of at most 4, 5, … vertices), beside synthetic ones of known ruggedness on the whole space.
The synthetic ones depend on nothing of a study: they were searched once (`tests/bench/synthetic.py`) and lie beside this module.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.landscape.bootstrap import generator, interval
from sensorscape.landscape.landscape import Floats, Graph, code_distances
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import holm
from sensorscape.landscape.ranks import pearson, spearman
from sensorscape.landscape.reading import NAN
from sensorscape.landscape.ruggedness import exact
from sensorscape.landscape.search import ALGORITHMS, normal_scores, replay

Rows = list[dict[str, Any]]
NO_NEIGHBOURS = "not every neighbour of its cells has a measured fitness, and no surrogate stands in"
EVALUATIONS, SEEDS, LEAST_LANDSCAPES, LEAST_CELLS = 300, 40, 20, 50
BEST_SHARE = 0.001
MEASURES = ("rho", "optima", "fdc")
NAMES = {"local": "local search", "evolution": "evolution"}
LEVEL = 0.05
SYNTHETIC = Path(__file__).with_name("synthetic.csv")


@dataclass(frozen=True)
class Field:
    """A landscape to search: who it is, its fitness (n,), its neighbourhood, and its packed codes (n, W) where known."""

    name: str
    sensor: str
    budget: int | None
    neighbourhood: str
    fitness: Floats
    graph: Graph
    code: Any = None


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `replay`, `replay_summary` and `replay_correlation`."""
    curves: Rows = []
    summary: Rows = []
    for one in measured:
        fields = list(fields_of(one))
        if not fields:
            curves.append({"landscape": one.landscape.name, "sensor": one.landscape.name, "reason": NO_NEIGHBOURS})
        for field in fields:
            rows, lines = searched(field)
            curves += rows
            summary += lines
    summary = with_excess(summary + known_synthetic())
    correlations = list(_correlations(summary))
    for row, p in zip(correlations, holm([row.get("p", NAN) for row in correlations]), strict=True):
        row["p_holm"] = p
    return {"replay": curves, "replay_summary": summary, "replay_correlation": correlations}


def statements(frames: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """Whether smoother landscapes are searched quicker, per neighbourhood, in words; nothing where it cannot be said."""
    found = []
    lines, summary = frames["replay_correlation"], frames["replay_summary"]
    for neighbourhood, rows in lines[(lines["measure"] == "rho") & lines["spearman"].notna()].groupby("neighbourhood", sort=False):
        own = summary[(summary["neighbourhood"] == neighbourhood) & (summary["algorithm"] == ALGORITHMS[0])]
        made = int((own["synthetic"] == True).sum())  # noqa: E712 - a column of yes and no
        parts = []
        for row in rows[rows["algorithm"] != ALGORITHMS[0]].to_dict("records"):
            chance = row["p_holm"] >= LEVEL or row["low"] <= 0 <= row["high"]
            told = "not told from chance" if chance else "yes" if row["spearman"] < 0 else "the contrary"
            ends = f"Holm's p {row['p_holm']:.3f}, 95 % interval {row['low']:+.2f} to {row['high']:+.2f}"
            parts.append(f"{NAMES[row['algorithm']]}: {told} (rank correlation {row['spearman']:+.2f}, {ends})")
        text = (
            f"Is a smoother landscape searched quicker? On {len(own)} landscapes ({made} of them synthetic), {neighbourhood}, of ρ and the "
        )
        text += "regret beyond random search's: "
        found.append({"topic": "replay", "text": text + "; ".join(parts) + "."})
    return found


def fields_of(one: Measured) -> Iterator[Field]:
    """Every budget of every complete part of a landscape (of at least 50 cells) in every neighbourhood."""
    land = one.landscape
    everything = np.arange(land.n)
    parts = [(f"{len(part.positions):,} cells of at most {part.vertices} vertices", part.positions, part.graphs) for part in land.parts]
    if land.graphs and not any(len(positions) == land.n for _, positions, _ in parts):
        parts.append((f"{land.n:,} cells", everything, land.graphs))
    for what, positions, graphs in parts:
        if len(positions) < LEAST_CELLS:
            continue
        for neighbourhood, graph in graphs.items():
            for column, budget in enumerate(land.budgets):
                fitness = land.fitness[0, positions, column]
                if not np.isnan(fitness).any() and np.ptp(fitness) > 0:
                    code = None if land.code is None else land.code[positions]
                    yield Field(f"{land.name}, {what}", land.name, budget, neighbourhood, fitness, graph, code)


def searched(field: Field) -> tuple[Rows, Rows]:
    """Rows of `replay` (regret against evaluations) and of `replay_summary` of one landscape, for every algorithm."""
    best, scores = float(field.fitness.max()), normal_scores(field.fitness)
    count = max(1, int(BEST_SHARE * len(field.fitness)))
    goal = float(np.partition(field.fitness, -count)[-count])
    footprint = {
        "rho": exact(field.fitness, field.graph),
        "optima": share_of_optima(field.fitness, field.graph),
        "fdc": _fdc(field),
    }
    curves: Rows = []
    lines: Rows = []
    for algorithm in ALGORITHMS:
        rng = generator(0, "replay", field.name, field.budget, field.neighbourhood, algorithm)
        evaluations = min(EVALUATIONS, len(field.fitness) // 2)
        path = replay(algorithm, field.fitness, field.graph, evaluations=evaluations, seeds=SEEDS, rng=rng)
        values = field.fitness[path]
        regret = best - np.maximum.accumulate(values, axis=1)
        low, high = interval(rng.multinomial(SEEDS, np.full(SEEDS, 1 / SEEDS), 500) @ regret / SEEDS)
        own = {"landscape": field.name, "budget": field.budget, "neighbourhood": field.neighbourhood, "algorithm": algorithm}
        for i in np.unique(np.geomspace(1, evaluations, 40).round().astype(int)) - 1:
            at = {"evaluations": int(i) + 1, "regret": float(regret[:, i].mean()), "low": float(low[i]), "high": float(high[i])}
            curves.append(own | {"sensor": field.sensor, "seeds": SEEDS, "reason": ""} | at)
        hits = values >= goal
        first = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, evaluations)
        lines.append(
            own
            | {"synthetic": not field.sensor, "cells": len(field.fitness), "seeds": SEEDS}
            | footprint
            | {
                "median_evaluations": float(np.median(first)),
                "found": float(hits.any(axis=1).mean()),
                "area": float(np.clip(1 - np.maximum.accumulate(scores[path], axis=1) / scores.max(), 0, 1).mean()),
            }
        )
    return curves, lines


@lru_cache(maxsize=1)
def _synthetic_lines() -> tuple[tuple[tuple[str, Any], ...], ...]:
    whole, text = ("cells", "seeds"), ("landscape", "neighbourhood", "algorithm")
    with SYNTHETIC.open(encoding="utf-8", newline="") as stream:
        return tuple(
            (
                ("budget", None),
                ("synthetic", True),
                *((name, value if name in text else int(value) if name in whole else float(value)) for name, value in line.items()),
            )
            for line in csv.DictReader(stream)
        )


def known_synthetic() -> Rows:
    """Rows of `replay_summary` of the synthetic landscapes: 20 shares of smoothness in every neighbourhood of the whole space."""
    return [dict(line) for line in _synthetic_lines()]


def with_excess(lines: Rows) -> Rows:
    """Rows of `replay_summary` with ``excess``: the area less that of random search on the same landscape, for random search the area.

    A small landscape is soon searched by anything: without its own yardstick the size would pass for ease.
    """

    def key(line: Mapping[str, Any]) -> tuple[Any, ...]:
        return line["landscape"], line["budget"], line["neighbourhood"]

    random = {key(line): line["area"] for line in lines if line["algorithm"] == ALGORITHMS[0]}
    return [line | {"excess": line["area"] - (0.0 if line["algorithm"] == ALGORITHMS[0] else random[key(line)])} for line in lines]


def share_of_optima(fitness: Floats, graph: Graph) -> float:
    """Share of the cells with neighbours that are better than all of them; NaN without neighbours."""
    connected = np.flatnonzero(graph.degrees > 0)
    if not len(connected):
        return NAN
    around = np.maximum.reduceat(fitness[graph.neighbours], graph.first[connected])
    return float((fitness[connected] > around).mean())


def _fdc(field: Field) -> float:
    """Pearson of fitness and code distance to the best, that one left out; NaN without codes."""
    if field.code is None:
        return NAN
    best = int(field.fitness.argmax())
    d = code_distances(field.code, np.array([best]))[0].astype(np.float64)
    return float(pearson(np.delete(d, best), np.delete(field.fitness, best)))


def _correlations(summary: Rows) -> Iterator[dict[str, Any]]:
    for neighbourhood in dict.fromkeys(line["neighbourhood"] for line in summary):
        for algorithm in ALGORITHMS:
            lines = [line for line in summary if (line["neighbourhood"], line["algorithm"]) == (neighbourhood, algorithm)]
            for measure in MEASURES:
                pairs = np.array([(line[measure], line["excess"]) for line in lines])
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
