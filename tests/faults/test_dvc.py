"""What DVC does behind a study's back: restores from the run cache, pulls, collects garbage. Nothing is trained, nothing is missing."""

import shutil


def when(records):
    return {name: record["environment"]["started"] for name, record in records.items()}


def test_after_garbage_collection_the_report_is_made_again_the_same(run_project, hashes):
    before = hashes(run_project)
    run_project.run("dvc", "gc", "-w", "-f")
    run_project.run("dvc", "repro", "-f", "-s", "report")
    assert hashes(run_project) == before
    assert run_project.run("sensorscape", "status").returncode == 0


def test_a_hit_in_the_run_cache_is_completed_by_sync(run_project, hashes, ledger, stored, versions):
    """Outputs and lock are gone and come back without a stage being run; the store was lost too."""
    before, trained, whole = hashes(run_project), when(ledger(run_project)), stored(run_project)
    registered = versions(run_project)
    (run_project.root / "dvc.lock").unlink()
    for path in ("models/runs.jsonl", "models/study.json", "models/registered.json", "models/verdicts.json"):
        (run_project.root / path).unlink()
    for path in ("models/weights", "models/champions", "models/store"):
        shutil.rmtree(run_project.root / path)
    restored = run_project.run("dvc", "repro", "register")
    assert "is cached" in restored.stdout
    assert "Running stage 'train'" not in restored.stdout
    assert hashes(run_project).items() <= before.items()
    assert run_project.run("sensorscape", "status", check=False).returncode == 1
    run_project.run("sensorscape", "sync")
    assert when(ledger(run_project)) == trained
    assert (stored(run_project), versions(run_project)) == (whole, registered)
    run_project.run("dvc", "repro")
    assert hashes(run_project) == before
    assert run_project.run("sensorscape", "status").returncode == 0


def test_a_clone_after_dvc_pull_has_everything_and_the_same_footprint(run_project, hashes, ledger, stored, versions, tmp_path):
    before, whole, registered = hashes(run_project), stored(run_project), versions(run_project)
    elsewhere = run_project.clone(tmp_path / "clone")
    assert "dvc pull" in elsewhere.run("sensorscape", "status", check=False).stdout
    elsewhere.run("dvc", "pull", "-q")
    assert "sensorscape sync" in elsewhere.run("sensorscape", "status", check=False).stdout
    elsewhere.run("sensorscape", "sync")
    assert elsewhere.run("sensorscape", "status").returncode == 0
    assert (stored(elsewhere), versions(elsewhere)) == (whole, registered)
    elsewhere.run("dvc", "repro", "-f", "-s", "footprint")
    assert hashes(elsewhere) == before


def test_a_clone_without_weights_says_which_models_are_missing_and_how_to_get_them(run_project, tmp_path):
    elsewhere = run_project.clone(tmp_path / "clone")
    elsewhere.run("dvc", "pull", "-q", "models/runs.jsonl", "models/study.json", "models/verdicts.json", "data/subset")
    synced = elsewhere.run("sensorscape", "sync").stdout
    assert "dvc pull models/weights" in synced
    elsewhere.run("dvc", "pull", "-q")
    again = elsewhere.run("sensorscape", "sync").stdout
    assert "0 runs" in again
    assert " 0 model versions" not in again
    assert elsewhere.run("sensorscape", "status").returncode == 0


def test_another_project_gets_a_champion_by_artifact_and_by_import_and_uses_it(run_project, tmp_path):
    run_project.run("git", "tag", "-a", "s1@v1.0.0", "-m", "the first champion")
    other = type(run_project)(tmp_path / "other", run_project.environment)
    other.root.mkdir()
    other.run("git", "init", "-q")
    other.run("dvc", "init", "-q")
    study = str(run_project.root)
    other.run("dvc", "artifacts", "get", study, "s1", "--out", "named")
    other.run("dvc", "import", study, "models/champions/s1", "--out", "imported")
    patches = run_project.root / "data" / "raw" / "synthetic.h5"
    said = [other.run("sensorscape", "model", "predict", str(patches), "--model", name).stdout for name in ("named", "imported")]
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 241
    code = "import sys, h5py\nfrom sensorscape.predictor import load\nprint(len(load('named').predict(h5py.File(sys.argv[1])['sen1'][:7])))"
    assert other.run("python", "-c", code, str(patches)).stdout == "7\n"


def test_the_weights_of_a_model_are_one_inode_with_dvcs(run_project, tmp_path):
    """Cache, workspace and store share the bytes of every model that was linked on this disk."""
    fresh = type(run_project)(tmp_path / "fresh", run_project.environment)
    run_project.run("git", "clone", "-q", str(run_project.root), str(fresh.root))
    fresh.run("dvc", "cache", "dir", "--local", str(run_project.root / ".dvc" / "cache"))
    fresh.run("dvc", "config", "--local", "cache.type", "hardlink")
    fresh.run("dvc", "checkout", "-q")
    fresh.run("sensorscape", "sync")
    weights = sorted((fresh.root / "models" / "weights").glob("*.safetensors"))
    stored = {path.stat().st_ino for path in (fresh.root / "models" / "store" / "artifacts").glob("*/artifacts/model/model.safetensors")}
    assert {path.stat().st_ino for path in weights} == stored
    assert all(path.stat().st_nlink >= 3 for path in weights)
