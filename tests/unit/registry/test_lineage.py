"""From a run, a fingerprint, a cell or an experiment to all that belongs to it, and back."""

import json
import subprocess

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import ledger, lineage, mirror, reading, store, studies


@pytest.fixture
def project(stored, trained, study_of, weights):
    records = [trained("a")[0], trained("b", 0.6)[0]]
    mirror.mirror(stored, study_of(records, chosen={"s1": records[1]["fingerprint"]}), weights)
    ledger.write(stored.root / "models" / "runs.jsonl", records)
    (stored.root / "params.yaml").write_text("study: embedded\n")
    return stored, records


def test_every_name_of_a_run_leads_to_the_same(project):
    stored, (one, _) = project
    run = next(run for run in reading.index(store.open_store(stored)) if run.key[0] == one["fingerprint"])
    shown = {tuple(lineage.show(stored, what)) for what in (run.run_id, one["fingerprint"], one["fingerprint"][:8], "a" * 32, "a" * 6)}
    assert len(shown) == 1
    text = "\n".join(shown.pop())
    for words in (
        one["record_sha256"],
        "a" * 32,
        "5" * 64,
        "c" * 40,
        run.run_id,
        "cell-aaaaaaaaaaaa version 1 @s1",
        "ledger of the workspace",
    ):
        assert words in text


def test_a_champion_is_said(project):
    stored, (_, best) = project
    assert any("sensorscape-s1 version 1 @champion" in line for line in lineage.show(stored, best["fingerprint"]))


def test_replicates_are_both_shown(project, record):
    stored, (one, _) = project
    other = record(cell="a", kappa=0.9, identity=one["identity"])
    store.log_run(stored, other)
    text = "\n".join(lineage.show(stored, one["fingerprint"]))
    assert one["record_sha256"] in text
    assert other["record_sha256"] in text


@pytest.mark.parametrize("what", ["nosuch", "123456", "", "../x", "f" * 64])
def test_an_unknown_name_is_an_error_that_says_where_to_look(project, what):
    with pytest.raises(SensorscapeError, match="nothing is called") as caught:
        lineage.show(project[0], what)
    assert "sensorscape ui" in caught.value.hint


def test_an_experiment_says_what_it_changed_and_what_it_ran(project, monkeypatch):
    import hashlib

    stored, records = project

    def git(*words):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        return subprocess.run(["git", *identity, *words], cwd=stored.root, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("add", "params.yaml")
    git("commit", "-q", "-m", "first")
    baseline = git("rev-parse", "HEAD")
    content = (stored.root / "models" / "runs.jsonl").read_bytes()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    place = stored.main / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    (stored.root / "dvc.lock").write_text(json.dumps({"stages": {"train": {"outs": [{"path": "models/runs.jsonl", "md5": digest}]}}}))
    (stored.root / "params.yaml").write_text("study: embedded\nsensor: s1\n")
    git("add", "-f", "dvc.lock", "params.yaml")
    git("commit", "-q", "-m", "experiment")
    git("update-ref", f"refs/exps/{baseline[:2]}/{baseline[2:]}/happy-otter", "HEAD")
    monkeypatch.setenv("DVC_EXP_NAME", "happy-otter")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", baseline)
    content = {"study": "embedded", "entries": [{key: one[key] for key in ("fingerprint", "record_sha256")} for one in records]}
    run = studies.log_execution(stored, content, trained=0, taken_over=2)
    text = "\n".join(lineage.show(stored, "happy-otter"))
    assert f"baseline  {baseline}" in text
    assert "changed   sensor: None → s1" in text
    assert f"executed  MLflow run {run}" in text
    assert text.count("  run ") == 2
    back = "\n".join(lineage.show(stored, run))
    assert "happy-otter" in back
    assert baseline in back
    assert "refs/exps" not in "\n".join(lineage.show(stored, records[0]["fingerprint"]))
    assert "happy-otter" in "\n".join(lineage.show(stored, records[0]["fingerprint"]))
