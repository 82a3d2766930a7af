"""The stage `footprint` where an earlier stage's outputs are missing, or are of another study; whole runs are in tests/pipeline."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sensorscape.cells.samplers import sample
from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json, write_json
from sensorscape.landscape.schema import TABLES, read_tables
from sensorscape.params import Footprint, Table, Training, Walk, load
from sensorscape.project import Project
from sensorscape.stages import footprint

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path):
    return Project(root=tmp_path, main=tmp_path)


@pytest.fixture
def chosen():
    """The sections of the committed params.yaml that the stage is given, sensors apart."""
    study = load(ROOT / "params.yaml")
    assert isinstance(study.walk, Walk)
    assert isinstance(study.training, Training)
    assert isinstance(study.footprint, Footprint)
    return {"walk": study.walk, "training": study.training, "footprint": study.footprint}


@pytest.fixture
def table_study(tmp_path):
    """A study whose one sensor is a table of 40 cells at four budgets, with a walk through three of them."""
    cells = sample("uniform", 40, seed=1).cells
    values = 0.5 + 0.1 * np.random.default_rng(0).random((40, 4))
    path = tmp_path / "data" / "external" / "tables" / "cifar.csv"
    path.parent.mkdir(parents=True)
    pd.DataFrame({"hash": [cell.hash for cell in cells]} | {str(b): values[:, i] for i, b in enumerate((1, 3, 9, 27))}).to_csv(
        path, index=False
    )
    definition = Table(table="data/external/tables/cifar.csv", unit="accuracy", range=(0.0, 1.0))
    models = tmp_path / "models"
    walk = [cells[0].hash, cells[1].hash, cells[0].hash, cells[2].hash]
    write_json(models / "walks.json", {"neighbourhood": "hamming", "walks": [walk]})
    write_json(models / "population.json", {"sampler": "uniform", "cells": []})
    write_json(models / "study.json", {"study": "t", "sensors": {"cifar": {}}, "entries": [], "tables": {"cifar": {"cells": 40}}})
    return {"sensor": ("cifar",), "sensors": {"cifar": definition}}, values


def test_without_the_output_of_train_it_names_the_stage(project, chosen):
    with pytest.raises(SensorscapeError, match=r"study\.json") as error:
        footprint.run(project, sensor=("s1",), sensors={}, **chosen)
    assert "dvc repro train" in str(error.value)


def test_a_study_of_other_sensors_is_refused(project, chosen):
    write_json(project.root / "models" / "study.json", {"sensors": {"s2": {}}, "entries": [], "tables": {}})
    with pytest.raises(SensorscapeError, match=r"of the sensors s2, params\.yaml asks for s1"):
        footprint.run(project, sensor=("s1",), sensors={}, **chosen)


def test_a_run_without_a_verdict_is_refused(project, monkeypatch):
    monkeypatch.setattr(footprint.sync, "add_missing", lambda *_: 0)
    monkeypatch.setattr(footprint.ledger, "read", lambda _: {})
    write_json(project.root / "models" / "verdicts.json", {"runs": {}})
    with pytest.raises(SensorscapeError, match="1 runs have no verdict"):
        footprint.read_runs(project, {"entries": [{"fingerprint": "f" * 64}]})


def test_a_table_alone_gives_every_table_of_the_schema(project, chosen, table_study, capsys):
    sensors, values = table_study
    footprint.run(project, **sensors, **chosen)
    reports = project.root / "reports"
    assert set(read_tables(reports / "footprint")) == set(TABLES)
    assert read_json(reports / "metrics.json", made_by="the stage")["cifar"]["mean"] == pytest.approx(values[:, 2].mean())
    undefined = read_json(reports / "undefined.json", made_by="the stage")["cifar"]
    assert all(reason for reason in undefined.values())
    assert "metrics" in capsys.readouterr().out


def test_what_in_a_cell_matters_is_asked_of_tables_too(project, chosen, table_study):
    footprint.run(project, **table_study[0], **chosen)
    rows = read_tables(project.root / "reports" / "footprint")["features"].set_index("feature")
    assert set(rows.index) == {"conv1x1", "conv3x3", "maxpool3x3", "depth", "width", "parameters"}
    assert rows["coefficient"].notna().all()


def test_a_table_without_a_budget_of_the_study_is_refused(project, chosen, table_study):
    chosen["training"] = replace(chosen["training"], budgets=(1, 3, 9, 81))
    with pytest.raises(SensorscapeError, match="no fitness at 81 epochs"):
        footprint.run(project, **table_study[0], **chosen)
