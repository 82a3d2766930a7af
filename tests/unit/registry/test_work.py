"""Work in progress goes when ledger and store both hold it, and stays for anything less or while anything is trained."""

import hashlib
import json
import shutil
import subprocess

import pytest

from sensorscape.files import canonical_json
from sensorscape.registry import ledger, store, work


@pytest.fixture
def finished(stored, trained):
    """A run in .sensorscape/runs, in the store, and in a ledger that dvc.lock names and DVC's cache holds."""
    one, _ = trained()
    folder = stored.work / "runs" / one["fingerprint"]
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(canonical_json(one))
    weights = stored.root / "models" / "weights" / f"{one['fingerprint']}.safetensors"
    shutil.copy(weights, folder / "weights.safetensors")
    ledger.write(stored.root / "models" / "runs.jsonl", [one])

    def cache(content, suffix=""):
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
        place = stored.main / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return digest

    listing = [{"md5": cache(weights.read_bytes()), "relpath": weights.name}]
    outs = {
        "models/runs.jsonl": cache((stored.root / "models" / "runs.jsonl").read_bytes()),
        "models/weights": cache(json.dumps(listing).encode(), ".dir"),
    }
    lock = {"stages": {"train": {"outs": [{"path": path, "md5": digest} for path, digest in outs.items()]}}}
    (stored.root / "dvc.lock").write_text(json.dumps(lock))
    store.log_run(stored, one)
    return stored, folder


def test_what_ledger_and_store_hold_is_dropped(finished):
    project, folder = finished
    assert work.drop_finished(project) == 1
    assert not folder.exists()
    assert work.drop_finished(project) == 0


@pytest.mark.parametrize("lacking", ["the store", "the ledger", "the weights", "the record"])
def test_what_one_of_them_lacks_is_kept(finished, lacking):
    project, folder = finished
    if lacking == "the store":
        shutil.rmtree(project.store)
    elif lacking == "the ledger":
        (project.root / "dvc.lock").unlink()
    elif lacking == "the weights":
        for path in (project.main / ".dvc" / "cache" / "files" / "md5").glob("*/*"):
            if b"__metadata__" in path.read_bytes() or not path.read_bytes().startswith((b"{", b"[")):
                path.unlink()
    else:
        (folder / "record.json").unlink()
    assert work.drop_finished(project) == 0
    assert folder.exists()


def test_nothing_is_dropped_while_another_process_trains(finished):
    project, folder = finished
    code = (
        "import sys; from pathlib import Path; from sensorscape.project import Project; from sensorscape.registry import work\n"
        "with work.in_use(Project(Path(sys.argv[1]), Path(sys.argv[1]))): print('here', flush=True); sys.stdin.read()"
    )
    import sys

    with subprocess.Popen([sys.executable, "-c", code, project.main], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "here\n"
        assert work.drop_finished(project) == 0
        assert folder.exists()
        with work.in_use(project):
            pass  # many may train together
        other.stdin.close()
        other.wait(20)
    assert work.drop_finished(project) == 1


def test_a_link_or_a_strange_name_is_never_removed(finished, tmp_path):
    project, folder = finished
    outside = tmp_path / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    (folder.parent / "notes").mkdir()
    work.drop_finished(project)
    assert (outside / "record.json").exists()
    assert (folder.parent / "notes").exists()
