import json

import pytest
from footprint_frames import Made, cell_hash

from sensorscape import params
from sensorscape.errors import SensorscapeError
from sensorscape.params import Dataset, Quality, Subset, Synthetic
from sensorscape.project import Project
from sensorscape.stages import check_patches, report, subset, synthesize

SENSORS = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}, "unused": {"sen2": [0]}, "fusion": {"sen1": "all", "sen2": "all"}}
DATASET = Dataset(path="data/raw/synthetic.h5", label="label", test_path=params.NO_TEST_FILE)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A workspace with synthetic patches, their checks and a subset, and a made-up footprint."""
    root = tmp_path_factory.mktemp("project")
    found = Project(root, root)
    quality = Quality(params.PatchQuality(0.5, (-1e5, 1e5)), params.RunQuality(20))
    synthesize.run(found, synthetic=Synthetic(patches=240, cities=4, seed=1))
    check_patches.run(found, sensors=SENSORS, dataset=DATASET, quality=quality)
    drawn = Subset(split="random", test_share=0.5, train_share=1.0, standardise="zscore", block_size=2000, seed=1)
    subset.run(found, sensors=SENSORS, dataset=DATASET, subset=drawn)
    Made(n=6, steps=5, replay=False).write(root / "reports")
    models = root / "models"
    models.mkdir()
    identity = {"network": {"stem": 8, "stacks": 3, "cells": 1, "batch_norm_momentum": 0.1}, "training": {"optimiser": "sgd"}}
    lines = [{"sensor": sensor, "identity": identity, "environment": {"commit": "c0ffee" * 6 + "0000"}} for sensor in SENSORS]
    (models / "runs.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    (models / "study.json").write_text(json.dumps({"entries": [{"sensor": sensor} for sensor in ("s1", "s2", "fusion")]}))
    (models / "registered.json").write_text(json.dumps({"champions": {"s1": {"cell": cell_hash(1), "kappa_report": 0.4}}}))
    return found


def run(project, **changes):
    arguments = {"study": "embedded", "sensor": ("s1", "s2", "fusion"), "sensors": SENSORS, "dataset": DATASET} | changes
    report.run(project, **arguments)
    return (project.root / "reports" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(project):
    return run(project)


def test_the_page_is_made_of_what_the_stages_left(project, page):
    assert "on synthetic data" in page
    assert "simulated by sensorscape" in page
    assert "stem of 8 channels, 3 stacks of 1 cell" in page
    assert "c0ffeec0ffee" in page
    assert "Figure 2" in page
    assert "Compact high-rise" in page


def test_the_baseline_is_computed_on_the_subset(project, page):
    baseline = (project.root / "reports/tables/baseline.csv").read_text(encoding="utf-8").splitlines()
    kappas = {line.split(",")[0]: float(line.split(",")[1]) for line in baseline[1:]}
    assert set(kappas) == {"s1", "s2", "fusion"}
    assert all(-1 <= kappa <= 1 for kappa in kappas.values())


def test_no_path_of_this_machine_and_no_date_is_on_the_page(project, page):
    assert str(project.root) not in page
    assert "dc:date" not in page


def test_a_footprint_of_another_study_is_refused(project):
    with pytest.raises(SensorscapeError, match=r"(?s)is of the study embedded.*dvc repro footprint"):
        run(project, study="pilot")
    with pytest.raises(SensorscapeError, match="dvc repro footprint"):
        run(project, sensor=("s1",))


def test_a_missing_footprint_is_named(tmp_path):
    with pytest.raises(SensorscapeError, match=r"footprint\.json is missing"):
        run(Project(tmp_path, tmp_path))


def test_a_study_of_tables_needs_no_patches(tmp_path):
    made = Made(("cifar10",), n=6, steps=5, replay=False)
    made.footprint["conditions"]["tables"] = {
        "cifar10": {"path": "data/external/tables/t.csv", "sha256": "0", "unit": "accuracy", "cells": 6}
    }
    made.write(tmp_path / "reports")
    table = params.Table(table="data/external/tables/t.csv")
    page = run(Project(tmp_path, tmp_path), sensor=("cifar10",), sensors={"cifar10": table})
    assert "synthetic" not in page
    assert 'href="http://127.0.0.1:5000/#/models' not in page.split('id="pruned_runs"')[0]  # a table's cells have no model
