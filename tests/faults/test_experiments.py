"""Experiments side by side: one store, made once; every run in it once; nothing trained twice; the champion stays the main study's."""

import json
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest


def trainings(project):
    """When every training in the store began, by fingerprint: twice trained would be two records."""
    found = {}
    for path in (project.root / "models" / "store" / "artifacts").glob("*/artifacts/record.json"):
        record = json.loads(path.read_text())
        found.setdefault(record["fingerprint"], set()).add(record["environment"]["started"])
    return found


def champions(project):
    with closing(sqlite3.connect(project.root / "models" / "store" / "mlflow.db")) as connection:
        return set(connection.execute("SELECT name, alias, version FROM registered_model_aliases").fetchall())


@pytest.mark.parametrize("number", [2, 6])
def test_experiments_started_at_once_make_one_store(new_project, stored, ledger, number):
    """All at once on a project that has no store: each trains the walk's cells of its own seed."""
    project = new_project(changes={"sensor": ["s1"]})
    project.run("dvc", "repro", "sample", "subset")
    project.commit()
    assert not (project.root / "models" / "store").exists()
    running = [
        subprocess.Popen(
            ["dvc", "--wait-for-lock", "exp", "run", "--temp", "-n", f"seed-{seed}", "-S", f"training.seeds=[{seed}]"],
            cwd=project.root,
            env=project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed in range(number)
    ]
    said = [one.communicate(timeout=500)[0] for one in running]
    assert [one.returncode for one in running] == [0] * number, "\n".join(said)
    runs = stored(project)
    assert set(runs.values()) == {1}
    by_seed = trainings(project)
    assert set(by_seed) == set(runs)
    assert {len(times) for times in by_seed.values()} == {1}
    for seed in range(number):
        shown = project.run("sensorscape", "show", f"seed-{seed}").stdout
        assert "not in MLflow" not in shown
        assert shown.count("  run ") == len(runs) // number
    assert not list((project.root / ".dvc" / "tmp" / "exps").rglob("mlflow.db"))


def test_ten_experiments_by_two_queue_workers_leave_every_run_once(run_project, stored):
    """Their seeds overlap, so that both workers want the same runs at the same time."""
    before, main = champions(run_project), stored(run_project)
    wanted = [[1], [1, 2], [2], [1, 3], [3], [2, 3], [1, 2, 3], [4], [4, 1], [4, 2]]
    for number, seeds in enumerate(wanted):
        run_project.run(
            "dvc", "exp", "run", "--queue", "-n", f"queued-{number}", "-S", "sensor=s1", "-S", f"training.seeds={seeds}", timeout=60
        )
    run_project.run("dvc", "queue", "start", "-j", "2")
    end = time.monotonic() + 900
    while True:
        listed = run_project.run("dvc", "queue", "status").stdout
        states = [line.split()[-1] for line in listed.splitlines() if "queued-" in line]
        if len(states) == len(wanted) and set(states) <= {"Success", "Failed"}:
            break
        assert time.monotonic() < end, listed
        time.sleep(2)
    run_project.run("dvc", "queue", "stop", check=False)
    assert set(states) == {"Success"}, listed
    runs = stored(run_project)
    assert set(runs.values()) == {1}
    assert {len(times) for times in trainings(run_project).values()} == {1}
    seen = set()
    for number, seeds in enumerate(wanted):
        shown = run_project.run("sensorscape", "show", f"queued-{number}").stdout
        assert "not in MLflow" not in shown
        names = {line.split("  run ")[1].split()[0] for line in shown.splitlines() if "  run " in line}
        assert len(names) == len(names & {name[:12] for name in runs})
        assert len(names) % len(seeds) == 0
        seen |= names
    assert {name for name in runs if name[:12] not in seen} <= set(main), "nothing but the main study's beside theirs"
    assert champions(run_project) == before, "a variant moves no alias"
    assert run_project.run("sensorscape", "status").returncode == 0


def test_a_variant_moves_no_alias_and_is_still_seen(run_project, stored):
    before, whole = champions(run_project), stored(run_project)
    run_project.run("dvc", "exp", "run", "--temp", "-n", "only-s2", "-S", "sensor=s2", "-S", "footprint.budget=2")
    assert champions(run_project) == before
    assert stored(run_project) == whole, "it trained nothing"
    shown = run_project.run("sensorscape", "show", "only-s2").stdout
    assert "executed  MLflow run" in shown
    assert "changed   sensor" in shown
    with closing(sqlite3.connect(run_project.root / "models" / "store" / "mlflow.db")) as connection:
        (run,) = connection.execute("SELECT run_uuid FROM tags WHERE key = 'experiment' AND value = 'only-s2'").fetchone()
    back = run_project.run("sensorscape", "show", run).stdout
    assert "only-s2" in back


def test_a_prune_removes_the_models_of_a_removed_experiment_only(run_project, versions):
    main = versions(run_project)
    run_project.run("dvc", "exp", "run", "--temp", "-n", "other-seed", "-S", "sensor=s1", "-S", "training.seeds=[7]")
    both = versions(run_project)
    assert len(both) > len(main)
    assert "0 model versions would be removed" in run_project.run("sensorscape", "prune").stdout, "an experiment holds them"
    run_project.run("dvc", "exp", "remove", "other-seed")
    shutil.rmtree(run_project.root / ".dvc" / "tmp" / "exps", ignore_errors=True)
    dry = run_project.run("sensorscape", "prune").stdout
    assert f"{len(both) - len(main)} model versions would be removed" in dry
    assert versions(run_project) == both, "a dry run removes nothing"
    run_project.run("sensorscape", "prune", "--yes")
    assert versions(run_project) == main
    assert run_project.run("sensorscape", "status").returncode == 0
