"""A study in strange surroundings gives the same numbers: folder names, locale, time zone, umask, a clock that is set back."""

import json
import shutil
import stat

import pytest


def test_strange_folders_locale_zone_umask_and_clock_change_no_result(run_project, new_project, trap, ledger, stored):
    project = new_project("Füße über Ёлки 森 (ein Ordner)")
    strange = {"LC_ALL": "C", "LANG": "C", "TZ": "Pacific/Kiritimati"}
    back = trap("sensorscape.registry.store:log_run", "back=30", 3)
    project.run("sh", "-c", "umask 077; exec dvc repro", **strange, **back)
    for name in ("reports/metrics.json", "reports/undefined.json", "models/population.json", "models/verdicts.json"):
        assert (project.root / name).read_text() == (run_project.root / name).read_text()
    expected = ledger(run_project)
    for fingerprint, record in ledger(project).items():
        for budget, evaluation in record["evaluations"].items():
            assert evaluation["test"] == expected[fingerprint]["evaluations"][budget]["test"]
    assert stored(project) == stored(run_project)
    for command in (("sensorscape", "status"), ("sensorscape", "sync"), ("sensorscape", "prune"), ("dvc", "repro")):
        assert project.run(*command, **strange).returncode == 0
    cell = json.loads((project.root / "models" / "study.json").read_text())["entries"][0]["cell"]
    assert "accepted" not in project.run("sensorscape", "show", cell, **strange).stderr
    predicted = project.run(
        "sensorscape", "model", "predict", "data/raw/synthetic.h5", "--model", "models/champions/s2", "--out", "Klassen.csv", **strange
    )
    assert predicted.returncode == 0
    assert len((project.root / "Klassen.csv").read_text().splitlines()) == 241


def test_a_terminal_that_knows_ascii_only_ends_no_command(tiny_project):
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = tiny_project.run("dvc", "repro", **ascii_only).stdout
    assert "18/18 runs ? " in said
    for command in (("status",), ("sync",), ("prune",), ("plan",), ("report", "--partial"), ("model", "--help")):
        assert tiny_project.run("sensorscape", *command, **ascii_only).returncode == 0


@pytest.mark.parametrize("mask", ["000", "077"])
def test_the_store_is_the_owners_alone_whatever_the_umask(run_project, mask):
    store = run_project.root / "models" / "store"
    shutil.rmtree(store)
    run_project.run("sh", "-c", f"umask {mask}; exec sensorscape sync")
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
