"""Local optima: of the sample (the paper's), of the landscape where every cell has a fitness, and estimates of their number.

"Fitness Landscape Footprint" (arXiv 2111.01584); first repetition: Caruana and Mullin 1999; Chao 1984. White noise has Σ 1/(deg + 1)
optima, so a count says little without that number beside it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensorscape.landscape.bootstrap import generator, interval, replicates
from sensorscape.landscape.fdc import rows
from sensorscape.landscape.landscape import Floats, Graph, Landscape
from sensorscape.landscape.reading import NAN, Reading, too_few, undefined

LEAST_MODELS = 33
MOST_MODELS = 5_000
SLAB = 4_000_000
PERMUTED = 1_000_000  # models permuted in all: of many models the count of optima is near normal, and 200 give its range


@dataclass(frozen=True)
class Optima:
    """A number of local optima at a budget.

    Attributes:
        method: ``sample``, ``exact``, ``birthday``, ``chao1`` or ``uniform``.
        neighbourhood: or, for ``sample``, the distance.
        count: value, interval; `reference` is the expectation under permuted fitness.
        expected: 95 % range of the permutations (``sample``); NaN else.
        isolated: cells without a neighbour, counted apart.
        plateaus: optima of several equal cells.
        searches: hill climbs behind an estimate.
        positions: the optima of the sample, or of the landscape (one cell of each).
    """

    budget: int
    method: str
    neighbourhood: str
    count: Reading
    expected: tuple[float, float] = (NAN, NAN)
    isolated: int = 0
    plateaus: int = 0
    searches: int = 0
    positions: NDArray[np.int64] | None = None


def sample_optima(landscape: Landscape, budget: int, distance: str, *, nearest: int, count: int, seed: int) -> Optima:
    """Models strictly better than all of their `nearest` nearest models, ties at the last distance included.

    The permuted fitness keeps the neighbours and gives expectation (exact: Σ 1/(m_i + 1)) and range. Undefined below 33 models, where each
    model is a neighbour of a third of the others, and for constant fitness.
    """
    positions, fitness = landscape.measured(budget)
    n = len(positions)
    reason = too_few(n, max(LEAST_MODELS, nearest + 2)) or ("the fitness is constant" if np.ptp(fitness) == 0 else "")
    if n > MOST_MODELS:
        reason = f"n = {n:,}: a sample optimum is a statistic of small samples (at most {MOST_MODELS:,} models)"
    if reason:
        return Optima(budget, "sample", distance, undefined(reason, n))
    neighbours = nearest_models(rows(landscape, distance, positions)[:, positions], nearest)
    optimal = _better_than_all(fitness[None], neighbours)[0]
    rng = generator(seed, landscape.name, "sample optima", budget, distance)
    null, wanted, step = [], replicates(count, n, limit=PERMUTED), max(1, SLAB // neighbours.size)
    for start in range(0, wanted, step):
        shuffled = rng.permuted(np.broadcast_to(fitness, (min(step, wanted - start), n)), axis=1)
        null.append(_better_than_all(shuffled, neighbours).sum(axis=1))
    low, high = interval(np.concatenate(null).astype(float))
    expected = float((1 / (1 + (neighbours >= 0).sum(axis=1))).sum())
    return Optima(
        budget,
        "sample",
        distance,
        Reading(float(optimal.sum()), n=n, reference=expected),
        (float(low), float(high)),
        positions=positions[np.flatnonzero(optimal)],
    )


def nearest_models(d: Floats, nearest: int) -> NDArray[np.int64]:
    """(n, m) positions of the nearest models of each, all ties at the last distance included, padded with -1."""
    others = d + np.where(np.eye(len(d), dtype=bool), np.inf, 0.0)
    reach = np.partition(others, nearest - 1, axis=1)[:, nearest - 1]
    inside = others <= reach[:, None]
    sizes = inside.sum(axis=1)
    found = np.full((len(d), int(sizes.max())), -1, dtype=np.int64)
    found[np.arange(found.shape[1]) < sizes[:, None]] = np.nonzero(inside)[1]
    return found


def _better_than_all(fitness: Floats, neighbours: NDArray[np.int64]) -> NDArray[np.bool_]:
    padded = np.concatenate([fitness, np.full((len(fitness), 1), -np.inf)], axis=1)
    return np.asarray(fitness > padded[:, neighbours].max(axis=2))


@dataclass(frozen=True)
class Climbs:
    """Best-improvement hill climbing from every cell: `optimum` (n,) is the optimum's number, -1 for isolated cells."""

    optimum: NDArray[np.int64]
    optima: int
    plateaus: int
    isolated: int
    cells: NDArray[np.int64]


def climb(fitness: Floats, graph: Graph) -> Climbs:
    """Where best-improvement hill climbing ends from every cell (ties between best neighbours by position).

    Cells of equal fitness that are connected form a plateau; a climber on one leaves it by the best neighbour of any of its cells.
    Plateaus without a better neighbour are one optimum; cells without neighbours are no optima.
    """
    n = len(fitness)
    plateau = _plateaus(fitness, graph)
    groups = int(plateau.max()) + 1 if n else 0
    level = np.empty(groups)
    level[plateau] = fitness
    target = _best_neighbour(fitness, graph, plateau, level)
    isolated = graph.degrees == 0
    alone = np.zeros(groups, dtype=bool)
    alone[plateau[isolated]] = True
    end = target
    while True:
        further = end[end]
        if np.array_equal(further, end):
            break
        end = further
    optima = np.flatnonzero((target == np.arange(groups)) & ~alone)
    number = np.full(groups, -1, dtype=np.int64)
    number[optima] = np.arange(len(optima))
    sizes = np.bincount(plateau, minlength=groups)
    cells = np.full(groups, n, dtype=np.int64)
    np.minimum.at(cells, plateau, np.arange(n))
    return Climbs(number[end[plateau]], len(optima), int((sizes[optima] > 1).sum()), int(isolated.sum()), cells[optima])


def _plateaus(fitness: Floats, graph: Graph) -> NDArray[np.int64]:
    equal = fitness[graph.sources] == fitness[graph.neighbours]
    if not equal.any():
        return np.arange(len(fitness))
    from scipy.sparse import coo_matrix  # a sixth of a second that a study without ties need not wait for
    from scipy.sparse.csgraph import connected_components

    matrix = coo_matrix(
        (np.ones(int(equal.sum()), dtype=np.int8), (graph.sources[equal], graph.neighbours[equal])), shape=(len(fitness),) * 2
    )
    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)


def _best_neighbour(fitness: Floats, graph: Graph, plateau: NDArray[np.int64], level: Floats) -> NDArray[np.int64]:
    """(groups,) the plateau that each plateau climbs to: that of its best strictly better neighbour, else itself."""
    rank = np.empty(len(fitness), dtype=np.int64)
    rank[np.lexsort((-np.arange(len(fitness)), fitness))] = np.arange(len(fitness))
    best = np.full(len(level), -1, dtype=np.int64)
    if len(graph.neighbours):
        degrees = graph.degrees
        connected = np.flatnonzero(degrees > 0)
        per_cell = np.maximum.reduceat(rank[graph.neighbours], graph.first[connected])
        np.maximum.at(best, plateau[connected], per_cell)
    where = np.empty(len(fitness), dtype=np.int64)
    where[rank] = np.arange(len(fitness))
    found = np.arange(len(level))
    has = np.flatnonzero(best >= 0)
    cell = where[best[has]]
    better = fitness[cell] > level[has]
    found[has[better]] = plateau[cell[better]]
    return found


def white_noise(graph: Graph) -> float:
    """Expected optima of fitness without structure: Σ 1/(deg + 1) over the cells that have neighbours."""
    degrees = graph.degrees
    return float((1.0 / (degrees[degrees > 0] + 1)).sum())


def exact_optima(landscape: Landscape, budget: int, neighbourhood: str) -> Optima:
    """The exact count where every cell has a fitness; undefined for constant fitness and without edges."""
    graph, fitness = landscape.graphs[neighbourhood], landscape.fitness[0, :, landscape.at(budget)]
    reason = "some cells have no fitness at this budget" if np.isnan(fitness).any() else ""
    reason = (
        reason
        or ("the fitness is constant" if np.ptp(fitness) == 0 else "")
        or ("no two cells are neighbours" if not len(graph.neighbours) else "")
    )
    if reason:
        return Optima(budget, "exact", neighbourhood, undefined(reason, landscape.n))
    found = climb(fitness, graph)
    reading = Reading(float(found.optima), n=landscape.n, reference=white_noise(graph), note="every cell is measured")
    return Optima(budget, "exact", neighbourhood, reading, (NAN, NAN), found.isolated, found.plateaus, landscape.n, found.cells)


def estimated_optima(landscape: Landscape, budget: int, neighbourhood: str, *, searches: int, repetitions: int, seed: int) -> list[Optima]:
    """Estimates from `searches` hill climbs with uniform starts (isolated ones drawn again), as where only a search is affordable.

    First repetition over `repetitions` series of climbs, Chao1 on all climbs of the first series, share of starts that are optima.
    """
    graph, fitness = landscape.graphs[neighbourhood], landscape.fitness[0, :, landscape.at(budget)]
    if np.isnan(fitness).any() or np.ptp(fitness) == 0 or not len(graph.neighbours):
        nothing = exact_optima(landscape, budget, neighbourhood)
        return [Optima(budget, method, neighbourhood, nothing.count) for method in ("birthday", "chao1", "uniform")]
    ends = climb(fitness, graph)
    rng = generator(seed, landscape.name, "estimated optima", budget, neighbourhood)
    connected = np.flatnonzero(graph.degrees > 0)
    starts = connected[rng.integers(0, len(connected), (repetitions, searches))]
    reached = ends.optimum[starts]
    at_once = np.isin(starts[0], ends.cells)
    readings = (
        ("birthday", birthday(*first_repetitions(reached))),
        ("chao1", chao1(reached[0])),
        ("uniform", uniform_share(int(at_once.sum()), searches, len(connected))),
    )
    expected = white_noise(graph)
    return [
        Optima(
            budget,
            method,
            neighbourhood,
            Reading(one.value, one.low, one.high, landscape.n, expected, one.reason, one.note),
            (NAN, NAN),
            ends.isolated,
            0,
            searches * repetitions if method == "birthday" else searches,
        )
        for method, one in readings
    ]


def first_repetitions(reached: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Searches until an optimum is reached a second time, per series (rows), and whether that happened (else the length)."""
    found, happened = [], []
    for series in reached:
        order = np.argsort(series, kind="stable")
        again = np.flatnonzero(series[order][1:] == series[order][:-1])
        happened.append(len(again) > 0)
        found.append(int(order[1:][again].min()) + 1 if len(again) else len(series))
    return np.array(found), np.array(happened)


def birthday(searches: NDArray[np.int64], repeated: NDArray[np.bool_]) -> Reading:
    """Number of optima from the searches k until the first repetition: N̂ = k² / (-2 ln 0.5), k the median over series.

    Args:
        searches: (series,) k, or the series' length where nothing was repeated.
        repeated: (series,) whether there was a repetition; the others are right-censored (Kaplan-Meier median), not dropped.

    The interval is that of the median by order statistics (binomial), which holds for any basins; where so many series saw no repetition
    that it has no upper end, there is none. k is exact only for equal basins; larger basins make N̂ an underestimate. Undefined when at
    most half of the series (by Kaplan-Meier) saw a repetition.
    """
    if not repeated.any():
        return undefined(f"no optimum was reached twice in {int(searches.sum())} searches", len(searches))
    n = len(searches)
    ordered = np.sort(np.where(repeated, searches.astype(float), np.inf))
    rank = max((r for r in range(1, n // 2 + 1) if special.bdtr(r - 1, n, 0.5) <= 0.025), default=0)
    ends = (ordered[rank - 1], ordered[n - rank]) if rank else (NAN, NAN)
    low, high = (float(end) ** 2 / (-2 * math.log(0.5)) if math.isfinite(end) else NAN for end in ends)
    median = _kaplan_meier_median(searches, repeated)
    if math.isnan(median):
        return Reading(NAN, low, high, n, reason="fewer than half of the series reached an optimum twice")
    return Reading(median**2 / (-2 * math.log(0.5)), low, high, n)


def _kaplan_meier_median(times: NDArray[np.int64], happened: NDArray[np.bool_]) -> float:
    survival = 1.0
    for time in np.unique(times[happened]):
        survival *= 1 - ((times == time) & happened).sum() / (times >= time).sum()
        if survival <= 0.5 + 1e-12:
            return float(time)
    return NAN


def chao1(reached: NDArray[np.int64]) -> Reading:
    """Chao1's lower bound on the number of optima from how often each was reached; log-normal interval (Chao 1987)."""
    sizes = np.bincount(reached[reached >= 0])
    seen, once, twice = int((sizes > 0).sum()), int((sizes == 1).sum()), int((sizes == 2).sum())
    if not seen:
        return undefined("no search", 0)
    unseen = once * (once - 1) / (2 * (twice + 1))
    if twice:
        variance = once * (once - 1) / (2 * (twice + 1)) + once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        variance += once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
    else:
        variance = once * (once - 1) / 2 + once * (2 * once - 1) ** 2 / 4 - (once**4 / (4 * (seen + unseen)) if seen + unseen else 0)
    if unseen <= 0 or variance <= 0:
        return Reading(seen + unseen, float(seen), float(seen + unseen), len(reached))
    spread = math.exp(1.959964 * math.sqrt(math.log1p(variance / unseen**2)))
    return Reading(seen + unseen, seen + unseen / spread, seen + unseen * spread, len(reached))


def uniform_share(optima: int, starts: int, cells: int) -> Reading:
    """Share of uniform starts that are optima, times the number of cells; Clopper-Pearson interval."""
    low = float(special.betaincinv(optima, starts - optima + 1, 0.025)) if optima else 0.0
    high = float(special.betaincinv(optima + 1, starts - optima, 0.975)) if optima < starts else 1.0
    return Reading(optima / starts * cells, low * cells, high * cells, starts)
