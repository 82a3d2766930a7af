"""The commands on runs and models: what they print, and with which exit code they end."""

import pytest
from typer.testing import CliRunner

from sensorscape.cli import app
from sensorscape.errors import SensorscapeError
from sensorscape.registry import lineage, prune, status, sync
from sensorscape.registry.models import Version

runner = CliRunner()


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project to stand in."""
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def said(*words):
    done = runner.invoke(app, words)
    return done.exit_code, done.output


def test_a_sync_says_what_it_did_and_nothing_of_what_it_did_not(monkeypatch):
    monkeypatch.setattr(sync, "sync", lambda *_, **__: sync.Report(added=3, versions=2, closed=1, unreadable=["the ledger of x"]))
    code, text = said("sync")
    assert code == 0
    assert "3 runs and 2 model versions added to MLflow" in text
    assert "1 runs that a killed process had left RUNNING were closed" in text
    assert "left out: the ledger of x" in text
    assert "dvc pull" not in text


@pytest.mark.parametrize("mend", [True, False])
def test_a_sync_mends_only_when_asked(monkeypatch, mend):
    asked = []
    monkeypatch.setattr(sync, "sync", lambda *_, mend, progress: asked.append(mend) or sync.Report())
    said("sync", *(["--mend"] if mend else []))
    assert asked == [mend]


def test_a_status_ends_with_one_when_something_is_to_be_mended(monkeypatch):
    monkeypatch.setattr(status, "status", lambda _: status.Status(["18 of 18"], ["3 runs"], [("2 are missing", "sensorscape sync")]))
    assert said("status") == (1, "DVC     18 of 18\nMLflow  3 runs\n\n2 are missing\n  → sensorscape sync\n")
    monkeypatch.setattr(status, "status", lambda _: status.Status(["18 of 18"], ["3 runs"], []))
    code, text = said("status")
    assert code == 0
    assert "nothing is missing" in text


def test_a_check_ends_with_one_when_something_is_bad(monkeypatch):
    monkeypatch.setattr(status, "check", lambda _: iter([("disk", True, "9 GB"), ("store", False, "locked")]))
    assert said("status", "--check") == (1, "ok   disk: 9 GB\nBAD  store: locked\n")


def test_a_prune_is_dry_unless_it_is_told(monkeypatch):
    plan = prune.Plan([Version("cell-abc", "1", "", tags={"fingerprint": "f" * 64, "sensor": "s1"})], 2_000_000, 7)
    done = []
    monkeypatch.setattr(prune, "plan", lambda _, **__: plan)
    monkeypatch.setattr(prune, "prune", lambda _, **__: done.append(1) or plan)
    code, text = said("prune")
    assert (code, done) == (0, [])
    assert "cell-abc version 1 (s1, run ffffffffffff)" in text
    assert "would be removed (--yes removes them), 2.0 MB freed; 7 kept" in text
    assert "removed, 2.0 MB" in said("prune", "--yes")[1]
    assert done == [1]


def test_show_prints_lines(monkeypatch):
    monkeypatch.setattr(lineage, "show", lambda _, what: [f"run {what}", "  cell x"])
    assert said("show", "abc") == (0, "run abc\n  cell x\n")


def test_the_ui_stays_on_this_machine_and_starts_after_a_failed_sync(monkeypatch):
    import os

    started = []
    monkeypatch.setattr(os, "execve", lambda _, words, environment: started.append((words, environment)))

    def fail(_):
        raise SensorscapeError("the ledger is torn", "dvc checkout")

    monkeypatch.setattr(sync, "sync", fail)
    code, text = said("ui", "--port", "5999")
    assert code == 0
    assert "not synchronised: the ledger is torn" in text
    assert "http://127.0.0.1:5999/#/experiments?workflowType=machine_learning" in text
    ((words, environment),) = started
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert environment["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_the_ui_is_not_opened_to_others_without_authentication(monkeypatch):
    done = runner.invoke(app, ["ui", "--host", "0.0.0.0"])  # noqa: S104 - refused
    assert isinstance(done.exception, SensorscapeError)


@pytest.mark.parametrize("champions", [[], ["s1", "s2"]])
def test_which_model_is_asked_when_it_is_not_clear(project, champions):
    for name in champions:
        (project / "models" / "champions" / name).mkdir(parents=True)
    done = runner.invoke(app, ["model", "predict", "patches.h5"])
    assert isinstance(done.exception, SensorscapeError)
    assert ", ".join(champions) in str(done.exception)
    assert "--model" in str(done.exception)


@pytest.mark.parametrize("to_file", [True, False])
def test_predictions_are_rows_and_classes(project, monkeypatch, to_file):
    from sensorscape import predictor

    (project / "models" / "champions" / "s1").mkdir(parents=True)
    loaded = []
    monkeypatch.setattr(predictor, "load", lambda folder: loaded.append(folder.name))
    monkeypatch.setattr(predictor, "predict_file", lambda *_: iter([(0, 4), (1, 2)]))
    code, text = said("model", "predict", "patches.h5", *(["--out", "classes.csv"] if to_file else []))
    assert (code, loaded) == (0, ["s1"])
    assert ((project / "classes.csv").read_text() if to_file else text) == "row,class\n0,4\n1,2\n"
