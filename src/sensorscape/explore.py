"""The Python interface for notebooks: landscapes out of a study's store or of a table, and their footprint.

    from sensorscape.explore import Landscape, footprint

`Landscape` is that of `sensorscape.landscape.landscape` with two more ways to make one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Self

import numpy as np

from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json
from sensorscape.landscape import landscape as arrays
from sensorscape.landscape.footprint import Footprint, footprint_of
from sensorscape.landscape.gather import landscape_of, runs_of
from sensorscape.landscape.settings import Settings
from sensorscape.landscape.table import Space, table_landscape
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
        return cls._of(found)

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
        from sensorscape.cells.cache import space_hashes
        from sensorscape.cells.neighbourhoods import neighbourhood
        from sensorscape.cells.space import space
        from sensorscape.cells.tables import load

        table = load(Path(path), unit=unit, range=range, columns=columns)
        known = Space(space_hashes(), space().words, space().digits, lambda which: neighbourhood(which).matrix)
        own = name or Path(path).name.split(".")[0]
        return cls._of(table_landscape(own, table.hashes, table.budgets, table.fitness, known, unit=unit, scale=range))

    @classmethod
    def _of(cls, found: arrays.Landscape) -> Self:
        return cls(**{one.name: getattr(found, one.name) for one in fields(found)})


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


__all__ = ["Footprint", "Landscape", "footprint"]
