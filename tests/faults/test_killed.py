"""Killed by SIGKILL at the worst moments: the next `dvc repro` finishes, trains nothing twice and gives the same bytes."""

import json

import pytest


def was_killed(done):
    """Whether the stage ended by SIGKILL and not by another fault."""
    return done.returncode != 0 and "Traceback" not in done.stderr and ("exited with 137" in done.stderr or "exited with -9" in done.stderr)


def when(records):
    """Fingerprint → when it was trained: a run that was trained again says another time."""
    return {name: record["environment"]["started"] for name, record in records.items()}


def started_in_work(project):
    folder = project.root / ".sensorscape" / "runs"
    records = [json.loads(path.read_text()) for path in folder.glob("*/record.json")]
    return {record["fingerprint"]: record["environment"]["started"] for record in records}


@pytest.mark.parametrize(
    ("moment", "call"),
    [
        ("sensorscape.registry.store:log_run", 5),  # trained, in no store and no ledger
        ("sensorscape.registry.tables:Tables._dataset", 4),  # half written into the store
        ("sensorscape.registry.ledger:write", 1),  # all in the store, none in the ledger
    ],
)
def test_between_store_and_ledger_nothing_is_lost_and_nothing_trained_twice(new_project, trap, ledger, stored, moment, call):
    project = new_project(changes={"sensor": ["s1"], "population": {"count": 2}, "walk": {"length": 3}})
    killed = project.run("dvc", "repro", "train", check=False, **trap(moment, "kill", call))
    assert was_killed(killed)
    before = started_in_work(project)
    assert before
    project.run("dvc", "repro", "train")
    after = when(ledger(project))
    assert before.items() <= after.items()
    assert set(stored(project).values()) <= {1}
    project.run("sensorscape", "sync")  # a run that was taken over is added here, or by `register`
    assert stored(project) == dict.fromkeys(after, 1)
    assert "RUNNING" not in project.run("sensorscape", "status", check=False).stdout


@pytest.mark.parametrize(
    ("moment", "call"),
    [
        ("sensorscape.registry.tables:Tables.version", 4),
        ("sensorscape.registry.tables:Tables._version_tags", 2),
        ("sensorscape.registry.tables:Tables.alias", 3),
        ("sensorscape.files:write_json", 1),
    ],
)
def test_while_registering_models_each_is_there_once_afterwards(run_project, trap, hashes, ledger, versions, moment, call):
    before, expected = hashes(run_project), versions(run_project)
    (run_project.root / "models" / "store").rename(run_project.root / "lost")
    killed = run_project.run("dvc", "repro", "-f", "-s", "register", check=False, **trap(moment, "kill", call))
    assert was_killed(killed)
    run_project.run("dvc", "repro", "-f", "-s", "register")
    assert hashes(run_project) == before
    assert versions(run_project) == expected
    assert set(expected.values()) == {1}
    assert run_project.run("sensorscape", "status").returncode == 0


@pytest.mark.parametrize(
    ("stage", "moment", "call", "output"),
    [
        ("subset", "sensorscape.patches.standardise:apply", 2, "data/subset/subset.h5"),
        ("report", "sensorscape.report.write:_write_csv", 4, "reports/index.html"),
    ],
)
def test_while_an_output_is_written_it_is_there_whole_or_not_at_all(run_project, trap, hashes, stage, moment, call, output):
    before = hashes(run_project)
    killed = run_project.run("dvc", "repro", "-f", "-s", stage, check=False, **trap(moment, "kill", call))
    assert was_killed(killed)
    assert not (run_project.root / output).exists()
    run_project.run("dvc", "repro", "-s", stage)
    assert hashes(run_project) == before
    left = [path for path in (run_project.root / output).parent.iterdir() if path.name.endswith(".part")]
    assert left == []
