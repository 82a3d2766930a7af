"""What exists is found: through DVC's cache, in work in progress, in the store; damaged bytes are as good as absent."""

import hashlib
import json
import subprocess

import pytest
import yaml

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json
from sensorscape.registry import store, takeover
from sensorscape.registry.record import seal


def _cached(project, content):
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path = project.main / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return digest, path


def _with_weights(record, content=b"weights", **options):
    return seal(record(**options) | {"weights": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "epoch": 3}})


def _lock(project, records, weights=b"weights"):
    """A dvc.lock that names a ledger of `records` and their weights; returns the ledger's object in the cache."""
    lines = b"".join(canonical_json(one).encode() + b"\n" for one in sorted(records, key=lambda one: one["fingerprint"]))
    ledger, path = _cached(project, lines)
    file, _ = _cached(project, weights)
    listing = [{"md5": file, "relpath": f"{one['fingerprint']}.safetensors"} for one in records]
    raw = json.dumps(listing).encode()
    folder = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    place = project.main / ".dvc" / "cache" / "files" / "md5" / folder[:2] / f"{folder[2:]}.dir"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(raw)
    outs = [{"path": "models/runs.jsonl", "md5": ledger}, {"path": "models/weights", "md5": f"{folder}.dir"}]
    (project.root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"train": {"outs": outs}}}))
    return path


def test_the_ledger_that_dvc_removed_is_read_from_its_cache_with_its_weights(project, record):
    one = _with_weights(record)
    _lock(project, [one])
    found = takeover.find(project, [one["fingerprint"], "f" * 64], use_store=False)
    assert list(found) == [one["fingerprint"]]
    assert found[one["fingerprint"]][0] == one
    assert found[one["fingerprint"]][1].read_bytes() == b"weights"


def test_the_ledger_of_head_is_found_when_the_working_copy_has_none(project, record, monkeypatch):
    one = _with_weights(record)
    _lock(project, [one])
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A Tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.invalid")
    for command in (["init", "-q"], ["add", "dvc.lock"], ["commit", "-qm", "run"]):
        subprocess.run(["git", *command], cwd=project.root, check=True)
    (project.root / "dvc.lock").unlink()
    assert one["fingerprint"] in takeover.find(project, [one["fingerprint"]], use_store=False)


def test_an_altered_object_of_the_cache_is_as_good_as_absent(project, record):
    one = _with_weights(record)
    path = _lock(project, [one])
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.9"))
    assert takeover.find(project, [one["fingerprint"]], use_store=False) == {}


def test_altered_weights_are_not_taken_over(project, record):
    one = _with_weights(record)
    _lock(project, [one], weights=b"others")
    assert takeover.find(project, [one["fingerprint"]], use_store=False)[one["fingerprint"]] == (one, None)


def test_a_ledger_damaged_before_it_was_committed_is_an_error(project, record):
    digest, _ = _cached(project, b'{"no": "record"}\n{"nor": "this"}\n')
    outs = [{"path": "models/runs.jsonl", "md5": digest}]
    (project.root / "dvc.lock").write_text(yaml.safe_dump({"stages": {"train": {"outs": outs}}}))
    with pytest.raises(SensorscapeError, match="line 1"):
        takeover.find(project, ["a" * 64], use_store=False)


def test_the_first_source_wins_and_weights_may_come_from_another(project, record):
    one, other = _with_weights(record, kappa=0.5), _with_weights(record, kappa=0.6)
    _lock(project, [one], weights=b"lost")
    folder = project.work / "runs" / one["fingerprint"]
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(canonical_json(other))
    (folder / "weights.safetensors").write_bytes(b"weights")
    record_found, weights = takeover.find(project, [one["fingerprint"]], use_store=False)[one["fingerprint"]]
    assert record_found == one
    assert weights == folder / "weights.safetensors"


@pytest.mark.parametrize("damage", ["torn", "altered", "another"])
def test_damaged_work_in_progress_is_as_good_as_absent(project, record, damage):
    one = record()
    folder = project.work / "runs" / one["fingerprint"]
    folder.mkdir(parents=True)
    text = canonical_json(record(cell="b") if damage == "another" else one)
    (folder / "record.json").write_text({"torn": text[:99], "altered": text.replace("0.75", "0.76", 1), "another": text}[damage])
    assert takeover.find(project, [one["fingerprint"]], use_store=False) == {}


def test_what_only_the_store_has_is_found_there(stored, record):
    one = record()
    store.log_run(stored, one)
    assert takeover.find(stored, [one["fingerprint"]]) == {one["fingerprint"]: (one, None)}


def test_nothing_outside_the_cache_is_read(project):
    assert takeover.cache_path(project, "../../../etc/passwd") is None
    assert takeover.cache_path(project, "a" * 31) is None
    raw = json.dumps([{"md5": "a" * 32, "relpath": "../../x"}, {"md5": "b" * 32, "relpath": "fine"}]).encode()
    folder = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    place = project.main / ".dvc" / "cache" / "files" / "md5" / folder[:2] / f"{folder[2:]}.dir"
    place.parent.mkdir(parents=True)
    place.write_bytes(raw)
    assert list(takeover.cached_folder(project, f"{folder}.dir")) == ["fine"]


def test_a_dvc_lock_that_cannot_be_read_names_nothing():
    assert takeover.outputs_of("stages: [") == {}
    assert takeover.outputs_of("") == {}
