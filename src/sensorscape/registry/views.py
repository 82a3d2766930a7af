"""Saved views of MLflow's runs table, one per sensor of a study: its cells by kappa at the decision budget, with the columns that matter.

MLflow shows neither metrics nor a cell's shape unless a user picks the columns. A view is a tag of the experiment (MLflow 3.17; older
ones ignore its name and open it by address). The experiment's description says what is in it.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote

from sensorscape.registry import contents
from sensorscape.registry.database import connect
from sensorscape.registry.opening import EXPERIMENT, Store, patiently, speaking
from sensorscape.registry.record import Record
from sensorscape.registry.writing import Writer

_PREFIX = "mlflow.sharedViewState."
_NOTE = "mlflow.note.content"
ABOUT = """Every training of every study: one run per cell, sensor and seed, and one run per execution of a study.

- Open a view (*Views*, top right): the cells of one sensor, best first. `kappa_9` is Cohen's kappa on the test split after 9 epochs.
- *Model metrics* of a run: `test/…` and `train/…` over budgets, `epoch/…` over epochs. *Artifacts*: the cell, the confusion matrix, the
  learning curve, the model, and the complete record.
- Tags `study.<name>.verdict` and `.roles`: what quality control said, and whether the cell was drawn or walked on.
- *Model registry*: `cell-<hash>` has a version per run; `sensorscape-<sensor>@champion` is the best.

Everything here can be made again from the ledger: `sensorscape sync`."""


def key(study: str, sensor: str) -> str:
    """The name of a view in an address (``viewStateShareKey=…``)."""
    return f"{study}-{sensor}"


def of_study(study: str, sensors: Sequence[str], budgets: Sequence[int], budget: int, created: int) -> dict[str, str]:
    """The tags that make up the views of a study.

    Args:
        study: its name.
        sensors: those that have runs.
        budgets: all of them, in epochs.
        budget: the one to sort by.
        created: milliseconds since 1970, the same for the same study.
    """
    columns = [f"metrics.`kappa_{number}`" for number in sorted(budgets)]
    columns += [f"params.`cell.{name}`" for name in ("operations", "depth", "width", "parameters")]
    columns += [f"tags.`study.{study}.{name}`" for name in ("roles", "verdict")]
    found = {}
    for sensor in sensors:
        state = {
            "searchFilter": f"tags.sensor = '{sensor}' and tags.`study.{study}.roles` LIKE '%'",
            "orderByKey": f"metrics.`kappa_{budget}`",
            "orderByAsc": False,
            "selectedColumns": columns,
        }
        name = f"{study}: {sensor} by kappa after {budget} epochs"
        found[_PREFIX + key(study, sensor)] = json.dumps(
            {"name": name, "createdAt": created, "updatedAt": created, "state": json.dumps(state)}
        )
    return found


def show(store: Store, writer: Writer, study: str, records: Mapping[str, Record], budgets: Sequence[int], budget: int) -> None:
    """Save the views of a study and the experiment's description; what is equal is not written again.

    Raises:
        StoreError: when the store cannot be written.
    """
    sensors = sorted({record["sensor"] for record in records.values()})
    created = max((contents.started(record) for record in records.values()), default=0)
    with speaking(store.location):
        there = _tags(store)
        wanted = {_NOTE: there.get(_NOTE, ABOUT)} | of_study(study, sensors, budgets, budget, created)
        fresh = {name: value for name, value in wanted.items() if there.get(name) != value}
        if fresh:
            patiently(lambda: writer.tag_experiment(fresh))


def addresses(store: Store, base: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Where each view is: `keys` by title → address below `base` (``http://127.0.0.1:5000``)."""
    with speaking(store.location):
        number = _experiment_id(store)
    table = f"{base}/#/experiments/{number}/runs?workflowType=machine_learning"
    return {title: f"{table}&viewStateShareKey={quote(name)}" for title, name in keys.items()}


def _experiment_id(store: Store) -> str:
    if store.location.database is None:
        return store.experiment
    found = _ask(store, "SELECT experiment_id, name FROM experiments WHERE name = ?")
    return str(found[0][0]) if found else store.experiment


def _tags(store: Store) -> dict[str, str]:
    if store.location.database is None:
        return dict(store.client.get_experiment(store.experiment).tags)
    return dict(_ask(store, "SELECT t.key, t.value FROM experiment_tags t JOIN experiments e USING (experiment_id) WHERE e.name = ?"))


def _ask(store: Store, query: str) -> list[Any]:
    database = store.location.database
    if database is None:
        return []

    def answer() -> list[Any]:
        with closing(connect(database)) as connection:
            return connection.execute(query, (EXPERIMENT,)).fetchall()

    return patiently(answer)
