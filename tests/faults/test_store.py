"""The store locked, read-only, full, deleted, altered, moved: an error that says what to do, or no error at all; never a lost run."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


def database(project):
    return project.root / "models" / "store" / "mlflow.db"


def forget(project, number):
    """Remove some runs and models from the store, as if they had never been added; returns how many runs."""
    with closing(sqlite3.connect(database(project))) as connection, connection:
        runs = connection.execute("SELECT run_uuid FROM tags WHERE key = 'kind' AND value = 'run' LIMIT ?", (number,)).fetchall()
        for table in ("latest_metrics", "metrics", "params", "tags", "runs"):
            connection.executemany(f"DELETE FROM {table} WHERE run_uuid = ?", runs)  # noqa: S608 - names above
    return len(runs)


def bytes_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_store_locked_for_half_a_minute_is_waited_for(run_project, stored):
    before = stored(run_project)
    number = forget(run_project, 3)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(database(run_project)), "30"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    began = time.monotonic()
    synced = run_project.run("sensorscape", "sync")
    assert time.monotonic() - began > 25
    assert f"{number} runs" in synced.stdout
    assert stored(run_project) == before
    assert holder.wait() == 0


@contextmanager
def read_only(folder):
    """The folder on a disk mounted read-only; root may do that, others take the right to write away."""
    if os.geteuid():
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], capture_output=True, check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_read_only_store_is_read_and_said_to_be_read_only_when_it_must_be_written(run_project, stored):
    before = bytes_of(run_project.root / "reports")
    run_project.run("sensorscape", "status")  # this copy is a moved project: its store learns where it is
    with read_only(run_project.root / "models" / "store"):
        assert run_project.run("sensorscape", "status").returncode == 0
        run_project.run("dvc", "repro", "-f", "-s", "footprint")
    assert bytes_of(run_project.root / "reports") == before
    number = forget(run_project, 2)
    with read_only(run_project.root / "models" / "store"):
        done = run_project.run("sensorscape", "sync", check=False)
        assert done.returncode == 2
        assert "read-only" in done.stderr
        assert "Traceback" not in done.stderr
        assert run_project.run("dvc", "repro", "-f", "-s", "footprint", check=False).returncode != 0
    assert f"{number} runs" in run_project.run("sensorscape", "sync").stdout
    run_project.run("dvc", "repro")
    assert bytes_of(run_project.root / "reports") == before


def test_a_full_disk_under_the_store_is_named_and_loses_nothing(run_project, tmp_path, stored):
    """A disk of 3 MB: the empty store fits, the runs do not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        whole = stored(run_project)
        shutil.rmtree(run_project.root / "models" / "store")
        (run_project.root / "models" / "store").symlink_to(disk)
        done = run_project.run("sensorscape", "sync", check=False)
        assert done.returncode == 2
        assert "full" in done.stderr or "No space left" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=300m", disk], check=True)
        run_project.run("sensorscape", "sync")
        assert stored(run_project) == whole
        assert run_project.run("sensorscape", "status").returncode == 0
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_store_deleted_in_the_middle_comes_back_whole(run_project, trap, stored, versions):
    whole, registered = stored(run_project), versions(run_project)
    number = forget(run_project, 6)
    removing = trap("sensorscape.registry.store:log_run", f"remove={run_project.root / 'models' / 'store'}", 4)
    done = run_project.run("sensorscape", "sync", check=False, **removing)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert number == 6
    run_project.run("sensorscape", "sync")
    assert stored(run_project) == whole
    assert versions(run_project) == registered
    assert run_project.run("sensorscape", "status").returncode == 0


def test_a_lost_store_is_rebuilt_and_the_footprint_is_byte_for_byte_the_same(run_project, hashes, stored, versions):
    before, reports = hashes(run_project), bytes_of(run_project.root / "reports")
    whole, registered = stored(run_project), versions(run_project)
    shutil.rmtree(run_project.root / "models" / "store")
    run_project.run("sensorscape", "sync")
    assert (stored(run_project), versions(run_project)) == (whole, registered)
    run_project.run("dvc", "repro", "-f", "-s", "footprint")
    run_project.run("dvc", "repro", "-f", "-s", "report")
    assert hashes(run_project) == before
    assert bytes_of(run_project.root / "reports") == reports


@pytest.mark.parametrize("fault", ["metric altered", "artifact missing", "artifact altered", "history altered"])
def test_what_was_altered_in_the_store_never_reaches_the_footprint(run_project, ledger, stored, hashes, fault):
    before, whole = hashes(run_project), stored(run_project)
    fingerprint = sorted(ledger(run_project))[0]
    with closing(sqlite3.connect(database(run_project))) as connection, connection:
        (run,) = connection.execute("SELECT run_uuid FROM tags WHERE key = 'fingerprint' AND value = ?", (fingerprint,)).fetchone()
        if fault == "metric altered":
            connection.execute("UPDATE latest_metrics SET value = value + 0.1 WHERE run_uuid = ? AND key = 'kappa_1'", (run,))
        elif fault == "history altered":
            connection.execute("UPDATE metrics SET value = value + 0.1 WHERE run_uuid = ? AND key = 'epoch/loss' AND step = 1", (run,))
    record = run_project.root / "models" / "store" / "artifacts" / run / "artifacts" / "record.json"
    if fault == "artifact missing":
        record.unlink()
    elif fault == "artifact altered":
        record.write_bytes(record.read_bytes().replace(b'"kappa":0', b'"kappa":1', 1).replace(b'"seed":0', b'"seed":1', 1))
    done = run_project.run("dvc", "repro", "-f", "-s", "footprint", check=False)
    assert done.returncode != 0
    assert fingerprint[:12] in done.stderr
    assert "sensorscape sync --mend" in done.stderr
    assert run_project.run("sensorscape", "status", check=False).returncode == 1
    assert "1 altered runs" in run_project.run("sensorscape", "sync", "--mend").stdout
    assert stored(run_project) == whole
    run_project.run("dvc", "repro")
    assert hashes(run_project) == before


def test_a_missing_model_in_the_store_is_linked_again(run_project, ledger):
    models = sorted((run_project.root / "models" / "store" / "artifacts").glob("*/artifacts/model/model.safetensors"))
    models[0].unlink()
    status = run_project.run("sensorscape", "status", check=False)
    assert status.returncode == 1
    assert "1 registered models have lost their weights" in status.stdout
    run_project.run("sensorscape", "sync")
    assert run_project.run("sensorscape", "status").returncode == 0
    source = run_project.root / "models" / "weights"
    fingerprint = json.loads((models[0].parent / "model.json").read_text())["fingerprint"]
    assert models[0].samefile(source / f"{fingerprint}.safetensors"), "one inode, no copy"


def test_killed_writers_leave_no_half_of_a_run(run_project, trap, stored):
    whole = stored(run_project)
    number = forget(run_project, 2)
    killed = run_project.run("sensorscape", "sync", check=False, **trap("sensorscape.registry.tables:Tables._metrics", "kill"))
    assert killed.returncode == -9
    assert number == 2
    assert "RUNNING" not in run_project.run("sensorscape", "status", check=False).stdout
    run_project.run("sensorscape", "sync")
    assert stored(run_project) == whole


def test_a_moved_project_folder_works_where_it_is_now(run_project, tmp_path, hashes, trap):
    before = hashes(run_project)
    moved = type(run_project)(tmp_path / "elsewhere" / "project", run_project.environment)
    moved.root.parent.mkdir()
    run_project.root.rename(moved.root)
    assert moved.run("sensorscape", "status").returncode == 0
    moved.run("dvc", "repro", "-f", "-s", "footprint")
    assert hashes(moved) == before
    shown = moved.run("sensorscape", "show", json.loads((moved.root / "models" / "study.json").read_text())["entries"][0]["cell"])
    assert "model     cell-" in shown.stdout
    with closing(sqlite3.connect(database(moved))) as connection:
        places = connection.execute("SELECT artifact_uri FROM runs").fetchall()
    assert all(str(moved.root) in place for (place,) in places)
