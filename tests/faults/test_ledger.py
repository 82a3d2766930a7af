"""A damaged ledger, cache or list of cells: every reader refuses and names the place, the hint restores it."""

import hashlib
import json
import os

import pytest


def damage(path, change):
    """Write a file anew: the old bytes are one inode with DVC's cache."""
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)


def torn(content):
    return content[:-40]


def corrupt(content):
    lines = content.splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"kappa":', b'"kappa":1', 1)
    return b"".join(lines)


def doubled(content):
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:2], lines[1], *lines[2:]])


@pytest.mark.parametrize(
    ("change", "words"),
    [(torn, "the last line is torn"), (corrupt, "line 3: its SHA-256 differs"), (doubled, "line 3: the run")],
)
def test_a_damaged_ledger_stops_every_reader_and_is_restored_by_the_hint(run_project, hashes, stored, change, words):
    before, kept = hashes(run_project), stored(run_project)
    path = run_project.root / "models" / "runs.jsonl"
    damage(path, change)
    for command in (
        ("python", "-m", "sensorscape.stages", "register"),
        ("sensorscape", "sync"),
        ("sensorscape", "status"),
        ("sensorscape", "prune", "--yes"),
    ):
        done = run_project.run(*command, check=False)
        assert done.returncode == (1 if command[1] == "status" else 2)
        assert words in done.stdout + done.stderr
        assert "dvc checkout" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert stored(run_project) == kept
    run_project.run("dvc", "checkout", "--force", "models/runs.jsonl")
    assert run_project.run("sensorscape", "status").returncode == 0
    run_project.run("dvc", "repro")
    assert hashes(run_project) == before


def test_a_cache_object_altered_in_place_with_its_mode_kept_is_noticed(run_project, hashes):
    """The ledger in the workspace may be one inode with the cache's object: both are altered, DVC serves them as good."""
    digest = hashes(run_project)["models/runs.jsonl"]
    workspace = run_project.root / "models" / "runs.jsonl"
    cached = run_project.root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    workspace.unlink()
    os.link(cached, workspace)
    mode = cached.stat().st_mode
    cached.chmod(0o644)
    content = cached.read_bytes()
    with cached.open("r+b") as stream:
        stream.write(content.replace(b'"kappa":0.', b'"kappa":1.', 1))
    cached.chmod(mode)
    for stage in ("check_runs", "register", "footprint"):
        done = run_project.run("python", "-m", "sensorscape.stages", stage, check=False)
        assert done.returncode == 2
        assert "it was altered" in done.stderr
    trained = run_project.run("python", "-m", "sensorscape.stages", "train")
    assert " 0 to train" in trained.stdout, "the store has every record: an altered ledger costs no training"


def test_altered_weights_in_the_cache_are_no_model(run_project, ledger):
    fingerprint, record = next((name, record) for name, record in ledger(run_project).items() if record["weights"])
    path = run_project.root / "models" / "weights" / f"{fingerprint}.safetensors"
    content = bytearray(path.read_bytes())
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path.unlink()
    os.link(run_project.root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:], path)
    content[-1] ^= 1
    mode = path.stat().st_mode
    path.chmod(0o644)
    with path.open("r+b") as stream:  # in place: the cache's object is the same inode
        stream.write(content)
    path.chmod(mode)
    status = run_project.run("sensorscape", "status", check=False)
    assert status.returncode == 0, "a status reads no weights"
    run = run_project.run("sensorscape", "show", fingerprint[:12]).stdout
    assert record["record_sha256"] in run
    (run_project.root / "models" / "store").rename(run_project.root / "lost")
    synced = run_project.run("sensorscape", "sync").stdout
    assert "1 runs have no model" in synced


def test_a_name_that_leaves_the_project_is_refused_wherever_it_comes_from(run_project, tmp_path):
    outside = run_project.root.parent / "outside"
    outside.mkdir()
    record = json.loads((run_project.root / "models" / "runs.jsonl").read_text().splitlines()[0])
    record["sensor"] = "../../outside/x"
    sealed = run_project.run("python", "-c", SEAL, json.dumps(record)).stdout
    damage(run_project.root / "models" / "runs.jsonl", lambda content: content + sealed.encode())
    for command in (("python", "-m", "sensorscape.stages", "register"), ("sensorscape", "sync")):
        done = run_project.run(*command, check=False)
        assert done.returncode == 2
        assert "not a plain file name" in done.stderr
    assert list(outside.iterdir()) == []


SEAL = """
import json, sys
from sensorscape.files import canonical_json
from sensorscape.registry.record import seal
print(canonical_json(seal(json.loads(sys.argv[1]))))
"""


@pytest.mark.parametrize("key", ["hash", "ops"])
def test_a_list_of_cells_with_a_path_for_a_name_writes_nothing_outside(run_project, key):
    cell = {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"], "hash": "0" * 32}
    cell[key] = "../../outside" if key == "hash" else ["../../outside"]
    folder = run_project.root / "data" / "external" / "cells"
    (folder / "mine.json").write_text(json.dumps([cell]))
    run_project.edit({"population": {"sampler": "list", "cells": "data/external/cells/mine.json", "count": 1}})
    before = {path for path in run_project.root.parent.rglob("*") if run_project.root not in path.parents}
    done = run_project.run("python", "-m", "sensorscape.stages", "sample", check=False)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:  # the name is not read, the cell's own hash is computed
        names = {cell["hash"] for cell in json.loads((run_project.root / "models" / "population.json").read_text())["cells"]}
        assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    else:
        assert done.returncode == 2
    assert {path for path in run_project.root.parent.rglob("*") if run_project.root not in path.parents} == before
