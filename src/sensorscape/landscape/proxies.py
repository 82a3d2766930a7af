"""The paper's open question: does a cheap sensor or a small budget find the cells that are best on an expensive one?

Rank correlations between all (sensor, budget) pairs; and shortlist-and-retrain: the m best by a proxy are trained at the target, the
regret is what the best of them lacks, the cost is counted in seconds. Intervals of rank correlations: Fieller, Hartley and Pearson 1957.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from sensorscape.landscape.bootstrap import generator
from sensorscape.landscape.landscape import Floats, Landscape
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.pairs import common
from sensorscape.landscape.ranks import kendall, kendall_long, spearman
from sensorscape.landscape.reading import NAN, too_few
from sensorscape.landscape.settings import Settings

Rows = list[dict[str, Any]]
Z = 1.959963984540054
LEAST = 5
COUNTED_TO = 500
HALVES, HALVED_POINTS = 200, 2_000_000
MOST_LENGTHS = 60


@dataclass(frozen=True)
class Source:
    """One (sensor, budget): a column of fitness, its cost, and the seeds."""

    landscape: Landscape
    budget: int

    @property
    def column(self) -> int:
        """Position of the budget."""
        return self.landscape.at(self.budget)

    @property
    def name(self) -> str:
        """The sensor."""
        return self.landscape.name


def tables(measured: Sequence[Measured]) -> dict[str, Rows]:
    """Tables `correlation` and `proxies`."""
    sources = [Source(one.landscape, budget) for one in measured for budget in one.landscape.budgets]
    return {"correlation": _correlations(sources), "proxies": _proxies(measured, sources)}


def statements(frames: Mapping[str, pd.DataFrame], settings: Settings) -> list[dict[str, str]]:
    """Per target the proxy at the footprint budget whose shortlist of five has the least regret, beside chance."""
    found = []
    frame = frames["proxies"]
    chosen = frame[(frame["shortlist"] == 5) & (frame["proxy_budget"] <= settings.budget) & frame["regret"].notna()]
    for target, rows in chosen.groupby("target_sensor", sort=False):
        best = rows.sort_values("regret", kind="stable").iloc[0]
        alike = rows[rows["regret"] <= best["regret"] + 1e-12]
        names = [f"{sensor} @ {budget}" for sensor, budget in zip(alike["proxy_sensor"], alike["proxy_budget"], strict=True)]
        those = names[0] if len(names) == 1 else f"{len(names)} proxies alike ({', '.join(names)})"
        optimistic = " (scored on the runs that ranked: optimistic)" if best["scored_on"] == "same seed" else ""
        text = (
            f"Target {target} after {best['target_budget']} epochs: of the proxies of at most {settings.budget} epochs "
            f"the best shortlist of five is that of {those}, "
            f"with regret {best['regret']:.3g}{optimistic}; "
            f"five drawn at random have {best['random']:.3g}. The best of {len(rows)} proxies looks better than it is."
        )
        found.append({"topic": "proxies", "text": text})
    return found


def regrets(proxy: Floats, score: Floats, lengths: NDArray[np.int64]) -> Floats:
    """max f - max over the m best by the proxy of f, for every m of `lengths`; ties of the proxy by position.

    Args:
        proxy: (n,) what ranks, larger is better.
        score: (n,) the target's fitness.
        lengths: (k,) m, 1 … n.
    """
    order = np.argsort(-proxy, kind="stable")
    return np.asarray(score.max() - np.maximum.accumulate(score[order])[lengths - 1])


def random_regret(score: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Expected regret of m cells drawn at random: max f - Σ f_(i) C(i-1, m-1) / C(n, m), f_(i) ascending; (k,)."""
    ordered, n = np.sort(score), len(score)
    i = np.arange(1, n + 1)
    with np.errstate(invalid="ignore"):
        logs = _choose(i[None] - 1, lengths[:, None] - 1) - _choose(np.array([[n]]), lengths[:, None])
    weights = np.where(i[None] >= lengths[:, None], np.exp(np.where(i[None] >= lengths[:, None], logs, 0.0)), 0.0)
    return np.asarray(ordered[-1] - weights @ ordered)


def fieller(value: float, n: int, variance: float, less: int) -> tuple[float, float]:
    """tanh(atanh r ± 1.96 √(variance / (n - less))): 1.06 and 3 for Spearman, 0.437 and 4 for Kendall; NaN at n ≤ less."""
    if np.isnan(value) or n <= less:
        return NAN, NAN
    reach, centre = Z * (variance / (n - less)) ** 0.5, np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return float(np.tanh(centre - reach)), float(np.tanh(centre + reach))


def _choose(top: NDArray[np.int64], bottom: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(top + 1.0) - gammaln(bottom + 1.0) - gammaln(np.maximum(top - bottom, 0) + 1.0))


def _correlations(sources: Sequence[Source]) -> Rows:
    rows: Rows = []
    for one in sources:
        for two in sources:
            row = {"first_sensor": one.name, "first_budget": one.budget, "second_sensor": two.name, "second_budget": two.budget}
            if one is two:
                n = len(one.landscape.measured(one.budget)[0])
                rows.append(
                    row
                    | dict.fromkeys(("kendall", "spearman"), 1.0 if n >= LEAST else NAN)
                    | {"n": n, "reason": too_few(n, LEAST, "cells")}
                )
                continue
            left, right = common(one.landscape, two.landscape)
            a, b = one.landscape.fitness[0, left, one.column], two.landscape.fitness[0, right, two.column]
            there = ~np.isnan(a) & ~np.isnan(b)
            rows.append(row | _correlation(a[there], b[there]))
    return rows


def _correlation(a: Floats, b: Floats) -> dict[str, Any]:
    n = len(a)
    if reason := too_few(n, LEAST, "cells that both measured"):
        return {"n": n, "reason": reason}
    tau = float(kendall(a, b)) if n <= COUNTED_TO else kendall_long(a, b)
    rho = float(spearman(a, b))
    if np.isnan(tau):
        return {"n": n, "reason": "the fitness of one is constant"}
    ends = fieller(tau, n, 0.437, 4), fieller(rho, n, 1.06, 3)
    found = {"kendall": tau, "kendall_low": ends[0][0], "kendall_high": ends[0][1], "spearman": rho}
    return found | {"spearman_low": ends[1][0], "spearman_high": ends[1][1], "n": n}


def _proxies(measured: Sequence[Measured], sources: Sequence[Source]) -> Rows:
    rows: Rows = []
    for one in measured:
        late = one.settings.late_budget
        if late not in one.landscape.budgets:
            rows.append({"target_sensor": one.landscape.name, "target_budget": late, "reason": one.no_budget(late).reason})
            continue
        target = Source(one.landscape, late)
        for proxy in sources:
            if (proxy.name, proxy.budget) != (target.name, target.budget):
                rows += _proxy(proxy, target, one.settings)
    return rows


def _proxy(proxy: Source, target: Source, settings: Settings) -> Rows:
    row = {"target_sensor": target.name, "target_budget": target.budget, "proxy_sensor": proxy.name, "proxy_budget": proxy.budget}
    left, right = common(proxy.landscape, target.landscape)
    ranking = proxy.landscape.fitness[0, left, proxy.column]
    values = target.landscape.fitness[:, right, target.column]
    several = len(values) > 1
    score = values[1] if several else values[0]
    there = ~np.isnan(ranking) & ~np.isnan(values[0]) & ~np.isnan(score)
    n = int(there.sum())
    if reason := too_few(n, LEAST, "cells that proxy and target measured"):
        return [row | {"n": n, "reason": reason}]
    ranking, score = ranking[there], score[there]
    lengths = np.unique(np.geomspace(1, n, MOST_LENGTHS).round().astype(np.int64)) if n > MOST_LENGTHS else np.arange(1, n + 1)
    found = regrets(ranking, score, lengths)
    chance = random_regret(score, lengths)
    ceiling = regrets(values[0][there], score, lengths) if several else np.full(len(lengths), NAN)
    low, high = _halves(ranking, score, lengths, generator(settings.seed, "halves", target.name, proxy.name, target.budget, proxy.budget))
    cost, full = _costs(proxy, target, left[there], right[there], ranking, lengths)
    return [
        row
        | {"shortlist": int(m), "regret": found[i], "low": low[i], "high": high[i], "random": chance[i], "ceiling": ceiling[i]}
        | {"cost_seconds": cost[i], "full_seconds": full, "scored_on": "other seed" if several else "same seed", "n": n}
        for i, m in enumerate(lengths)
    ]


def _halves(ranking: Floats, score: Floats, lengths: NDArray[np.int64], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """95 % range of the regret over random halves of the cells, each with half the shortlist."""
    n = len(ranking)
    half, count = max(n // 2, 1), min(HALVES, max(20, HALVED_POINTS // n))
    chosen = np.sort(rng.permuted(np.broadcast_to(np.arange(n), (count, n)), axis=1)[:, :half], axis=1)
    short = np.clip((lengths + 1) // 2, 1, half)
    order = np.argsort(-ranking[chosen], axis=1, kind="stable")
    picked = np.take_along_axis(score[chosen], order, axis=1)
    best = np.maximum.accumulate(picked, axis=1)[:, short - 1]
    low, high = np.percentile(picked.max(axis=1)[:, None] - best, [2.5, 97.5], axis=0)
    return low, high


def _costs(
    proxy: Source, target: Source, left: NDArray[np.int64], right: NDArray[np.int64], ranking: Floats, lengths: NDArray[np.int64]
) -> tuple[Floats, float]:
    """Seconds of all proxy trainings and of the shortlist's target trainings; what a shared run has already done is free."""
    if proxy.landscape.seconds is None or target.landscape.seconds is None:
        return np.full(len(lengths), NAN), NAN
    cheap, dear = proxy.landscape.seconds[left, proxy.column], target.landscape.seconds[right, target.column]
    same_run = proxy.name == target.name and proxy.landscape.shared
    rest = np.maximum(dear - cheap, 0.0) if same_run else dear
    order = np.argsort(-ranking, kind="stable")
    return cheap.sum() + np.cumsum(rest[order])[lengths - 1], float(dear.sum())
