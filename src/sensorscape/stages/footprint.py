"""The stage `footprint`: the measures of every sensor's landscape, read from the MLflow store."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np

from sensorscape.cells.cache import find
from sensorscape.cells.cell import Cell
from sensorscape.cells.codes import pack
from sensorscape.cells.distances import edit
from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json
from sensorscape.forking import cores
from sensorscape.landscape import listing
from sensorscape.landscape.edits import with_edits
from sensorscape.landscape.footprint import Footprint, footprint_of
from sensorscape.landscape.gather import Run, landscape_of, runs_of
from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.settings import Settings
from sensorscape.landscape.table import Space, holds_subspace, table_landscape, with_neighbours
from sensorscape.params import Footprint as Choices
from sensorscape.params import Table, Training, Walk
from sensorscape.project import Project
from sensorscape.registry import ledger, store, studies, sync
from sensorscape.registry.location import StoreError

LARGE = 50_000
"""Cells of a landscape whose measures need gigabytes while they are computed: they are computed one after the other."""


def run(
    project: Project, *, sensor: tuple[str, ...], sensors: Mapping[str, Any], walk: Walk, training: Training, footprint: Choices
) -> None:
    """Write reports/metrics.json, undefined.json, plots/ and footprint/ (see `sensorscape.landscape.schema`).

    Raises:
        SensorscapeError: when an output of an earlier stage is missing or of another study, or a run in the store differs from its record.
        StoreError: when the store cannot be read.
    """
    models = project.root / "models"
    study = read_json(models / "study.json", made_by="dvc repro train")
    if set(study["sensors"]) != set(sensor):
        found, wanted = ", ".join(study["sensors"]), ", ".join(sensor)
        raise SensorscapeError(f"models/study.json is of the sensors {found}, params.yaml asks for {wanted}", "dvc repro train")
    runs = read_runs(project, study)
    landscapes = _landscapes(project, runs, sensor, sensors, walk, training)
    made = _footprint(project, study, runs, landscapes, walk, training, footprint)
    made.write(project.root / "reports")
    for name, lacking in made.undefined.items():
        print(f"{name}: {len(made.metrics[name])} metrics, {len(lacking)} undefined: reports/undefined.json says why")
    if study["entries"]:
        _show(project)


def _show(project: Project) -> None:
    """The metrics on the study's run in MLflow; the outputs do not depend on it."""
    try:
        studies.attach_results(project, page=False)
    except StoreError as error:
        print(f"footprint: the metrics are not in MLflow yet: {error}", file=sys.stderr)


def read_runs(project: Project, study: Mapping[str, Any]) -> list[Run]:
    """The study's runs as the store holds them, with their verdicts; runs of the ledger that the store lacks are added first.

    Raises:
        SensorscapeError: when a file is missing, or a run in the store differs from its record.
    """
    entries = study["entries"]
    if not entries:
        return []
    verdicts = read_json(project.root / "models" / "verdicts.json", made_by="dvc repro check_runs")["runs"]
    sync.add_missing(project, ledger.read(project.root / "models" / "runs.jsonl"))
    unjudged = [entry["fingerprint"] for entry in entries if entry["fingerprint"] not in verdicts]
    if unjudged:
        raise SensorscapeError(f"{len(unjudged)} runs have no verdict, the first is {unjudged[0][:12]}", "dvc repro check_runs")
    return runs_of(store.read_records(project, entries), entries, verdicts)


def _landscapes(
    project: Project, runs: list[Run], sensor: tuple[str, ...], sensors: Mapping[str, Any], walk: Walk, training: Training
) -> list[Landscape]:
    described = {run.cell: run.record["cell"] for run in runs}
    codes = {name: pack(np.asarray(Cell.from_dict(cell).code)) for name, cell in described.items()}
    paths = read_json(project.root / "models" / "walks.json", made_by="dvc repro sample")
    found = [
        _table(project, name, sensors[name], paths, training.budgets)
        if isinstance(sensors[name], Table)
        else landscape_of(
            name,
            runs,
            budgets=training.budgets,
            seeds=training.seeds,
            codes=codes,
            walks=paths["walks"],
            walk_budget=walk.budget,
            neighbourhood=paths["neighbourhood"],
            shared=training.schedule == "shared",
        )
        for name in sensor
    ]
    vertices = {name: int(cell["vertices"]) for name, cell in described.items()}
    found = [with_neighbours(one, _space()) if not one.table and holds_subspace(one, vertices) else one for one in found]
    return with_edits(found, lambda name: Cell.from_dict(described[name]) if name in described else find(name), edit)


def _space() -> Space:
    from sensorscape.cells.cache import space_hashes
    from sensorscape.cells.features import features_of_space
    from sensorscape.cells.neighbourhoods import neighbourhood
    from sensorscape.cells.space import space

    return Space(space_hashes(), space().words, space().digits, lambda which: neighbourhood(which).matrix, features=features_of_space())


def _table(project: Project, name: str, definition: Table, paths: Mapping[str, Any], budgets: Sequence[int]) -> Landscape:
    """The landscape of a table sensor: all of its table's cells, and the study's walks through it."""
    from sensorscape.cells.tables import load

    how = dict(vars(definition))
    table = load(project.root / how.pop("table"), **how)
    return table_landscape(
        name,
        table.hashes,
        budgets,
        table.at(budgets),
        _space(),
        unit=table.unit,
        scale=table.range,
        walks=paths["walks"],
        neighbourhood=paths["neighbourhood"],
    )


def _footprint(
    project: Project,
    study: Mapping[str, Any],
    runs: list[Run],
    landscapes: list[Landscape],
    walk: Walk,
    training: Training,
    footprint: Choices,
) -> Footprint:
    population = read_json(project.root / "models" / "population.json", made_by="dvc repro sample")
    names = [one.name for one in landscapes]
    conditions = listing.conditions(runs, landscapes, footprint.persistence_to) | {
        "tables": {one.name: {**study["tables"].get(one.name, {}), "cells": one.n} for one in landscapes if one.table},
        "sensors": study["sensors"],
        "training": _plain(training),
        "walk": _plain(walk),
        "sampler": population["sampler"],
    }
    listed = {
        "fitness": listing.fitness(runs, names, training.budgets),
        "cells": listing.cells(runs),
        "pruned": listing.pruned(runs, names),
    }
    processes = 1 if any(one.n > LARGE for one in landscapes) else cores()
    settings = Settings(**_plain(footprint))
    return footprint_of(landscapes, settings, study=study["study"], listed=listed, conditions=conditions, processes=processes)


def _plain(section: Any) -> dict[str, Any]:
    return asdict(section) if is_dataclass(section) and not isinstance(section, type) else dict(section)
