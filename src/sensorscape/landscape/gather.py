"""From records of training runs to landscapes: which run gives which entry of the fitness."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats, Landscape, Walk
from sensorscape.landscape.reading import NAN

Record = Mapping[str, Any]
OPERATIONS = ("conv1x1", "conv3x3", "maxpool3x3")


@dataclass(frozen=True)
class Run:
    """A record with its part in the study.

    Attributes:
        record: the training run.
        roles: ``population``, ``walk`` or both.
        accepted: quality control kept it.
        flags, reasons: what quality control said.
    """

    record: Record
    roles: tuple[str, ...]
    accepted: bool
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def sensor(self) -> str:
        """Name of the sensor."""
        return str(self.record["sensor"])

    @property
    def cell(self) -> str:
        """Hash of the cell."""
        return str(self.record["cell"]["hash"])

    @property
    def seed(self) -> int:
        """Training seed."""
        return int(self.record["seed"])

    def fitness(self, budget: int) -> float:
        """Kappa on the test split after `budget` epochs; NaN when the run has no such evaluation or its kappa is undefined."""
        kappa = self.record["evaluations"].get(str(budget), {}).get("test", {}).get("kappa")
        return NAN if kappa is None else float(kappa)

    def seconds(self, budget: int) -> float:
        """Cumulative training seconds up to `budget`; NaN when not recorded."""
        seconds = self.record["evaluations"].get(str(budget), {}).get("seconds")
        return NAN if seconds is None else float(seconds)


def runs_of(records: Iterable[Record], entries: Iterable[Mapping[str, Any]], verdicts: Mapping[str, Mapping[str, Any]]) -> list[Run]:
    """Records (in the order of `entries`) with their roles and verdicts.

    Raises:
        KeyError: when a run has no verdict.
    """
    found = []
    for record, entry in zip(records, entries, strict=True):
        verdict = verdicts[record["fingerprint"]]
        accepted = verdict["verdict"] == "accepted"
        found.append(Run(record, tuple(entry["roles"]), accepted, tuple(verdict["flags"]), tuple(verdict["reasons"])))
    return found


def landscape_of(
    name: str,
    runs: Sequence[Run],
    *,
    budgets: Sequence[int],
    seeds: Sequence[int],
    codes: Mapping[str, NDArray[np.unsignedinteger]],
    walks: Sequence[Sequence[str]] = (),
    walk_budget: int = 0,
    neighbourhood: str = "hamming",
    shared: bool = True,
) -> Landscape:
    """The landscape of one sensor out of its accepted runs.

    The population gives the cells; the first seed is the paper's run. A walk's point beyond `walk_budget` is left out: only cells that
    are in the population too were trained so long, and they are not a walk.

    Args:
        name: the sensor.
        runs: all runs of the study; those of other sensors are left out.
        budgets: epochs, ascending.
        seeds: in the order of the study: the first one is the paper's.
        codes: packed code of every cell by hash.
        walks: hashes of the points of each walk.
        walk_budget: epochs the walks' cells were trained to.
        neighbourhood: of the walks.
        shared: one run was evaluated at every budget.
    """
    kept = [run for run in runs if run.accepted and run.sensor == name]
    population = [run for run in kept if "population" in run.roles]
    cells = sorted({run.cell for run in population})
    place = {cell: i for i, cell in enumerate(cells)}
    order = {seed: i for i, seed in enumerate(seeds)}
    fitness = np.full((len(seeds), len(cells), len(budgets)), NAN)
    seconds = np.full((len(cells), len(budgets)), NAN)
    flagged = np.zeros(len(cells), dtype=bool)
    for run in population:
        row, seed = place[run.cell], order[run.seed]
        values = np.array([run.fitness(budget) for budget in budgets])
        fitness[seed, row] = np.where(np.isnan(values), fitness[seed, row], values)
        flagged[row] |= bool(run.flags)
        if seed == 0:
            times = np.array([run.seconds(budget) for budget in budgets])
            seconds[row] = np.where(np.isnan(times), seconds[row], times)
    described = {run.cell: run.record["cell"] for run in reversed(population)}
    return Landscape(
        name=name,
        budgets=tuple(budgets),
        cells=np.array(cells, dtype="U32"),
        fitness=fitness,
        seconds=seconds,
        code=np.stack([codes[cell] for cell in cells]) if cells else None,
        features=_features([described[cell] for cell in cells]),
        flagged=flagged,
        walks=_walks(kept, walks, budgets, walk_budget, seeds),
        neighbourhood=neighbourhood,
        shared=shared,
    )


def _walks(
    runs: Sequence[Run], walks: Sequence[Sequence[str]], budgets: Sequence[int], walk_budget: int, seeds: Sequence[int]
) -> tuple[Walk, ...]:
    measured: dict[str, Floats] = {}
    for run in runs:
        if run.seed == seeds[0]:
            values = np.array([run.fitness(budget) if budget <= walk_budget else NAN for budget in budgets])
            before = measured.get(run.cell, np.full(len(budgets), NAN))
            measured[run.cell] = np.where(np.isnan(values), before, values)
    missing = np.full(len(budgets), NAN)
    found = []
    for walk in walks:
        fitness = np.array([measured.get(cell, missing) for cell in walk]).reshape(len(walk), len(budgets))
        found.append(Walk(np.array(walk, dtype="U32"), fitness))
    return tuple(found)


def counts(cell: Mapping[str, Any]) -> dict[str, int]:
    """Vertices of each operation."""
    operations = list(cell["ops"])
    return {name: operations.count(name) for name in OPERATIONS}


def _features(cells: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    columns: dict[str, list[float]] = {name: [] for name in (*OPERATIONS, "depth", "width", "parameters")}
    for cell in cells:
        for name, value in counts(cell).items():
            columns[name].append(float(value))
        columns["depth"].append(float(cell["depth"]))
        columns["width"].append(float(cell["width"]))
        columns["parameters"].append(float(np.log10(max(cell["parameters"], 1))))
    return {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
