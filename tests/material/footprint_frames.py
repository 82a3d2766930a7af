"""Made-up output of the stage `footprint`, in its schema and of plausible shape, for tests of the page. Nothing here is a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.landscape.replay import with_excess
from sensorscape.landscape.schema import EIGHT, METRICS, PLOTS, TABLES, write_table

BUDGETS = (1, 3, 9, 27)
FAMILIES = ("beta", "weibull", "log-normal")
LEVEL = {"s1": 0.45, "s2": 0.75, "fusion": 0.7}


def cell_hash(index: int) -> str:
    return hashlib.md5(f"cell {index}".encode(), usedforsecurity=False).hexdigest()


class Made:
    """All frames and JSON files of a made-up study."""

    def __init__(self, sensors: Sequence[str] = ("s1", "s2", "fusion"), n: int = 24, steps: int = 40, replay: bool = True) -> None:
        self.sensors, self.n, self.steps = tuple(sensors), n, steps
        self.random = np.random.default_rng(7)
        self.hashes = [cell_hash(i) for i in range(n)]
        quality = self.random.normal(0, 1, n)
        self.fitness: dict[tuple[str, int], np.ndarray] = {}
        for s in sensors:
            own = 0.6 * quality + 0.8 * self.random.normal(0, 1, n)
            for b, gain in zip(BUDGETS, (0.45, 0.7, 0.9, 1.0), strict=True):
                noise = self.random.normal(0, 1, n) * (0.9, 0.6, 0.4, 0.3)[BUDGETS.index(b)]
                self.fitness[s, b] = np.clip(LEVEL.get(s, 0.6) * gain + 0.07 * (own + noise), 0.01, 0.99)
        self.tables: dict[str, pd.DataFrame] = {name: pd.DataFrame(columns=table.names) for name, table in TABLES.items()}
        for name in ("fitness", "cells", "pruned", "metrics", "means", "sensitivity", "density", "fdc", "walks", "persistence"):
            getattr(self, f"_{name}")()
        for name in ("optima", "radar", "differences", "noise", "correlation", "proxies", "features", "published"):
            getattr(self, f"_{name}")()
        if replay:
            self._replay()
        self.footprint = self._footprint()

    def _put(self, name: str, rows: list[dict[str, Any]]) -> None:
        frame = pd.DataFrame(rows, columns=TABLES[name].names)
        for column in TABLES[name].columns:
            if column.kind in ("text", "yes/no"):
                frame[column.name] = frame[column.name].astype(object).fillna("").astype(str)
            else:
                frame[column.name] = pd.to_numeric(frame[column.name]).astype("Int64" if column.kind == "integer" else "float64")
        self.tables[name] = frame

    def _fitness(self) -> None:
        rows = [
            {
                "sensor": s,
                "cell": cell,
                "seed": 0,
                "budget": b,
                "fitness": self.fitness[s, b][i],
                "accuracy": self.fitness[s, b][i],
                "average_accuracy": self.fitness[s, b][i],
                "train_fitness": min(1, self.fitness[s, b][i] + 0.1),
                "seconds": 2.0 * b,
                "flagged": "yes" if i == 3 else "no",
                "fingerprint": f"{i:064x}",
            }
            for s in self.sensors
            for i, cell in enumerate(self.hashes)
            for b in BUDGETS
        ]
        self._put("fitness", rows)

    def _cells(self) -> None:
        rows = [
            {
                "cell": cell,
                "population": "yes",
                "walk": "no",
                "vertices": 4 + i % 4,
                "edges": 4 + i % 6,
                "depth": 2 + i % 4,
                "width": 1 + i % 3,
                "conv1x1": i % 3,
                "conv3x3": (i + 1) % 3,
                "maxpool3x3": i % 2,
                "parameters": 1e4 * (1 + i),
            }
            for i, cell in enumerate(self.hashes)
        ]
        self._put("cells", rows)

    def _pruned(self) -> None:
        rows = [
            {
                "sensor": self.sensors[0],
                "cell": cell_hash(900 + i),
                "seed": 0,
                "roles": "population",
                "outcome": "diverged",
                "reasons": "outcome is diverged: loss is not finite",
                "fingerprint": f"{900 + i:064x}",
            }
            for i in range(2)
        ]
        self._put("pruned", rows)

    def _metrics(self) -> None:
        rows = []
        for s in self.sensors:
            for metric in METRICS:
                late = metric.endswith("_late")
                for reading in ("paper", "robust"):
                    value = self._value(s, metric)
                    undefined = metric == "local_optima" and self.n < 33
                    rows.append(
                        {
                            "sensor": s,
                            "budget": 27 if late else 9,
                            "metric": metric,
                            "reading": reading,
                            "value": np.nan if undefined else value,
                            "low": np.nan if undefined else value - abs(value) * 0.2,
                            "high": np.nan if undefined else value + abs(value) * 0.2,
                            "n": self.n,
                            "reference": 0.4 if metric.startswith("persistence") else np.nan,
                            "note": "the interval of ρ̂ holds 0" if metric == "ruggedness" and s == "s1" else "",
                            "reason": "33 models are needed, there are 24" if undefined else "",
                        }
                    )
        self._put("metrics", rows)

    def _value(self, sensor: str, metric: str) -> float:
        now, late = self.fitness[sensor, 9], self.fitness[sensor, 27]
        fixed = {"ruggedness": 2.4, "autocorrelation": 0.42, "correlation_length": 1.2, "local_optima": 3.0, "fdc": -0.2, "fdc_late": -0.25}
        fixed |= {"persistence_positive": 33.3, "persistence_negative": 16.7, "auc_positive": 0.2, "auc_negative": 0.11, "fdc_slope": -0.01}
        known = {
            "mean": now.mean(),
            "sd": now.std(),
            "mean_late": late.mean(),
            "sd_late": late.std(),
            "walk_mean": now.mean(),
            "best": now.max(),
        }
        return float(known.get(metric, fixed.get(metric, 0.0)))

    def _means(self) -> None:
        rows = []
        for s in self.sensors:
            for k, b in enumerate(BUDGETS):
                f = self.fitness[s, b]
                change = np.nan if k == 0 else f.mean() - self.fitness[s, BUDGETS[k - 1]].mean()
                rows.append(
                    {"sensor": s, "budget": b, "mean": f.mean(), "mean_low": f.mean() - 0.03, "mean_high": f.mean() + 0.03, "sd": f.std()}
                    | {
                        "sd_low": f.std() * 0.7,
                        "sd_high": f.std() * 1.3,
                        "previous_budget": BUDGETS[k - 1] if k else None,
                        "change": change,
                    }
                    | {"change_low": change - 0.02, "change_high": change + 0.02, "n_change": self.n if k else 0, "n": self.n}
                    | {"reason": "" if k else "the smallest budget has none before it"}
                )
        self._put("means", rows)

    def _sensitivity(self) -> None:
        rows = [
            {
                "sensor": s,
                "metric": m,
                "value": self._value(s, m),
                "n": self.n,
                "value_unflagged": self._value(s, m) * 1.02,
                "n_unflagged": self.n - 1,
            }
            for s in self.sensors
            for m in EIGHT
        ]
        self._put("sensitivity", rows)

    def _density(self) -> None:
        grid = np.linspace(0, 1, 201)
        fits, vuong, bars, curves, steps = [], [], [], [], []
        for s in self.sensors:
            for b in BUDGETS:
                f = self.fitness[s, b]
                mean, sd = f.mean(), f.std()
                for k, family in enumerate(FAMILIES):
                    density = np.exp(-0.5 * ((grid - mean) / (sd * (1 + 0.1 * k))) ** 2) / (sd * (1 + 0.1 * k) * np.sqrt(2 * np.pi))
                    fits.append(
                        {
                            "sensor": s,
                            "budget": b,
                            "points": "all",
                            "family": family,
                            "first": 2.0 + k,
                            "second": 3.0,
                            "log_likelihood": 20.0 - k,
                        }
                        | {
                            "aic": -36.0 + 2 * k,
                            "bic": -33.6 + 2 * k,
                            "best": "yes" if k == 0 else "no",
                            "winner_share": (0.6, 0.3, 0.1)[k],
                        }
                        | {
                            "anderson_darling": 0.4,
                            "anderson_darling_p": 0.4,
                            "kolmogorov_smirnov": 0.1,
                            "kolmogorov_smirnov_p": 0.5,
                            "n": self.n,
                        }
                    )
                    curves += self._curve(s, b, family, grid, density)
                curves += self._curve(s, b, "kernel", grid, np.exp(-0.5 * ((grid - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))
                for first, second in combinations(FAMILIES, 2):
                    vuong.append(
                        {
                            "sensor": s,
                            "budget": b,
                            "points": "all",
                            "first": first,
                            "second": second,
                            "statistic": 0.4,
                            "p": 0.7,
                            "n": self.n,
                        }
                    )
                count, edges = np.histogram(f, 8)
                for left, right, c in zip(edges[:-1], edges[1:], count, strict=True):
                    row = {"sensor": s, "budget": b, "left": left, "right": right, "count": c, "density": c / self.n / (right - left)}
                    bars.append(row)
                for i, v in enumerate(np.sort(f)):
                    steps.append({"sensor": s, "budget": b, "fitness": v, "cumulative": (i + 1) / self.n})
        for name, rows in (("densities", fits), ("vuong", vuong), ("histogram", bars), ("curves", curves), ("ecdf", steps)):
            self._put(name, rows)

    @staticmethod
    def _curve(s: str, b: int, name: str, grid: np.ndarray, density: np.ndarray) -> list[dict[str, Any]]:
        total = np.cumsum(density) * (grid[1] - grid[0])
        return [
            {"sensor": s, "budget": b, "curve": name, "fitness": x, "density": d, "cumulative": min(1.0, c)}
            for x, d, c in zip(grid, density, total, strict=True)
        ]

    def _fdc(self) -> None:
        points, fits, boxes, changes = [], [], [], []
        for s in self.sensors:
            for distance, scale in (("code", 16), ("edit", 6)):
                for b in BUDGETS:
                    f = self.fitness[s, b]
                    best = int(f.argmax())
                    d = np.round(4 + scale * self.random.random(self.n) * (1.2 - f / f.max() * 0.5))
                    d[best] = 0
                    for i, cell in enumerate(self.hashes):
                        row = {"sensor": s, "budget": b, "distance": distance, "cell": cell, "d": d[i], "fitness": f[i]}
                        points.append(row | {"best": "yes" if i == best else "no"})
                    slope, intercept = np.polyfit(d, f, 1)
                    fits.append(
                        {
                            "sensor": s,
                            "budget": b,
                            "distance": distance,
                            "best_cell": self.hashes[best],
                            "intercept": intercept,
                            "slope": slope,
                        }
                        | {
                            "pearson_paper": -0.3,
                            "slope_robust": slope / 2,
                            "slope_low": slope - 0.01,
                            "slope_high": slope + 0.01,
                            "pearson": -0.2,
                        }
                        | {"pearson_low": -0.5, "pearson_high": 0.2, "spearman": -0.2, "spearman_low": -0.5, "spearman_high": 0.2, "p": 0.3}
                        | {"five_best_low": -0.4, "five_best_high": 0.1, "n": self.n}
                    )
                    for value in np.unique(np.delete(d, best)):
                        at = np.delete(f, best)[np.delete(d, best) == value]
                        q = np.quantile(at, [0, 0.25, 0.5, 0.75, 1])
                        boxes.append(
                            {"sensor": s, "budget": b, "distance": distance, "d": value, "mean": at.mean(), "n": len(at)}
                            | {"sd": at.std(ddof=1) if len(at) > 1 else np.nan, "whisker_low": q[0], "quarter": q[1], "median": q[2]}
                            | {"three_quarters": q[3], "whisker_high": q[4]}
                        )
                for quantity in ("pearson", "slope", "spread"):
                    changes.append(
                        {
                            "sensor": s,
                            "distance": distance,
                            "quantity": quantity,
                            "budget": 9,
                            "late_budget": 27,
                            "early": -0.2,
                            "late": -0.25,
                        }
                        | {"change": -0.05, "low": -0.2, "high": 0.1, "n": self.n}
                    )
        for name, rows in (("fdc_points", points), ("fdc_fits", fits), ("fdc_boxes", boxes), ("fdc_change", changes)):
            self._put(name, rows)

    def _walks(self) -> None:
        points, rugged, trend, pairs = [], [], [], []
        for s in self.sensors:
            for b in BUDGETS[:3]:
                x = np.zeros(self.steps)
                for t in range(1, self.steps):
                    x[t] = 0.5 * x[t - 1] + self.random.normal()
                f = self.fitness[s, b].mean() + 0.05 * x
                smooth = np.full(self.steps, np.nan)
                if self.steps >= 5:
                    smooth[2:-2] = np.convolve(f, np.ones(5) / 5, "valid")
                for t in range(self.steps):
                    row = {"sensor": s, "budget": b, "walk": 0, "step": t, "cell": cell_hash(t % 9), "fitness": f[t], "smoothed": smooth[t]}
                    points.append(row)
                for estimate in ("walk", "paper", "robust"):
                    rugged.append(
                        {
                            "sensor": s,
                            "budget": b,
                            "neighbourhood": "hamming",
                            "estimate": estimate,
                            "walk": 0 if estimate == "walk" else None,
                        }
                        | {"rho": 0.4, "low": 0.1, "high": 0.7, "tau": 2.5, "correlation_length": 1.1, "bias": -0.06, "white_noise": "no"}
                        | {"n": self.steps, "missing": 0}
                    )
            trend.append({"sensor": s, "from_budget": 1, "to_budget": 9, "change": 0.1, "low": -0.1, "high": 0.3, "p": 0.4})
            trend[-1] |= {"verdict": "not told apart", "n": self.steps}
        for first, second in combinations(self.sensors, 2):
            row = {"first": first, "second": second, "budget": 9, "raw": 0.4, "detrended": 0.3, "low": 0.0, "high": 0.55, "p": 0.05}
            pairs.append(row | {"n": self.steps, "effective_n": 22.0})
        for name, rows in (("walks", points), ("ruggedness", rugged), ("ruggedness_trend", trend), ("walk_correlation", pairs)):
            self._put(name, rows)

    def _persistence(self) -> None:
        curve, area, seeds = [], [], []
        for s in self.sensors:
            for sign in ("positive", "negative"):
                for reading in ("paper", "robust"):
                    for k in range(1, len(BUDGETS) + 1):
                        for percent in range(1, 51):
                            start = max(0, round(self.n * percent / 100))
                            value = 100 * (percent / 100) ** (0.35 * (k - 1)) if start else np.nan
                            chance = 100 * (percent / 100) ** (k - 1)
                            curve.append(
                                {"sensor": s, "sign": sign, "reading": reading, "budgets": k, "percent": percent, "value": value}
                                | {
                                    "low": max(0, value - 15),
                                    "high": min(100, value + 15),
                                    "kept": round(start * value / 100) if start else 0,
                                }
                                | {
                                    "start": start,
                                    "independence": chance,
                                    "independence_low": chance * 0.5,
                                    "independence_high": chance * 1.5,
                                }
                                | {
                                    "copula": min(100, value + 3),
                                    "copula_low": max(0, value - 12),
                                    "copula_high": min(100, value + 14),
                                    "n": self.n,
                                }
                                | {"reason": "" if start else "the set of the smallest budget is empty"}
                            )
                        area.append(
                            {"sensor": s, "sign": sign, "reading": reading, "budgets": k, "value": 0.2, "low": 0.1, "high": 0.3}
                            | {
                                "independence": 0.02,
                                "copula": 0.21,
                                "copula_low": 0.1,
                                "copula_high": 0.33,
                                "defined": 23,
                                "empty": "1 2",
                                "n": self.n,
                            }
                        )
                for kind in ("cross-seed", "corrected"):
                    row = {"sensor": s, "sign": sign, "kind": kind, "budgets": 4, "percent": 25, "n": self.n}
                    seeds.append(row | {"reason": "one seed per cell: several are needed"})
        for name, rows in (("persistence", curve), ("auc", area), ("persistence_seeds", seeds)):
            self._put(name, rows)

    def _optima(self) -> None:
        rows = []
        for s in self.sensors:
            for method, hood in (("sample", "code"), ("sample", "edit"), ("exact", "hamming"), ("birthday", "hamming")):
                row = {"sensor": s, "budget": 9, "method": method, "neighbourhood": hood, "n": self.n}
                rows.append(row | {"reason": "33 models are needed" if method == "sample" else "not every neighbour was measured"})
        self._put("optima", rows)

    def _radar(self) -> None:
        names = ("mean", "autocorrelation", "local_optima", "persistence_positive", "persistence_negative", "auc_positive", "auc_negative")
        rows = []
        for k, s in enumerate(self.sensors):
            for j, axis in enumerate(names):
                position = 0.3 + 0.08 * j + 0.1 * k if axis != "local_optima" else np.nan
                rows.append(
                    {
                        "sensor": s,
                        "axis": axis,
                        "label": axis.replace("_", " "),
                        "raw": 0.4,
                        "raw_low": 0.3,
                        "raw_high": 0.5,
                        "null": 0.0,
                        "ceiling": 1.0,
                    }
                    | {"position": position, "position_low": position - 0.1, "position_high": min(1, position + 0.1)}
                    | {"reason": "33 models are needed" if axis == "local_optima" else ""}
                )
        self._put("radar", rows)

    def _differences(self) -> None:
        rows = []
        for first, second in combinations(self.sensors, 2):
            for metric in ("mean", "sd", "autocorrelation", "local_optima", *EIGHT[4:]):
                a, b = self._value(first, metric), self._value(second, metric)
                width = max(0.02, abs(a) * 0.2)
                row = {"first": first, "second": second, "metric": metric}
                if metric == "local_optima":
                    rows.append(row | {"n": self.n, "reason": "33 models are needed"})
                    continue
                rows.append(
                    row
                    | {"value_first": a, "value_second": b, "difference": a - b, "low": a - b - width, "high": a - b + width}
                    | {
                        "effect": (a - b) / width,
                        "p": 0.01,
                        "p_holm": 0.04 if abs(a - b) > width else 0.6,
                        "smallest_detectable": 1.4 * width,
                    }
                    | {"verdict": "more than noise" if abs(a - b) > width else "within noise", "n": self.n}
                )
        self._put("differences", rows)

    def _noise(self) -> None:
        why = "one seed per cell: several are needed (training.seeds)"
        self._put(
            "reliability", [{"sensor": s, "budget": b, "seeds": 1, "n": self.n, "reason": why} for s in self.sensors for b in BUDGETS]
        )
        self._put("agreement", [{"first": a, "second": b, "budget": 9, "n": 0, "reason": why} for a, b in combinations(self.sensors, 2)])

    def _correlation(self) -> None:
        keys = [(s, b) for s in self.sensors for b in BUDGETS]
        rows = []
        for s, b in keys:
            for t, c in keys:
                r = float(np.corrcoef(self.fitness[s, b], self.fitness[t, c])[0, 1])
                rows.append(
                    {
                        "first_sensor": s,
                        "first_budget": b,
                        "second_sensor": t,
                        "second_budget": c,
                        "kendall": r * 0.7,
                        "kendall_low": r * 0.7 - 0.2,
                    }
                    | {
                        "kendall_high": min(1, r * 0.7 + 0.2),
                        "spearman": r,
                        "spearman_low": r - 0.2,
                        "spearman_high": min(1, r + 0.2),
                        "n": self.n,
                    }
                )
        self._put("correlation", rows)

    def _proxies(self) -> None:
        rows = []
        for t in self.sensors:
            target = self.fitness[t, 27]
            for s in self.sensors:
                for b in BUDGETS:
                    if (s, b) == (t, 27):
                        continue
                    order = np.argsort(-self.fitness[s, b])
                    for m in (1, 2, 3, 5, 8, 12, 18, self.n):
                        if m > self.n:
                            continue
                        regret = target.max() - target[order[:m]].max()
                        rows.append(
                            {
                                "target_sensor": t,
                                "target_budget": 27,
                                "proxy_sensor": s,
                                "proxy_budget": b,
                                "shortlist": m,
                                "regret": regret,
                            }
                            | {
                                "low": max(0, regret - 0.03),
                                "high": regret + 0.03,
                                "random": (target.max() - target.mean()) / m,
                                "ceiling": np.nan,
                            }
                            | {
                                "cost_seconds": self.n * 2.0 * b + m * 54,
                                "full_seconds": self.n * 54.0,
                                "scored_on": "same seed",
                                "n": self.n,
                            }
                        )
        self._put("proxies", rows)

    def _features(self) -> None:
        names = ("conv1x1", "conv3x3", "maxpool3x3", "depth", "width", "parameters")
        rows = [
            {
                "sensor": s,
                "budget": 9,
                "feature": f,
                "coefficient": 0.02 * (j - 2),
                "low": 0.02 * (j - 2) - 0.03,
                "high": 0.02 * (j - 2) + 0.03,
            }
            | {"p": 0.2, "importance": 0.05 * (j + 1), "r_squared": 0.4, "n": self.n}
            for s in self.sensors
            for j, f in enumerate(names)
        ]
        self._put("features", rows)
        pairs = [
            {
                "first": a,
                "second": b,
                "budget": 9,
                "feature": f,
                "difference": 0.01,
                "low": -0.03,
                "high": 0.05,
                "p": 0.5,
                "p_holm": 1.0,
                "n": self.n,
            }
            for a, b in combinations(self.sensors, 2)
            for f in names
        ]
        self._put("interactions", pairs)

    def _replay(self) -> None:
        curves, summary, correlations = [], [], []
        steps = (1, 2, 4, 8, 16, 32, 64, 100)
        for s in self.sensors:
            curves.append(
                {"landscape": s, "sensor": s, "budget": 9, "neighbourhood": "hamming"} | {"reason": "not every neighbour was measured"}
            )
        for k in range(24):
            rho = 0.03 + k * 0.04
            name = f"synthetic ρ = {rho:.2f}"
            for algorithm, speed in (("random", 0.0), ("local", 1.0), ("evolution", 0.7)):
                for e in steps if k % 8 == 0 else ():
                    regret = 0.3 * np.exp(-e * (0.02 + 0.05 * rho * speed))
                    row = {
                        "landscape": name,
                        "sensor": "",
                        "budget": None,
                        "neighbourhood": "hamming",
                        "algorithm": algorithm,
                        "evaluations": e,
                    }
                    curves.append(row | {"regret": regret, "low": regret * 0.8, "high": regret * 1.2, "seeds": 100})
                summary.append(
                    {
                        "landscape": name,
                        "synthetic": "yes",
                        "budget": None,
                        "neighbourhood": "hamming",
                        "algorithm": algorithm,
                        "cells": 2000,
                    }
                    | {"rho": rho, "optima": 0.2 * (1 - rho), "median_evaluations": 80 - 50 * rho * speed, "found": 0.6, "seeds": 100}
                    | {"area": 0.4 - 0.2 * rho * speed + 0.01 * np.sin(7 * k)}
                )
        for algorithm, value in (("random", 0.05), ("local", -0.9), ("evolution", -0.8)):
            for measure in ("rho", "optima"):
                row = {"neighbourhood": "hamming", "algorithm": algorithm, "measure": measure, "landscapes": 24, "p": 0.001}
                correlations.append(row | {"spearman": value, "low": value - 0.1, "high": value + 0.1})
        for name, rows in (("replay", curves), ("replay_summary", with_excess(summary)), ("replay_correlation", correlations)):
            self._put(name, rows)

    def _published(self) -> None:
        values = {"s1": (0.47, 0.13, 17.84, 100), "s2": (0.94, 0.03, 1.54, 88), "fusion": (0.89, 0.05, 6.03, 75)}
        late = {"s1": 0.64, "s2": 0.97, "fusion": 0.94}
        negative = {"s1": (4.0, 0.01), "s2": (31.82, 0.26), "fusion": (5.26, 0.01)}
        likelihood = {"s1": (46.28, 44.52, 53.63), "s2": (165.18, 164.70, 155.05), "fusion": (109.72, 109.04, 107.78)}
        rows = []
        for s, (mean, sd, tau, accepted) in values.items():
            pairs = {"mean": mean, "sd": sd, "ruggedness": tau, "accepted": accepted}
            pairs |= {"persistence_negative": negative[s][0], "auc_negative": negative[s][1]}
            pairs |= {f"log_likelihood_{f}": v for f, v in zip(FAMILIES, likelihood[s], strict=True)}
            rows += [{"sensor": s, "budget": 36, "metric": m, "value": v, "source": "Section 4"} for m, v in pairs.items()]
            rows.append({"sensor": s, "budget": 108, "metric": "mean_late", "value": late[s], "source": "Section 4"})
            rows.append({"sensor": s, "budget": 36, "metric": "best_density", "text": "beta", "source": "Tables 1–3"})
        self._put("published", rows)

    def _footprint(self) -> dict[str, Any]:
        frame = self.tables["metrics"].set_index(["sensor", "metric", "reading"])
        summary: dict[str, Any] = {s: {} for s in self.sensors}
        for (s, metric, reading), row in frame.iterrows():
            numbers = {k: None if pd.isna(row[k]) else float(row[k]) for k in ("value", "low", "high", "reference")}
            entry = numbers | {"n": int(row["n"]), "reason": row["reason"] or None, "note": row["note"] or None}
            summary[s].setdefault(metric, {})[reading] = entry
        conditions = {
            "runs": {
                s: {
                    "population": self.n + 2,
                    "accepted": self.n,
                    "pruned": 2,
                    "flagged": 1,
                    "walk_cells": 30,
                    "walk_accepted": 30,
                    "cells": 50,
                    "seeds": 1,
                }
                for s in self.sensors
            },
            "pruned_reasons": {self.sensors[0]: {"outcome is diverged: loss is not finite": 2}} if self.sensors else {},
            "tables": {},
            "sensors": {s: {"sen1": "all"} for s in self.sensors},
            "training": {"budgets": list(BUDGETS), "schedule": "shared", "seeds": [0]},
            "walk": {"neighbourhood": "hamming", "walks": 1, "length": self.steps, "budget": 9},
            "sampler": "lhs",
            "subset": ["a" * 64],
            "devices": ["cpu"],
            "versions": {"torch": ["2.13.0"], "python": ["3.11.2"], "sensorscape": ["0.1.0"]},
            "resolution": {s: {"P": 16.7, "rho": 0.16} for s in self.sensors},
            "overlap": 0.31,
        }
        best = {s: {str(b): {"aic": "beta", "reason": None} for b in BUDGETS} for s in self.sensors}
        return {
            "study": "embedded",
            "sensors": list(self.sensors),
            "budgets": list(BUDGETS),
            "budget": 9,
            "late_budget": 27,
            "settings": {"budget": 9, "late_budget": 27, "persistence_to": 25, "optima_neighbours": 10, "bootstrap": 1000, "seed": 11},
            "neighbourhood": "hamming",
            "conditions": conditions,
            "summary": summary,
            "best_density": best,
            "statements": [{"topic": "overview", "text": "The mean fitness differs between s1 and s2 by more than noise."}],
            "cannot": [
                {"topic": "persistence", "text": "One model changes P at N = 25 by 16.7 percent: finer differences cannot be seen."}
            ],
            "tables": {name: len(frame) for name, frame in self.tables.items()},
        }

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        return {
            s: {m: r["paper"]["value"] for m, r in rows.items() if r["paper"]["value"] is not None}
            for s, rows in self.footprint["summary"].items()
        }

    @property
    def undefined(self) -> dict[str, dict[str, str]]:
        return {
            s: {m: r["paper"]["reason"] for m, r in rows.items() if r["paper"]["reason"]} for s, rows in self.footprint["summary"].items()
        }

    def write(self, reports: Path) -> Path:
        """reports/ as the stage leaves it."""
        for name, table in TABLES.items():
            write_table(reports / "footprint", table, self.tables[name])
        for table in PLOTS.values():
            write_table(reports / "plots", table, pd.DataFrame())
        for path, value in (
            ("footprint/footprint.json", self.footprint),
            ("metrics.json", self.metrics),
            ("undefined.json", self.undefined),
        ):
            (reports / path).write_text(json.dumps(value), encoding="utf-8")
        return reports


def material_of(made: Made, **changes: Any) -> Any:
    """The material of a page around a made-up footprint."""
    from sensorscape.report.material import Material
    from sensorscape.report.palette import Palette
    from sensorscape.report.patches import Data

    classes = [f"class {index}" for index in range(1, 18)]
    random = np.random.default_rng(3)
    images = [None if index == 4 else random.integers(0, 255, (32, 32, 3), dtype=np.uint8) for index in range(17)]
    data = Data(
        source="data/raw/synthetic.h5",
        synthetic="synthetic: simulated, not observed",
        classes=classes,
        pictures={"radar": images, "optical": images},
        rows=[None if image is None else index for index, image in enumerate(images)],
        checks={
            "main": {
                "rows": 1200,
                "accepted": 1198,
                "pruned": 2,
                "reasons": {"not_finite": 2},
                "flags": [],
                "expectations": [
                    {"name": "all_finite", "looks_at": "patch", "consequence": "prune", "checked": 1200, "unexpected": 2, "success": False},
                ],
            }
        },
        subset={
            "train": 300,
            "test": 600,
            "split": "random",
            "overlap": 0.31,
            "overlap_reason": None,
            "class_counts": {"train": [17] * 17, "test": [35] * 17},
        },
        baseline={sensor: {"kappa": 0.41, "accuracy": 0.5, "features": 16} for sensor in made.sensors},
    )
    network = {"stem": 8, "stacks": 3, "cells": 1, "batch_norm_momentum": 0.1}
    training = {"optimiser": "sgd", "batch": 64, "learning_rate": 0.1, "precision": "float32", "schedule": "shared"}
    parts: dict[str, Any] = {
        "footprint": made.footprint,
        "tables": made.tables,
        "palette": Palette(made.sensors),
        "data": data,
        "identity": {sensor: {"network": network, "training": training} for sensor in made.sensors},
        "commits": ["0123456789abcdef0123456789abcdef01234567"],
        "population": {"diagnostics": {"rejected": 8, "stratification_kept": 0.71}},
        "walks": {"diagnostics": {"components": 4373}},
        "verdicts": {
            "expectations": [
                {"name": "finished", "looks_at": "run", "consequence": "prune", "checked": 78, "unexpected": 2, "success": False}
            ]
        },
        "champions": {sensor: {"cell": cell_hash(2), "kappa_choice": 0.5, "kappa_report": 0.48} for sensor in made.sensors},
    }
    return Material(**(parts | changes))
