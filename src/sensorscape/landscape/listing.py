"""The tables that list what was run: every accepted run, every cell, every pruned run, and the study's conditions."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sensorscape.landscape.gather import Run, counts
from sensorscape.landscape.landscape import Landscape

Rows = list[dict[str, Any]]
_PACKAGES = ("python", "torch", "sensorscape")
_OUTSIDE = ("device", "place", "commit", "dirty", "started", "baseline")


def fitness(runs: Sequence[Run], sensors: Sequence[str], budgets: Sequence[int]) -> Rows:
    """Table `fitness`: accepted population runs, one row per evaluation, in the order of the study."""
    chosen = [run for run in runs if run.accepted and "population" in run.roles and run.sensor in sensors]
    rows: Rows = []
    for run in sorted(chosen, key=lambda run: (sensors.index(run.sensor), run.cell, run.seed, run.record["fingerprint"])):
        for budget in budgets:
            evaluation = run.record["evaluations"].get(str(budget))
            if evaluation is None:
                continue
            rows.append(
                {
                    "sensor": run.sensor,
                    "cell": run.cell,
                    "seed": run.seed,
                    "budget": budget,
                    "fitness": run.fitness(budget),
                    "accuracy": evaluation["test"].get("accuracy"),
                    "average_accuracy": evaluation["test"].get("average_accuracy"),
                    "train_fitness": evaluation["train"].get("kappa"),
                    "seconds": evaluation.get("seconds"),
                    "flagged": bool(run.flags),
                    "fingerprint": run.record["fingerprint"],
                }
            )
    return rows


def cells(runs: Sequence[Run]) -> Rows:
    """Table `cells`: by hash, in the population or on a walk."""
    described: dict[str, Mapping[str, Any]] = {}
    roles: dict[str, set[str]] = {}
    for run in runs:
        described.setdefault(run.cell, run.record["cell"])
        roles.setdefault(run.cell, set()).update(run.roles)
    return [
        {
            "cell": name,
            "population": "population" in roles[name],
            "walk": "walk" in roles[name],
            **{key: described[name][key] for key in ("vertices", "edges", "depth", "width", "parameters")},
            **counts(described[name]),
        }
        for name in sorted(described)
    ]


def pruned(runs: Sequence[Run], sensors: Sequence[str]) -> Rows:
    """Table `pruned`."""
    rows = [
        {
            "sensor": run.sensor,
            "cell": run.cell,
            "seed": run.seed,
            "roles": " ".join(run.roles),
            "outcome": run.record["outcome"],
            "reasons": "; ".join(run.reasons),
            "fingerprint": run.record["fingerprint"],
        }
        for run in runs
        if not run.accepted
    ]
    return sorted(rows, key=lambda row: (sensors.index(row["sensor"]), row["cell"], row["seed"], row["fingerprint"]))


def conditions(runs: Sequence[Run], landscapes: Sequence[Landscape], persistence_to: int) -> dict[str, Any]:
    """The part of `schema.CONDITIONS` that records and landscapes tell."""
    versions: dict[str, set[str]] = {}
    for run in runs:
        for package, version in run.record["environment"].items():
            if package in _PACKAGES or (isinstance(version, str) and package not in _OUTSIDE):
                versions.setdefault(package, set()).add(str(version))
    return {
        "runs": {one.name: _counts(runs, one) for one in landscapes},
        "pruned_reasons": {one.name: _reasons(runs, one.name) for one in landscapes},
        "subset": sorted({str(run.record["identity"]["subset"]) for run in runs}),
        "devices": sorted({str(run.record["environment"]["device"]) for run in runs}),
        "versions": {package: sorted(found) for package, found in sorted(versions.items())},
        "resolution": {one.name: _resolution(one, persistence_to) for one in landscapes},
    }


def _counts(runs: Sequence[Run], landscape: Landscape) -> dict[str, int]:
    """Runs of a sensor by what became of them; of a table its cells, which nothing prunes."""
    if landscape.table:
        looked_up = dict.fromkeys(("population", "accepted", "cells"), landscape.n)
        return dict.fromkeys(("pruned", "flagged", "walk_cells", "walk_accepted"), 0) | looked_up | {"seeds": landscape.seeds}
    own = [run for run in runs if run.sensor == landscape.name]
    population = [run for run in own if "population" in run.roles]
    walk = {run.cell for run in own if "walk" in run.roles}
    accepted = [run for run in population if run.accepted]
    return {
        "population": len(population),
        "accepted": len(accepted),
        "pruned": len(population) - len(accepted),
        "flagged": sum(bool(run.flags) for run in accepted),
        "walk_cells": len(walk),
        "walk_accepted": len({run.cell for run in own if "walk" in run.roles and run.accepted}),
        "cells": landscape.n,
        "seeds": landscape.seeds,
    }


def _reasons(runs: Sequence[Run], sensor: str) -> dict[str, int]:
    return dict(sorted(Counter(reason for run in runs if run.sensor == sensor and not run.accepted for reason in run.reasons).items()))


def _resolution(landscape: Landscape, persistence_to: int) -> dict[str, float | None]:
    start = round(landscape.n * persistence_to / 100)
    points = sum(int((~np.isnan(walk.fitness)).any(axis=1).sum()) for walk in landscape.walks)
    return {"P": round(100 / start, 6) if start else None, "rho": round(1 / math.sqrt(points), 6) if points else None}
