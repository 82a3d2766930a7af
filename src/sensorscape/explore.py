"""The Python interface for notebooks: landscapes out of a study's store or of a table, and their footprint.

    from sensorscape.explore import Landscape, figure, footprint

`Landscape` is that of `sensorscape.landscape.landscape` with two more ways to make one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import pandas as pd

from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json
from sensorscape.landscape import landscape as arrays
from sensorscape.landscape.edits import with_edits
from sensorscape.landscape.footprint import Footprint, footprint_of
from sensorscape.landscape.gather import landscape_of, runs_of
from sensorscape.landscape.settings import Settings
from sensorscape.landscape.table import Space, holds_subspace, table_landscape, with_neighbours
from sensorscape.project import Project


class Landscape(arrays.Landscape):
    """A landscape, see `sensorscape.landscape.landscape.Landscape`; made from a study's store or from a table."""

    @classmethod
    def from_store(cls, project: str | Path, sensor: str) -> Self:
        """The accepted runs of a study on one sensor, as the project's MLflow store holds them.

        Args:
            project: the project's folder, where `dvc repro` has run.
            sensor: a sensor of the study.

        Raises:
            SensorscapeError: when a stage's output is missing, the sensor is not in the study, or a run differs from its record.
        """
        from sensorscape import params
        from sensorscape.cells.cell import Cell
        from sensorscape.cells.codes import pack
        from sensorscape.cells.distances import edit
        from sensorscape.registry import store

        place = Project(root=Path(project).resolve(), main=Path(project).resolve())
        models = place.root / "models"
        study = read_json(models / "study.json", made_by="dvc repro train")
        if sensor not in study["sensors"]:
            raise SensorscapeError(f"the study has no sensor {sensor!r}", f"one of: {', '.join(study['sensors'])}")
        if sensor in study["tables"]:
            raise SensorscapeError(f"{sensor} is a table: nothing of it is in the store", "use Landscape.from_table")
        verdicts = read_json(models / "verdicts.json", made_by="dvc repro check_runs")["runs"]
        entries = [entry for entry in study["entries"] if entry["sensor"] == sensor]
        runs = runs_of(store.read_records(place, entries), entries, verdicts)
        chosen = params.load(place.root / "params.yaml")
        walks = read_json(models / "walks.json", made_by="dvc repro sample")
        described = {run.cell: run.record["cell"] for run in runs}
        found = landscape_of(
            sensor,
            runs,
            budgets=chosen.training.budgets,
            seeds=chosen.training.seeds,
            codes={name: pack(np.asarray(Cell.from_dict(cell).code)) for name, cell in described.items()},
            walks=walks["walks"],
            walk_budget=chosen.walk.budget,
            neighbourhood=walks["neighbourhood"],
            shared=chosen.training.schedule == "shared",
        )
        cells = {name: Cell.from_dict(cell) for name, cell in described.items()}
        if holds_subspace(found, {name: int(cell["vertices"]) for name, cell in described.items()}):
            found = with_neighbours(found, _space())
        return cls._of(*with_edits([found], cells.__getitem__, edit))

    @classmethod
    def from_table(
        cls,
        path: str | Path,
        *,
        name: str = "",
        unit: str = "accuracy",
        range: tuple[float, float] = (0.0, 1.0),
        columns: Mapping[int, str] | None = None,
    ) -> Self:
        """The landscape of a file of fitness: CSV, Parquet or NASBench-101's tfrecord (see `sensorscape.cells.tables.load`).

        Args:
            path: the file.
            name: of the landscape; default the file's name.
            unit: what the fitness is.
            range: the values the unit can take.
            columns: the fitness column of every budget; default the columns whose names are numbers of epochs.

        Raises:
            SensorscapeError: when the file is missing or cannot be read: which cell, and why.
        """
        from sensorscape.cells.cache import find
        from sensorscape.cells.distances import edit
        from sensorscape.cells.tables import load

        table = load(Path(path), unit=unit, range=range, columns=columns)
        own = name or Path(path).name.split(".")[0]
        found = table_landscape(own, table.hashes, table.budgets, table.fitness, _space(), unit=unit, scale=range)
        return cls._of(*with_edits([found], find, edit))

    @classmethod
    def _of(cls, found: arrays.Landscape) -> Self:
        return cls(**{one.name: getattr(found, one.name) for one in fields(found)})


def _space() -> Space:
    from sensorscape.cells.cache import space_hashes
    from sensorscape.cells.features import features_of_space
    from sensorscape.cells.neighbourhoods import neighbourhood
    from sensorscape.cells.space import space

    return Space(space_hashes(), space().words, space().digits, lambda which: neighbourhood(which).matrix, features=features_of_space())


def footprint(
    landscape: arrays.Landscape | Sequence[arrays.Landscape],
    *,
    budget: int | None = None,
    late_budget: int | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Footprint:
    """All measures of one landscape or of several side by side.

    Args:
        landscape: one, or several with distinct names.
        budget: epochs of the eight metrics; default the last but one of the first landscape.
        late_budget: epochs it is compared with; default the last.
        bootstrap: replicates of every interval.
        seed: of everything drawn.

    Returns:
        `Footprint`: ``metrics`` and ``undefined`` by sensor, ``tables`` and ``plots`` as data frames, ``content`` with the words.
    """
    several = [landscape] if isinstance(landscape, arrays.Landscape) else list(landscape)
    if not several:
        raise SensorscapeError("a footprint needs at least one landscape", "make one with Landscape.from_store or Landscape.from_table")
    budgets = several[0].budgets
    early = budget if budget is not None else budgets[max(len(budgets) - 2, 0)]
    late = late_budget if late_budget is not None else budgets[-1]
    return footprint_of(several, Settings(early, late, bootstrap=bootstrap, seed=seed))


def figure(name: str, made: Footprint) -> tuple[Any, pd.DataFrame]:
    """One figure of the page, drawn into a new Matplotlib figure.

    Args:
        name: as in reports/figures: ``radar``, ``density``, ``fdc``, ``walk``, ``ruggedness``, ``persistence_positive``, ``means``, …
        made: what `footprint` returned.

    Returns:
        The axes (one, or a list) and the table that is plotted.

    Raises:
        SensorscapeError: for an unknown name, or when these data cannot give the figure: with the reason.
    """
    from sensorscape.report.catalogue import entries
    from sensorscape.report.material import Material, read_footprint
    from sensorscape.report.palette import Palette
    from sensorscape.report.style import UndefinedFigure

    with TemporaryDirectory() as folder:  # the page draws what was written and read back; so does this
        made.write(Path(folder))
        content, tables = read_footprint(Path(folder))
    material = Material(footprint=content, tables=tables, palette=Palette(list(content["sensors"])))
    known = entries(material)
    if name not in known:
        raise SensorscapeError(f"there is no figure {name!r}", f"one of: {', '.join(known)}")
    try:
        return known[name].draw(material)
    except UndefinedFigure as error:
        raise SensorscapeError(
            f"these data cannot give the figure {name}: {error}", "made.undefined says what is missing and why"
        ) from error


__all__ = ["Footprint", "Landscape", "figure", "footprint"]
