"""The stage that judges runs: what it reads, what it writes, what stops it."""

import json

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.params import PatchQuality, Quality, RunQuality
from sensorscape.project import Project
from sensorscape.registry import ledger
from sensorscape.registry.record import seal
from sensorscape.stages import check_runs

QUALITY = Quality(patches=PatchQuality(max_pruned=0.01, value_range=(-1.0, 1.0)), runs=RunQuality(epoch_time_factor=20.0))


def sealed(seed, outcome="finished"):
    scores = {"kappa": 0.5, "accuracy": 0.75, "average_accuracy": 0.75}
    test = {**scores, "kappa_choice": 0.5, "kappa_report": 0.5, "confusion": [[30, 10], [10, 30]]}
    return seal(
        {
            "identity": {"cell": "0" * 32, "seed": seed, "training": {"budgets": [2], "epochs": 2, "schedule": "shared"}},
            "cell": {"hash": "0" * 32},
            "sensor": "s1",
            "seed": seed,
            "outcome": outcome,
            "reason": None,
            "evaluations": {"2": {"epoch": 2, "seconds": 2.0, "train": scores, "test": test}},
            "history": {"epoch": [1, 2], "loss": [1.0, 0.5], "learning_rate": [0.1, 0.0], "seconds": [1.0, 2.0]},
            "environment": {},
            "weights": None,
        }
    )


@pytest.fixture
def project(tmp_path):
    records = [sealed(0), sealed(1, outcome="diverged")]
    entries = [{key: record[key] for key in ("fingerprint", "record_sha256", "sensor", "seed")} for record in records]
    ledger.write(tmp_path / "models" / "runs.jsonl", records)
    study = {"budgets": [2], "entries": [{**entry, "roles": ["population"]} for entry in entries]}
    (tmp_path / "models" / "study.json").write_text(json.dumps(study))
    return Project(tmp_path, tmp_path)


def test_it_writes_verdicts_and_says_how_many_runs_are_left(project, capsys):
    check_runs.run(project, quality=QUALITY)
    verdicts = json.loads((project.root / "models" / "verdicts.json").read_text())
    assert verdicts["runs"][sealed(0)["fingerprint"]]["verdict"] == "accepted"
    assert verdicts["runs"][sealed(1)["fingerprint"]] == {"verdict": "pruned", "reasons": ["unfinished: diverged"], "flags": []}
    assert capsys.readouterr().out == (
        "s1: 1 of 2 runs of the population and 0 of 0 of the walks accepted, 0 flagged; pruned: 1 unfinished\n"
    )


def test_its_output_is_the_same_each_time(project):
    path = project.root / "models" / "verdicts.json"
    outputs = []
    for _ in range(2):
        check_runs.run(project, quality=QUALITY)
        outputs.append(path.read_bytes())
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("name", ["runs.jsonl", "study.json"])
def test_a_missing_input_is_named_and_nothing_is_written(project, name):
    (project.root / "models" / name).unlink()
    with pytest.raises(SensorscapeError, match=name):
        check_runs.run(project, quality=QUALITY)
    assert not (project.root / "models" / "verdicts.json").exists()


def test_an_altered_record_stops(project):
    path = project.root / "models" / "runs.jsonl"
    path.write_text(path.read_text().replace('"kappa":0.5', '"kappa":0.6', 1))
    with pytest.raises(SensorscapeError, match=r"line 1.*altered"):
        check_runs.run(project, quality=QUALITY)
