"""The real `dvc repro` on a study of three cells: what it leaves, what it repeats, what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from ruamel.yaml import YAML

pytestmark = [pytest.mark.pipeline, pytest.mark.xdist_group("pipeline")]


def lock_of(root: Path) -> dict[str, str]:
    """Path → hash of every output in dvc.lock."""
    stages = YAML(typ="safe").load(root / "dvc.lock")["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}


def ledger_of(root: Path) -> list[dict]:
    return [json.loads(line) for line in (root / "models" / "runs.jsonl").read_text().splitlines()]


def trained_when(root: Path) -> dict[str, str]:
    """Fingerprint → the moment at which its training began, as its record says."""
    return {record["fingerprint"]: record["environment"]["started"] for record in ledger_of(root)}


def test_every_sensor_has_a_record_per_cell_and_a_footprint(run_project):
    metrics = json.loads((run_project.root / "reports" / "metrics.json").read_text())
    population = json.loads((run_project.root / "models" / "population.json").read_text())["cells"]
    study = json.loads((run_project.root / "models" / "study.json").read_text())
    assert set(metrics) == {"s1", "s2", "fusion"}
    for sensor in metrics:
        trained = {entry["cell"] for entry in study["entries"] if entry["sensor"] == sensor and "population" in entry["roles"]}
        assert trained == {cell["hash"] for cell in population}
    assert {record["fingerprint"] for record in ledger_of(run_project.root)} == {entry["fingerprint"] for entry in study["entries"]}
    assert "synthetic" in (run_project.root / "reports" / "index.html").read_text().lower()


def test_a_second_repro_has_nothing_to_do(run_project):
    before = lock_of(run_project.root)
    assert "Data and pipelines are up to date" in run_project.run("dvc", "repro").stdout
    assert lock_of(run_project.root) == before


def test_a_forced_repro_changes_no_hash(run_project):
    before, trained = lock_of(run_project.root), trained_when(run_project.root)
    run_project.run("dvc", "repro", "-f", timeout=600)
    assert lock_of(run_project.root) == before
    assert trained_when(run_project.root) == trained


def test_a_variant_of_one_sensor_trains_nothing(run_project):
    before = trained_when(run_project.root)
    run_project.run("dvc", "exp", "run", "-S", "sensor=s1")
    after = trained_when(run_project.root)
    assert after
    assert after.items() <= before.items()
    assert {record["sensor"] for record in ledger_of(run_project.root)} == {"s1"}
    assert set(json.loads((run_project.root / "reports" / "metrics.json").read_text())) == {"s1"}


def test_a_fresh_clone_pulls_and_trains_nothing(run_project, tmp_path):
    clone = run_project.clone(tmp_path / "clone")
    clone.run("dvc", "pull", "-q")
    before = trained_when(clone.root)
    clone.run("dvc", "exp", "run", "-S", "sensor=s1")
    assert trained_when(clone.root)
    assert trained_when(clone.root).items() <= before.items()


def test_a_temporary_experiment_runs_its_own_code_and_keeps_its_runs_in_the_one_store(run_project):
    stage = run_project.root / "src" / "sensorscape" / "stages" / "report.py"
    stage.write_text(stage.read_text() + "\nimport sys\nprint('code of', __file__, file=sys.stderr)\n")
    run_project.commit("mark the code")
    done = run_project.run("dvc", "exp", "run", "--temp", "-S", "sensor=s2", "-S", "training.seeds=[1]", timeout=600)
    marks = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("code of")]
    assert marks
    assert all(f"{run_project.root}/.dvc/tmp/exps" in line for line in marks)
    assert not list((run_project.root / ".dvc" / "tmp" / "exps").rglob("mlflow.db"))


def test_dvc_by_its_path_needs_no_activated_environment(tiny_project):
    import shutil

    dvc = shutil.which("dvc", path=tiny_project.environment["PATH"])
    (tiny_project.root / ".venv").symlink_to(Path(dvc).parents[1])
    bare = {"PATH": "/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": ""}
    tiny_project.run(dvc, "repro", "sample", **bare)
    assert (tiny_project.root / "models" / "population.json").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("sensor=nosuch", "sensor: 'nosuch' is not one of the sensors"),
        ("sensor=[]", "sensor: should not be empty"),
        ("sensor=null", "sensor: "),
        ("+training.nosuch=1", "training.nosuch: unknown key"),
        ("population.count=500000", "population.count: should be less than or equal to 423624"),
        ("training.learning_rate=-1", "training.learning_rate: "),
        ("subset.train_share=0", "subset.train_share: "),
        ("subset.train_share=1.5", "subset.train_share: "),
        ("training.budgets=[2,1]", "training.budgets: should increase strictly"),
        ("training.budgets=[]", "training.budgets: should not be empty"),
    ],
)
def test_a_wrong_parameter_stops_the_experiment_with_its_key_and_loses_nothing(run_project, change, words):
    before = ledger_of(run_project.root)
    done = run_project.run("dvc", "exp", "run", "-S", change, check=False)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    run_project.run("git", "restore", "params.yaml", "dvc.lock", "reports")
    run_project.run("dvc", "checkout", "-q")
    assert ledger_of(run_project.root) == before


def test_real_pixels_of_any_layout_need_parameters_only(new_project: Callable):
    generator = np.random.default_rng(3)
    project = new_project(
        "seasons",
        {
            "study": "seasons",
            "dataset": {"path": "data/external/seasons.h5", "label": "label"},
            "sensor": ["spring", "year"],
            "sensors": {"spring": {"spring": "all"}, "year": {"spring": "all", "autumn": [0, 2]}},
        },
    )
    classes = np.repeat(np.arange(5), 40)
    with h5py.File(project.root / "data" / "external" / "seasons.h5", "w") as file:
        for name in ("spring", "autumn"):
            brightness = (classes * 400 + 500)[:, None, None, None]
            file[name] = (brightness + generator.normal(0, 120, (200, 32, 32, 3))).clip(0, 10000).astype(np.uint16)
        file["label"] = np.eye(17, dtype=np.uint8)[classes + 3]
    project.run("dvc", "add", "data/external/seasons.h5")
    project.run("dvc", "repro", timeout=600)
    metrics = json.loads((project.root / "reports" / "metrics.json").read_text())
    assert set(metrics) == {"spring", "year"}
    assert "SYNTHETIC" not in (project.root / "reports" / "index.html").read_text()


def test_a_table_is_a_sensor_like_any_other_and_needs_no_training(new_project: Callable):
    """A study of one table alone, of fitness that was measured elsewhere: its landscape is all of the table's cells."""
    table = "data/external/tables/elsewhere.csv"
    project = new_project(
        "elsewhere",
        {
            "study": "elsewhere",
            "sensor": "elsewhere",
            "sensors": {"elsewhere": {"table": table}},
            "population": {"count": 12},
            "walk": {"length": 12},
        },
    )
    project.run("dvc", "repro", "sample")
    population = json.loads((project.root / "models" / "population.json").read_text())["cells"]
    walks = json.loads((project.root / "models" / "walks.json").read_text())
    cells = {cell["hash"] for cell in population} | {cell for walk in walks["walks"] for cell in walk}
    generator = np.random.default_rng(5)
    fitness = {cell: sorted(generator.uniform(0.5, 0.9, 2)) for cell in sorted(cells)}
    lines = ["hash,1,2", *(f"{cell},{early:.6f},{late:.6f}" for cell, (early, late) in fitness.items())]
    (project.root / table).write_text("\n".join(lines) + "\n")
    project.run("dvc", "repro", timeout=600)
    assert ledger_of(project.root) == []
    metrics = json.loads((project.root / "reports" / "metrics.json").read_text())["elsewhere"]
    assert metrics["mean"] == pytest.approx(np.mean([early for early, _ in fitness.values()]), abs=1e-6)
    assert "elsewhere" in (project.root / "reports" / "index.html").read_text()
