"""The stage that registers: champions by the rule, exported whole, outputs that say nothing of when or where."""

import json
import shutil

import pytest
import safetensors.numpy

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.params import Footprint
from sensorscape.project import Project
from sensorscape.registry import ledger, mirror
from sensorscape.registry.record import seal
from sensorscape.stages import register

CELLS = {"a": ["conv3x3"], "b": ["conv1x1"], "c": ["maxpool3x3"]}
CHOICES = Footprint(budget=3, late_budget=3, persistence_to=2, optima_neighbours=1, bootstrap=100, seed=1)


def make_record(folder, letter, choice, report, sensor="s1"):
    def halves(kappa):
        return {"kappa": kappa, "accuracy": 0.5, "average_accuracy": 0.5}

    test = halves((choice + report) / 2) | {"kappa_choice": choice, "kappa_report": report, "confusion": [[1]]}
    record = {
        "identity": {"cell": letter * 32, "sensor": {"arrays": {"sen1": "all"}}, "subset": "5" * 64, "network": {}, "seed": 0, "s": sensor},
        "cell": {"hash": letter * 32, "matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": CELLS[letter]},
        "sensor": sensor, "seed": 0, "outcome": "finished", "reason": None,
        "evaluations": {"3": {"epoch": 3, "seconds": 1.0, "train": halves(0.9), "test": test}},
        "history": {"epoch": [], "loss": [], "learning_rate": [], "seconds": []}, "environment": {}, "weights": None,
    }  # fmt: skip
    import numpy as np

    path = folder / f"{seal(record)['fingerprint']}.safetensors"
    safetensors.numpy.save_file({"w": np.array([ord(letter)])}, path)
    record["weights"] = {"sha256": sha256_file(path), "bytes": path.stat().st_size, "epoch": 3}
    return seal(record)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """The outputs of the stages before, and a list of what was mirrored instead of a store."""
    models = tmp_path / "models"
    (models / "weights").mkdir(parents=True)
    records = [
        make_record(models / "weights", "a", 0.6, 0.5),
        make_record(models / "weights", "b", 0.5, 0.9),
        make_record(models / "weights", "c", 0.7, 0.7),
        make_record(models / "weights", "a", 0.3, 0.2, "s2"),
    ]
    ledger.write(models / "runs.jsonl", records)
    entries = [{key: one[key] for key in ("fingerprint", "record_sha256")} | {"roles": ["population"]} for one in records]
    (models / "study.json").write_text(json.dumps({"study": "mine", "entries": entries, "budgets": [3]}))
    verdicts = {one["fingerprint"]: {"verdict": "pruned" if one["cell"]["ops"] == ["maxpool3x3"] else "accepted"} for one in records}
    (models / "verdicts.json").write_text(json.dumps({"runs": verdicts}))
    (tmp_path / "data" / "subset").mkdir(parents=True)
    (tmp_path / "data" / "subset" / "subset.json").write_text(json.dumps({"classes": 2, "arrays": {"sen1": {"channels": 8}}}))
    seen = []
    monkeypatch.setattr(register.mirror, "mirror", lambda _, study, __: seen.append(study) or mirror.Done())
    return Project(tmp_path, tmp_path), records, seen


def read(project, name):
    return json.loads((project.root / "models" / name).read_text())


def test_the_best_accepted_run_on_the_choosing_half_is_exported(workspace, capsys):
    project, records, seen = workspace
    register.run(project, study="mine", footprint=CHOICES)
    champions = read(project, "registered.json")["champions"]
    assert champions["s1"]["fingerprint"] == records[0]["fingerprint"], "not the pruned one, not the one that only reports better"
    assert (champions["s1"]["kappa_choice"], champions["s1"]["kappa_report"]) == (0.6, 0.5)
    assert champions["s2"]["fingerprint"] == records[3]["fingerprint"]
    folder = project.root / "models" / "champions" / "s1"
    assert sha256_file(folder / "model.safetensors") == records[0]["weights"]["sha256"]
    assert read(project, "champions/s1/model.json")["fingerprint"] == records[0]["fingerprint"]
    (study,) = seen
    assert study.champions == {"s1": records[0]["fingerprint"], "s2": records[3]["fingerprint"]}
    assert study.budget == 3
    assert "kappa 0.500 (chosen by 0.600 on the other half)" in capsys.readouterr().out


def test_it_gives_the_same_bytes_when_it_runs_again(workspace):
    project, _, _ = workspace
    register.run(project, study="mine", footprint=CHOICES)

    def outputs():
        places = [project.root / "models" / "registered.json", *(project.root / "models" / "champions").rglob("*")]
        return {path: path.read_bytes() for path in places if path.is_file()}

    before = outputs()
    register.run(project, study="mine", footprint=CHOICES)
    assert outputs() == before
    assert len(before) == 1 + 2 * 4


def test_a_champion_whose_weights_were_not_kept_is_named_but_not_exported(workspace, capsys):
    project, records, _ = workspace
    (project.root / "models" / "weights" / f"{records[0]['fingerprint']}.safetensors").unlink()
    register.run(project, study="mine", footprint=CHOICES)
    assert not read(project, "registered.json")["champions"]["s1"]["exported"]
    assert not (project.root / "models" / "champions" / "s1").exists()
    assert records[0]["fingerprint"] not in read(project, "registered.json")["models"]
    assert "nothing to export" in capsys.readouterr().out


def test_champions_of_before_do_not_stay(workspace):
    project, _, _ = workspace
    shutil.copytree(project.root / "data", project.root / "models" / "champions" / "old")
    register.run(project, study="mine", footprint=CHOICES)
    assert not (project.root / "models" / "champions" / "old").exists()


def test_outputs_of_another_study_are_refused(workspace):
    project, _, seen = workspace
    with pytest.raises(SensorscapeError, match=r"is of the study 'mine', params\.yaml of 'other'"):
        register.run(project, study="other", footprint=CHOICES)
    assert seen == []
