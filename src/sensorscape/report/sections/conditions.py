"""The conditions under which every number holds: runs, recipe, sampling, machines."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sensorscape.report.blocks import Block, Facts, Section, Words
from sensorscape.report.tables import Column
from sensorscape.report.text import listed, number, plural
from sensorscape.report.view import View

_SAMPLERS = {
    "lhs": "Latin hypercube over the cells' representation, pruned and distinct",
    "lhs-paper": "the published procedure: one-sample designs, redrawn until nine raw edges are set",
    "uniform": "uniform over all 423 624 cells",
    "list": "a list of cells given by the user",
}
_DIAGNOSTICS = {
    "designs": "designs drawn",
    "points": "points drawn",
    "candidates": "points drawn",
    "entries": "entries of the list",
    "distinct": "distinct cells",
    "drawn_from": "cells drawn from",
    "kept_share": "share of the points kept",
    "duplicates": "left out: drawn before",
    "no_path": "left out: no path to the output",
    "too_many_edges": "left out: more than nine edges",
    "not_nine_edges": "left out: not exactly nine edges",
    "trivial": "cells that are input→output alone",
    "before": "points before any was left out",
    "after": "points kept",
    "vertices": "cells by vertices",
    "vertices_if_uniform": "cells by vertices, if uniform",
    "cells": "cells in all",
    "pairs": "pairs of neighbours",
    "isolated": "cells without a neighbour",
}
"""Keys of the samplers' and the neighbourhood's diagnostics that do not explain themselves."""
_WALKS_SHOWN = 10
_LABELS = {
    "optimiser": "optimiser",
    "learning_rate": "base learning rate",
    "momentum": "momentum",
    "epsilon": "epsilon",
    "weight_decay": "weight decay (L2)",
    "batch": "batch",
    "augmentation": "augmentation",
    "precision": "precision",
    "schedule": "budgets share one run",
}


def section(view: View) -> Section:
    """Data, models left after quality control, recipe, devices and versions."""
    m = view.material
    blocks: list[Block] = [_runs(view)]
    if m.identity and m.conditions.get("sampler") not in (None, "uniform"):  # tables are footprinted whole, whatever was drawn
        blocks.append(
            Words(
                (
                    f"The population was not drawn uniformly (sampler {m.conditions['sampler']}): its mean describes the sample, and is "
                    f"no estimate of the mean over "
                    "the whole search space. Only the sampler “uniform” gives that.",
                ),
                "note",
            )
        )
    blocks += [
        Facts(tuple(_sampling(view)), "Sampling"),
        Facts(tuple(_recipe(view)), "Recipe, as the records name it" if m.identity else "Fitness"),
        Facts(tuple(_machines(view)), "Machines and versions"),
    ]
    return Section("conditions", "The study's conditions", "What the numbers below hold for.", tuple(blocks))


def _runs(view: View) -> Block:
    m = view.material
    rows = []
    for sensor in m.sensors:
        runs = m.conditions["runs"].get(sensor, {})
        table = (m.conditions.get("tables") or {}).get(sensor)
        reasons = (m.conditions.get("pruned_reasons") or {}).get(sensor) or {}
        why = "; ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
        rows.append(
            {
                "sensor": sensor,
                "channels": f"table {table['path']} ({table['unit']})" if table else definition(m.conditions["sensors"].get(sensor, {})),
                "population": runs.get("population"),
                "accepted": runs.get("accepted"),
                "published": m.published.value(sensor, "accepted"),
                "pruned": runs.get("pruned"),
                "reasons": why or "none",
                "flagged": runs.get("flagged"),
                "walk": runs.get("walk_accepted"),
                "seeds": runs.get("seeds"),
            }
        )
    columns = (
        Column("sensor", "sensor", kind="sensor"),
        Column("channels", "channels", kind="text"),
        Column("population", "population runs", 0),
        Column("accepted", "accepted (n)", 0),
        Column("published", "published n of 100", 0),
        Column("pruned", "pruned", 0),
        Column("reasons", "reasons to prune", kind="text"),
        Column("flagged", "flagged, kept", 0),
        Column("walk", "walk cells accepted", 0),
        Column("seeds", "seeds", 0),
    )
    caption = "Quality control prunes on validity only; a low or odd fitness is flagged and stays. Every pruned run is listed at the end."
    return view.table("runs", "Models left after quality control", pd.DataFrame(rows), columns, caption=caption)


def definition(sensor: Any) -> str:
    """A sensor's channels in words: ``sen1 (all) + sen2 (channels 2, 1, 0)``."""
    if not isinstance(sensor, Mapping):
        return str(sensor)
    if "table" in sensor:
        return f"table {sensor['table']}"
    return " + ".join(f"{array} ({_chosen(channels)})" for array, channels in sensor.items())


def _chosen(channels: Any) -> str:
    if channels == "all":
        return "all channels"
    return f"channel{'s' * (len(channels) > 1)} {', '.join(map(str, channels))}"


def _sampling(view: View) -> list[tuple[str, str]]:
    m = view.material
    walk, rows = m.conditions.get("walk") or {}, []
    sampler = m.conditions.get("sampler")
    if sampler:
        rows.append(("population", f"{sampler}: {_SAMPLERS.get(sampler, '')}".rstrip(": ")))
    rows += _diagnostics(m.population.get("diagnostics") or {}, "population: ")
    if walk.get("walks", 1):
        rows.append(
            (
                "walks",
                f"{walk.get('walks', 1)} of {walk.get('length', '?')} points in the neighbourhood "
                f"{walk.get('neighbourhood', m.footprint.get('neighbourhood'))}, "
                f"{walk.get('step', 'uniform')} steps, fitness after {walk.get('budget', m.budget)} epochs",
            )
        )
    diagnostics = m.walks.get("diagnostics") or {}
    rows += _diagnostics({key: value for key, value in diagnostics.items() if key != "walks"}, "walks: ")
    rows += _walks(diagnostics)
    rows.append(
        (
            "intervals",
            f"95 %, {number(int(m.footprint['settings']['bootstrap']))} bootstrap replicates over cells, seed "
            f"{m.footprint['settings']['seed']}",
        )
    )
    return rows


def _walks(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where each walk could go, and how often it came back or stayed; the first few of many."""
    walks, cells = found.get("walks") or [], int(found.get("cells", 0))
    rows = [
        (
            f"walk {place}",
            f"in a component of {number(int(walk['component_size']))} of {plural(cells, 'cell')}: "
            f"{plural(int(walk['distinct_cells']), 'distinct cell')} visited, mean degree {number(float(walk['mean_degree']), 2)}, "
            f"{plural(int(walk['redrawn_starts']), 'start')} redrawn, {plural(int(walk['refused_steps']), 'step')} refused",
        )
        for place, walk in enumerate(walks[:_WALKS_SHOWN], start=1)
    ]
    return rows + ([("walks not listed", number(len(walks) - _WALKS_SHOWN))] if len(walks) > _WALKS_SHOWN else [])


def _diagnostics(found: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    return [
        (prefix + _DIAGNOSTICS.get(key, key.replace("_", " ")), _plain(value))
        for key, value in found.items()
        if value is not None and len(_plain(value)) < 200
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value, 3)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _recipe(view: View) -> list[tuple[str, str]]:
    m = view.material
    fitness = [] if m.table_sensors >= set(m.sensors) else ["Cohen's kappa on the test split"]
    fitness += [f"{table['unit']} from {table['path']}" for table in (m.conditions.get("tables") or {}).values()]
    compared = (
        "fitness",
        f"{listed(list(dict.fromkeys(fitness)))}; the eight metrics after {m.budget} epochs, compared with {m.late_budget}",
    )
    if m.table_sensors >= set(m.sensors):
        return [("budgets", f"{listed([str(b) for b in m.footprint['budgets']])} epochs"), compared]
    identity: Mapping[str, Any] = next(iter(m.identity.values()), {})
    training = {**(m.conditions.get("training") or {}), **(identity.get("training") or {})}
    network = identity.get("network") or {}
    rows = []
    if network:
        rows.append(
            (
                "network",
                f"stem of {network.get('stem')} channels, {network.get('stacks')} stacks of {network.get('cells')} "
                f"cell{'s' if network.get('cells') != 1 else ''}, batch-norm momentum {network.get('batch_norm_momentum')}",
            )
        )
    rows.append(("budgets", f"{listed([str(b) for b in m.footprint['budgets']])} epochs, schedule {training.get('schedule', 'shared')}"))
    rows += [(label, str(training[key])) for key, label in _LABELS.items() if key in training and key != "schedule"]
    seeds = (m.conditions.get("training") or {}).get("seeds")
    if seeds is not None:
        rows.append(("seeds", ", ".join(map(str, seeds))))
    return [*rows, compared]


def _machines(view: View) -> list[tuple[str, str]]:
    m = view.material
    rows = [("devices", listed(list(m.conditions.get("devices") or [])) or "the records name none")]
    rows += [(package, ", ".join(found)) for package, found in sorted((m.conditions.get("versions") or {}).items())]
    if m.commits:
        rows.append(("trained with the code of", ", ".join(commit[:12] for commit in m.commits)))
    rows.append(("subset (SHA-256)", ", ".join(digest[:16] + "…" for digest in m.conditions.get("subset") or []) or "none: tables only"))
    return rows
