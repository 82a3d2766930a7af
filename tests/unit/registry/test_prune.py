"""Pruning: models that nothing names go, on disk and in the registry; what any commit names stays; in doubt everything stays."""

import json
import shutil
import subprocess

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json
from sensorscape.registry import ledger, mirror, models, prune, work


@pytest.fixture
def pruned(stored, trained, study_of, weights, monkeypatch):
    """A repository whose store holds models of two runs, of which only the first is in the ledger."""

    def git(*words):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        subprocess.run(["git", *identity, *words], cwd=stored.root, check=True, capture_output=True)

    records = [trained("a")[0], trained("b")[0]]
    mirror.mirror(stored, study_of(records), weights)
    ledger.write(stored.root / "models" / "runs.jsonl", records[:1])
    git("init", "-q", "-b", "main")
    (stored.root / "params.yaml").write_text("study: a\n")
    git("add", "params.yaml")
    git("commit", "-q", "-m", "first")
    return stored, records, git


def versions(project):
    return {version.key[0] for version in models.shelf_of_file(project.store / "mlflow.db")}


def test_a_dry_run_says_and_a_real_one_does(pruned):
    project, records, _ = pruned
    plan = prune.plan(project)
    assert [version.key[0] for version in plan.versions] == [records[1]["fingerprint"]]
    assert plan.kept == 1
    assert len(versions(project)) == 2
    prune.prune(project)
    assert versions(project) == {records[0]["fingerprint"]}
    left = list((project.store / "artifacts").glob("*/artifacts/model/model.safetensors"))
    assert len(left) == 1
    assert len(list((project.store / "artifacts").glob("*/artifacts/record.json"))) == 2, "the runs themselves stay"
    assert prune.plan(project).versions == []


def test_work_that_nobody_needs_goes_with_its_model(pruned):
    project, records, _ = pruned
    for record in records:
        folder = project.work / "runs" / record["fingerprint"]
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(canonical_json(record))
        (folder / "weights.safetensors").write_bytes(b"weights")
    assert prune.plan(project).freed == len(b"weights"), "models/weights still holds the model's"
    with work.in_use(project):
        prune.prune(project)
    assert len(list((project.work / "runs").iterdir())) == 2, "not while anything is trained"
    assert len(versions(project)) == 1
    ledger.write(project.root / "models" / "runs.jsonl", [])
    prune.prune(project)
    assert [path.name for path in (project.work / "runs").iterdir()] == [records[1]["fingerprint"]], "it had no model to go with"


def test_the_ledger_of_an_experiment_under_way_keeps_its_models(pruned):
    project, records, _ = pruned
    ledger.write(project.main / ".dvc" / "tmp" / "exps" / "standalone" / "tmpabc" / "models" / "runs.jsonl", records[1:])
    assert prune.plan(project).versions == []
    ledger.write(project.main / ".dvc" / "tmp" / "exps" / "tmpabc" / "part" / "models" / "runs.jsonl", records[1:])
    shutil.rmtree(project.main / ".dvc" / "tmp" / "exps" / "standalone")
    assert prune.plan(project).versions == []


def test_disk_is_counted_as_freed_only_where_no_other_name_holds_it(pruned):
    project, records, _ = pruned
    assert prune.plan(project).freed == 0, "models/weights still holds it"
    path = project.root / "models" / "weights" / f"{records[1]['fingerprint']}.safetensors"
    size = path.stat().st_size
    path.unlink()
    assert prune.plan(project).freed == size


def commit_lock(project, git, digest):
    (project.root / "dvc.lock").write_text(json.dumps({"stages": {"train": {"outs": [{"path": "models/runs.jsonl", "md5": digest}]}}}))
    git("add", "-f", "dvc.lock")
    git("commit", "-q", "-m", "a study")
    (project.root / "dvc.lock").unlink()


def test_what_any_commit_names_stays(pruned):
    import hashlib

    project, records, git = pruned
    ledger.write(project.root / "old.jsonl", records[1:])
    content = (project.root / "old.jsonl").read_bytes()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    place = project.main / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    git("switch", "-q", "-c", "elsewhere")
    commit_lock(project, git, digest)
    git("switch", "-q", "main")
    assert prune.plan(project).versions == []


def test_a_ledger_that_cannot_be_read_keeps_everything(pruned):
    project, _, git = pruned
    commit_lock(project, git, "0" * 32)
    with pytest.raises(SensorscapeError, match="everything is kept") as caught:
        prune.prune(project)
    assert "dvc fetch" in caught.value.hint
    assert "--ignore-missing" in caught.value.hint
    assert len(prune.plan(project, ignore_missing=True).versions) == 1, "a user may say that nobody needs it"
    assert len(versions(project)) == 2


def test_a_champion_is_never_pruned(stored, trained, study_of, weights, pruned):
    project, records, _ = pruned
    mirror.mirror(project, study_of(records, chosen={"s1": records[1]["fingerprint"]}), weights)
    assert "sensorscape-s1" not in {version.name for version in prune.plan(project).versions}


def test_outside_git_everything_is_kept(stored, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(stored.root.parent))
    with pytest.raises(SensorscapeError, match="everything is kept"):
        prune.plan(stored)
