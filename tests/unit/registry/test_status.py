"""One screen on what DVC has, what MLflow has, what is missing where, and the command that mends it."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from sensorscape.registry import status, store, sync


@pytest.fixture
def workspace(workspace):
    """A workspace whose study is complete in ledger, dvc.lock and store."""
    project, records = workspace
    outs = [{"path": f"models/{name}", "md5": "0" * 32} for name in ("runs.jsonl", "study.json")]
    (project.root / "dvc.lock").write_text(json.dumps({"stages": {"train": {"outs": outs}}}))
    sync.sync(project)
    return project, records


def remedies(project):
    return dict(status.status(project).problems)


def test_a_complete_project_has_nothing_to_mend(workspace):
    project, _ = workspace
    found = status.status(project)
    assert found.problems == []
    assert any("study embedded: 2 runs (s1 2)" in line for line in found.dvc)
    assert any("verdicts: 2 accepted" in line for line in found.dvc)
    assert any("2 runs, 1 executions of studies, 3 model versions" in line for line in found.mlflow)
    assert any("sensorscape-s1@champion" in line for line in found.mlflow)


def test_a_lost_store_is_mended_by_sync(workspace):
    project, _ = workspace
    shutil.rmtree(project.store)
    assert remedies(project) == {"the store is missing: 2 runs of the ledger are not in MLflow": "sensorscape sync"}
    assert not project.store.exists(), "a status changes nothing"


def test_missing_runs_and_models_are_counted(workspace):
    project, _ = workspace
    with closing(sqlite3.connect(project.store / "mlflow.db")) as connection, connection:
        run = connection.execute("SELECT run_uuid FROM tags WHERE key = 'kind' AND value = 'run'").fetchone()
        connection.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", run)
        connection.execute("DELETE FROM model_version_tags")
    assert remedies(project)["1 of 2 runs of the ledger are not in MLflow"] == "sensorscape sync"
    assert "sensorscape sync" in remedies(project)["2 runs have no registered model"]


def test_altered_numbers_are_named_with_their_run(workspace):
    project, records = workspace
    with closing(sqlite3.connect(project.store / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE metrics SET value = 0.9 WHERE key = 'kappa_3'")
    found = remedies(project)
    assert set(found.values()) == {"sensorscape sync --mend"}
    assert {record["fingerprint"][:12] for record in records} == {problem.split("run ")[1][:12] for problem in found}


def test_lost_weights_are_noticed(workspace):
    project, _ = workspace
    next((project.store / "artifacts").glob("*/artifacts/model/model.safetensors")).unlink()
    assert "1 registered models have lost their weights" in remedies(project)


def test_a_run_left_running_is_said(workspace):
    project, _ = workspace
    opened = store.open_store(project)
    opened.client.create_run(opened.experiment)
    assert any("RUNNING" in problem for problem in remedies(project))


@pytest.mark.parametrize(("cached", "remedy"), [(True, "dvc checkout"), (False, "dvc pull, or to make them: dvc repro")])
def test_an_output_that_is_not_there_is_checked_out_or_pulled(workspace, cached, remedy):
    project, _ = workspace
    (project.root / "models" / "study.json").unlink()
    if cached:
        place = project.main / ".dvc" / "cache" / "files" / "md5" / "00"
        place.mkdir(parents=True)
        (place / ("0" * 30)).touch()
    assert remedy in remedies(project).values()


def test_a_project_that_was_never_run_says_so(stored):
    assert remedies(stored) == {"there are no results yet": "dvc repro, or git pull and dvc pull"}


def test_a_status_loads_neither_mlflow_nor_dvc(workspace):
    project, _ = workspace
    code = (
        "import sys; from pathlib import Path; from sensorscape.project import Project; from sensorscape.registry import status\n"
        "found = status.status(Project(Path(sys.argv[1]), Path(sys.argv[1])))\n"
        "print(len(found.problems), sorted({name.split('.')[0] for name in sys.modules} & {'mlflow', 'dvc', 'torch', 'pandas'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, project.root], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1)[1].strip() == "[]"


def test_the_check_looks_at_everything_and_hides_passwords(workspace, monkeypatch):
    project, _ = workspace
    monkeypatch.setattr(status.takeover, "dvc", lambda *_: "shelf\tssh://user:secret@host/path\n")
    found = {what: (well, detail) for what, well, detail in status.check(project)}
    assert {"git repository", "DVC cache", "DVC remote", "DVC locks", "store", "store's disk", "store's lock", "free disk", "GPU"} <= set(
        found
    )
    assert found["DVC remote"] == (True, "shelf (ssh://host/path)")
    assert found["store"][0]
    assert found["mlflow"][0]
    assert not found["git repository"][0]
