"""A team: one MLflow server on PostgreSQL with artifacts in S3, a shared DVC remote, studies that run at the same time."""

import json
import subprocess
from collections import Counter
from pathlib import Path

TRAPS = str(Path(__file__).parents[1] / "faults" / "trap")


def records(project):
    lines = (project.root / "models" / "runs.jsonl").read_text().splitlines()
    return {record["fingerprint"]: record for record in map(json.loads, lines)}


def keys_in(uri):
    """(fingerprint, record SHA-256) → how many whole runs the database holds of it."""
    import psycopg2

    query = """SELECT a.value, b.value FROM tags a JOIN tags b USING (run_uuid) JOIN runs r USING (run_uuid)
               WHERE a.key = 'fingerprint' AND b.key = 'record_sha256' AND r.status != 'RUNNING'"""
    with psycopg2.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return Counter(cursor.fetchall())


def start(project, *command, **variables):
    return subprocess.Popen(
        command, cwd=project.root, env=project.environment | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_two_studies_at_once_share_a_server_and_a_third_trains_nothing(new_project, postgresql, bucket, mlflow_server, tmp_path):
    artifacts, variables = bucket
    server = mlflow_server(postgresql.replace("postgresql:", "postgresql+psycopg2:"), artifacts, variables)
    team = {"MLFLOW_TRACKING_URI": server.address}
    small = {"population": {"count": 2}}
    one = new_project("one", small | {"study": "one", "sensor": ["s1", "s2"]})
    two = new_project("two", small | {"study": "two", "sensor": ["s1", "fusion"]})
    for project in (one, two):  # neither asks which machine: a remote on a shared path
        project.run("dvc", "remote", "add", "-d", "--local", "shelf", str(tmp_path / "shelf"))
    running = [start(project, "dvc", "repro", **team) for project in (one, two)]
    said = [process.communicate(timeout=500)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], "\n".join(said)
    held = keys_in(postgresql)
    assert set(held.values()) == {1}, "every record exactly once"
    for project in (one, two):
        assert {(name, record["record_sha256"]) for name, record in records(project).items()} <= set(held)
        assert project.run("sensorscape", "status", **team).returncode == 0
        assert not (project.root / "models" / "store").exists(), "the server is the only store"
    pushed = [start(project, "dvc", "push", "-q", **team) for project in (one, two)]
    assert [process.wait(120) for process in pushed] == [0, 0]

    three = new_project("three", small | {"study": "three", "sensor": ["s1", "s2", "fusion"]})
    done = three.run("dvc", "repro", **team, timeout=500)
    assert " 0 to train" in done.stdout
    assert keys_in(postgresql) == held, "a third study takes everything over, weights too"
    assert len(list((three.root / "models" / "weights").glob("*.safetensors"))) == len(records(three))
    assert three.run("sensorscape", "status", **team).returncode == 0
    loaded = three.run("python", "-c", LOAD, server.address)
    assert json.loads(loaded.stdout.splitlines()[-1]) == [4]


LOAD = """
import sys, h5py, mlflow
mlflow.set_tracking_uri(sys.argv[1])
with h5py.File("data/raw/synthetic.h5") as file:
    model = mlflow.pyfunc.load_model("models:/sensorscape-s1@champion")
    print([len(model.predict(file["sen1"][:4]))])
"""


def test_a_server_that_goes_away_while_a_study_trains_costs_no_run(new_project, mlflow_server, tmp_path):
    """It is killed at the third run. Training goes on, says so, and the runs are there once it is back."""
    server = mlflow_server(f"sqlite:///{tmp_path}/mlflow.db", str(tmp_path / "artifacts"))
    project = new_project(changes={"sensor": ["s1"]})
    team = {"MLFLOW_TRACKING_URI": server.address}
    traps = {
        "PYTHONPATH": TRAPS,
        "SENSORSCAPE_TRAP": f"sensorscape.registry.store:log_run:3:kill=-{server.process.pid}",
    }
    done = project.run("dvc", "repro", "train", **team, **traps, timeout=500)
    assert "not in the store yet" in done.stdout + done.stderr
    trained = records(project)
    assert len(trained) >= 5
    status = project.run("sensorscape", "status", check=False, **team)
    assert "cannot be reached" in status.stdout
    stopped = project.run("dvc", "repro", "register", check=False, **team)
    assert stopped.returncode != 0
    assert "cannot be reached" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    server.process = None
    server.start()
    project.run("dvc", "repro", **team)
    assert project.run("sensorscape", "status", **team).returncode == 0
    assert {name: record["record_sha256"] for name, record in records(project).items()} == {
        name: record["record_sha256"] for name, record in trained.items()
    }


def test_a_writer_that_is_killed_does_not_leave_its_run_running(run_project, mlflow_server, tmp_path):
    """Through a server a run is written in several steps: what was begun is found by its digests and finished, not doubled."""
    server = mlflow_server(f"sqlite:///{tmp_path}/mlflow.db", str(tmp_path / "artifacts"))
    team = {"MLFLOW_TRACKING_URI": server.address}
    trap = {"PYTHONPATH": TRAPS, "SENSORSCAPE_TRAP": "mlflow.tracking.client:MlflowClient.set_terminated:3:kill"}
    assert run_project.run("sensorscape", "sync", check=False, **team, **trap).returncode != 0
    assert "RUNNING" in run_project.run("sensorscape", "status", check=False, **team).stdout
    run_project.run("sensorscape", "sync", **team)
    status = run_project.run("sensorscape", "status", **team)
    assert "RUNNING" not in status.stdout
    assert f" {len(records(run_project))} runs" in status.stdout
