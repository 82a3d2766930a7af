"""The stage `sample`: draw the population and the walks."""

from typing import Any

from sensorscape import params
from sensorscape.cells import Cell
from sensorscape.cells.lists import read_list
from sensorscape.cells.neighbourhoods import Neighbourhood, neighbourhood
from sensorscape.cells.samplers import Sample, sample
from sensorscape.cells.space import space
from sensorscape.cells.walks import Walk, random_walk
from sensorscape.files import write_json
from sensorscape.project import Project


def run(project: Project, *, population: params.Population, walk: params.Walk) -> None:
    """Write models/population.json and models/walks.json."""
    write_json(project.root / "models" / "population.json", draw_population(project, population))
    write_json(project.root / "models" / "walks.json", draw_walks(walk))


def draw_population(project: Project, population: params.Population) -> dict[str, Any]:
    """The population as population.json holds it; a list of cells is taken whole, whatever `population.count` says."""
    if population.sampler == "list":
        drawn: Sample = read_list(project.root / population.cells)
    else:
        drawn = sample(population.sampler, population.count, population.seed)
    return {
        "sampler": population.sampler,
        "seed": population.seed,
        "cells": [cell.to_dict() | {"hash": cell.hash} for cell in drawn.cells],
        "diagnostics": drawn.diagnostics,
    }


def draw_walks(walk: params.Walk) -> dict[str, Any]:
    """The walks as walks.json holds them, with the components they lie in."""
    graph = neighbourhood(walk.neighbourhood)
    walks = [random_walk(graph, walk.length, (walk.seed, number), step=walk.step, start=walk.start) for number in range(walk.walks)]
    paths = [[space().cell(row) for row in drawn.rows.tolist()] for drawn in walks]
    visited: dict[str, Cell] = {cell.hash: cell for path in paths for cell in path}
    return {
        "neighbourhood": walk.neighbourhood,
        "step": walk.step,
        "walks": [[cell.hash for cell in path] for path in paths],
        "cells": {name: cell.to_dict() for name, cell in visited.items()},
        "diagnostics": graph.summary() | {"walks": [_diagnostics(graph, drawn) for drawn in walks]},
    }


def _diagnostics(graph: Neighbourhood, drawn: Walk) -> dict[str, Any]:
    """What a reader needs to judge one walk: where it could go, and how often it came back or stayed."""
    degrees = graph.degrees[drawn.rows]
    return {
        "component_size": int(graph.component_sizes[graph.components[drawn.rows[0]]]),
        "distinct_cells": len(set(drawn.rows.tolist())),
        "redrawn_starts": drawn.redrawn,
        "refused_steps": drawn.stayed,
        "mean_degree": round(float(degrees.mean()), 6),
        "degrees": degrees.tolist(),
    }
