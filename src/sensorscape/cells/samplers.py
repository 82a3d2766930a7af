"""Samplers of a population: Latin hypercube, the published procedure, uniform over S, a list of cells.

Source: Traoré et al., Section 3 (sampling); McKay, Beckman and Conover (1979) for the Latin hypercube. Only `uniform` estimates
means over S; the bias of the others is part of their diagnostics.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sensorscape.cells import graph
from sensorscape.cells.cell import Cell
from sensorscape.cells.space import canonical_keys, space
from sensorscape.errors import SensorscapeError

SAMPLERS = ("lhs", "lhs-paper", "uniform")
_EDGES = len(graph.edge_ends(graph.MAX_VERTICES))
_INNER = graph.MAX_VERTICES - 2
_FRUITLESS = 200
"""Designs in a row without a new cell after which a Latin hypercube is given up."""
_DISCREPANCY_POINTS = 2000
"""The discrepancy is quadratic in the points: it is taken over the first so many."""


@dataclass(frozen=True)
class Sample:
    """A drawn population.

    Attributes:
        cells: distinct cells in the order they were drawn.
        diagnostics: what the sampler did to the distribution; plain values for JSON, shares rounded to six digits.
    """

    cells: tuple[Cell, ...]
    diagnostics: dict[str, Any]


def sample(sampler: str, size: int, seed: int, *, among: NDArray[np.int64] | None = None) -> Sample:
    """Draw a population with the sampler of that name.

    Args:
        sampler: ``lhs``, ``lhs-paper`` or ``uniform``.
        size: distinct cells (``lhs-paper``: draws, of which fewer are distinct), at least 1.
        seed: of everything drawn.
        among: rows of the space to draw from (``uniform`` only); all of S if None.

    Raises:
        SensorscapeError: for an unknown sampler, or when it cannot give so many distinct cells.
    """
    rng = np.random.default_rng(seed)
    if among is not None and sampler != "uniform":
        raise SensorscapeError(f"the sampler {sampler} cannot draw from a part of the space", "use the sampler uniform")
    if sampler == "lhs":
        return latin_hypercube(size, rng)
    if sampler == "lhs-paper":
        return published(size, rng)
    if sampler == "uniform":
        return uniform(size, rng, among)
    raise SensorscapeError(f"there is no sampler {sampler!r}", f"one of: {', '.join(SAMPLERS)}")


def uniform(size: int, rng: np.random.Generator, among: NDArray[np.int64] | None = None) -> Sample:
    """Draw `size` distinct cells uniformly over S, or over the rows `among` of it.

    Raises:
        SensorscapeError: when there are fewer than `size`.
    """
    cells = space()
    rows = np.arange(len(cells)) if among is None else np.unique(among)
    if size > len(rows):
        raise SensorscapeError(
            f"{size} distinct cells were asked for, there are {len(rows)} to draw from", "ask for fewer: population.count, or --size"
        )
    chosen = rng.choice(rows, size=size, replace=False)
    drawn = tuple(cells.cell(int(row)) for row in chosen)
    return Sample(drawn, {"drawn_from": len(rows), "vertices": _histogram(drawn)})


def latin_hypercube(size: int, rng: np.random.Generator) -> Sample:
    """Gather `size` distinct cells over Latin hypercube designs of `size` points each.

    The axes are 21 edges of two levels and 5 operations of three. A point is decoded, pruned, and kept when it is a cell that
    was not drawn before; about three quarters are cells. The diagnostics compare the points that were looked at (`before`) with those kept
    (`after`): centred L2 discrepancy, the largest deviation of a level's share from balance, mean share of edges set, and the
    mean share of an axis's `size` strata that are hit (1 for one whole design).

    Raises:
        SensorscapeError: when 200 designs in a row bring no new cell.
    """
    kept: dict[int, NDArray[np.float64]] = {}
    seen: list[NDArray[np.float64]] = []
    counts = {"designs": 0, "no_path": 0, "too_many_edges": 0, "duplicates": 0}
    fruitless = 0
    while len(kept) < size:
        points = qmc.LatinHypercube(d=_EDGES + _INNER, seed=rng).random(size)
        counts["designs"] += 1
        before = len(kept)
        for looked_at, (key, reason) in enumerate(_decoded(points), start=1):
            if reason is None and key in kept:
                reason = "duplicates"
            if reason is None:
                kept[key] = points[looked_at - 1]
            else:
                counts[reason] += 1
            if len(kept) == size:
                break
        seen.append(points[:looked_at])
        fruitless = fruitless + 1 if len(kept) == before else 0
        if fruitless >= _FRUITLESS:
            raise SensorscapeError(
                f"only {len(kept)} of {size} cells came out of {counts['designs']} designs", "ask for fewer: population.count, or --size"
            )
    drawn = tuple(Cell.from_key(key) for key in kept)
    everything, accepted = np.concatenate(seen), np.array(list(kept.values()))
    diagnostics = counts | {
        "points": len(everything),
        "kept_share": round(size / len(everything), 6),
        "before": _stratification(everything, size),
        "after": _stratification(accepted, size),
        "vertices": _histogram(drawn),
    }
    return Sample(drawn, diagnostics)


def published(size: int, rng: np.random.Generator) -> Sample:
    """The published procedure: one-sample hypercubes, redrawn until exactly nine raw edges are set and the cell is valid.

    A hypercube of one sample is plain uniform sampling, and duplicates are not recognised: of `size` draws fewer cells are
    distinct, many of them trivial. The diagnostics measure that against the uniform distribution over S.
    """
    draws: list[Cell] = []
    counts = {"candidates": 0, "not_nine_edges": 0, "no_path": 0}
    while len(draws) < size:
        points = rng.random((4 * size + 64, _EDGES + _INNER))
        nine = (points[:, :_EDGES] >= 0.5).sum(axis=1) == graph.MAX_EDGES
        for (key, reason), right in zip(_decoded(points), nine, strict=True):
            if len(draws) == size:
                break
            counts["candidates"] += 1
            if not right:
                counts["not_nine_edges"] += 1
            elif reason is not None:
                counts["no_path"] += 1
            else:
                draws.append(Cell.from_key(key))
    distinct = tuple(dict.fromkeys(draws))
    of_space = np.bincount(space().vertices, minlength=graph.MAX_VERTICES + 1)
    diagnostics = counts | {
        "draws": [cell.hash for cell in draws],
        "distinct": len(distinct),
        "trivial": sum(cell.vertices == 2 for cell in draws),
        "vertices": _histogram(tuple(draws)),
        "vertices_if_uniform": {str(v): round(size * int(of_space[v]) / len(space()), 6) for v in range(2, graph.MAX_VERTICES + 1)},
    }
    return Sample(distinct, diagnostics)


def _decoded(points: NDArray[np.float64]) -> Iterator[tuple[int, str | None]]:
    """Key of each point's cell, or the reason why it is none. Axes: edges in the order of the mask's bits, then operations."""
    bits = (points[:, :_EDGES] >= 0.5).astype(np.int64)
    digits = np.minimum((points[:, _EDGES:] * 3).astype(np.int64), 2)
    keys, connected = canonical_keys(graph.MAX_VERTICES, (bits << np.arange(_EDGES)).sum(axis=1), digits)
    for key, path in zip(keys.tolist(), connected.tolist(), strict=True):
        yield key, None if key >= 0 else "too_many_edges" if path else "no_path"


def _stratification(points: NDArray[np.float64], strata: int) -> dict[str, float]:
    """How even `points` (p, 26) are; see `latin_hypercube`."""
    edges = points[:, :_EDGES] >= 0.5
    digits = np.minimum((points[:, _EDGES:] * 3).astype(np.int64), 2)
    shares = np.stack([(digits == digit).mean(axis=0) for digit in range(3)])
    imbalance = max(np.abs(edges.mean(axis=0) - 1 / 2).max(), np.abs(shares - 1 / 3).max())
    hit = [len(np.unique(axis)) for axis in np.minimum((points * strata).astype(np.int64), strata - 1).T]
    return {
        "discrepancy": round(float(qmc.discrepancy(points[:_DISCREPANCY_POINTS], method="CD")), 6),
        "level_imbalance": round(float(imbalance), 6),
        "edge_share": round(float(edges.mean()), 6),
        "strata_hit": round(float(np.mean(hit)) / strata, 6),
    }


def _histogram(cells: tuple[Cell, ...]) -> dict[str, int]:
    """Number of cells by number of vertices."""
    return {str(vertices): sum(cell.vertices == vertices for cell in cells) for vertices in range(2, graph.MAX_VERTICES + 1)}
