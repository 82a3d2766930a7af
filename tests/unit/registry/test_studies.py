"""Study runs: one per execution, found again by what the study contains, its parameters and its experiment."""

import json
import sqlite3
import sys
from contextlib import closing

import pytest

from sensorscape.files import locked
from sensorscape.registry import abandoned, contents, reading, store, studies, tables
from sensorscape.registry.location import StoreError
from sensorscape.registry.studies import Execution


@pytest.fixture
def study(stored, record):
    one = record()
    content = {"study": "mine", "entries": [{"fingerprint": one["fingerprint"], "record_sha256": one["record_sha256"]}]}
    (stored.root / "params.yaml").write_text("study: mine\ntraining: {batch: 32, budgets: [1, 3]}\n")
    (stored.root / "models").mkdir(exist_ok=True)
    (stored.root / "models" / "study.json").write_text(json.dumps(content))
    return content


def results(project, **metrics):
    reports = project.root / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "metrics.json").write_text(json.dumps({"s1": metrics}))
    (reports / "index.html").write_text("<p>the page</p>")


def runs(project):
    return [run for run in reading.index(store.open_store(project)) if run.tags.get(contents.KIND) == "study"]


def test_an_execution_holds_parameters_fingerprints_and_counts(stored, study):
    numbers = {"images_per_second": 100.0, "best_kappa/s1": float("nan")}
    run_id = studies.log_execution(stored, study, trained=3, taken_over=2, numbers=numbers)
    run = store.open_store(stored).client.get_run(run_id)
    assert run.data.params["training.batch"] == "32"
    assert run.data.params["training.budgets"] == "[1, 3]"
    assert run.data.metrics == {"trained": 3.0, "taken_over": 2.0, "images_per_second": 100.0}
    assert run.info.status == "FINISHED"
    listing = (stored.store / "artifacts" / run_id / "artifacts" / "fingerprints.txt").read_text()
    assert listing.split() == [study["entries"][0]["fingerprint"], study["entries"][0]["record_sha256"]]


def test_every_execution_is_seen_and_the_newest_found(stored, study):
    first, second = (studies.log_execution(stored, study, trained=0, taken_over=1) for _ in range(2))
    assert first != second
    assert studies.find_or_add(stored, study).run_id in (first, second)
    assert len(runs(stored)) == 2


def test_what_was_not_executed_here_is_added_once(stored, study):
    assert studies.find_or_add(stored, study).run_id == studies.find_or_add(stored, study).run_id
    assert len(runs(stored)) == 1


def test_other_parameters_or_another_experiment_are_another_run(stored, study, monkeypatch):
    first = studies.find_or_add(stored, study).run_id
    (stored.root / "params.yaml").write_text("study: mine\ntraining: {batch: 64}\n")
    second = studies.find_or_add(stored, study).run_id
    monkeypatch.setenv("DVC_EXP_NAME", "happy-otter")
    third = studies.find_or_add(stored, study).run_id
    assert len({first, second, third}) == 3
    assert [run.tags.get("experiment") for run in runs(stored)].count("happy-otter") == 1


def test_the_footprint_and_the_page_are_added_and_replaced_by_newer_ones(stored, study):
    assert not studies.attach_results(stored)
    assert not studies.attach_results(stored, page=False)
    results(stored, fdc=0.5, best=0.8)
    assert studies.attach_results(stored)
    results(stored, fdc=0.6, best=0.8)
    assert studies.attach_results(stored)
    (run,) = runs(stored)
    client = store.open_store(stored).client
    assert client.get_run(run.run_id).data.metrics == {"s1/fdc": 0.6, "s1/best": 0.8}
    assert len(client.get_metric_history(run.run_id, "s1/best")) == 1, "what is equal is not written again"
    assert (stored.store / "artifacts" / run.run_id / "artifacts" / "report" / "index.html").read_text() == "<p>the page</p>"


def test_right_after_the_footprint_no_older_page_is_added(stored, study):
    results(stored, fdc=0.5)
    assert studies.attach_results(stored, page=False)
    (run,) = runs(stored)
    folder = stored.store / "artifacts" / run.run_id / "artifacts" / "report"
    assert [path.name for path in folder.iterdir()] == ["metrics.json"]


def test_nested_parameters_become_one_level():
    assert studies.flat({"a": {"b": {"c": 1}, "d": [1, 2]}, "e": {}}) == {"a.b.c": 1, "a.d": [1, 2], "e": {}}


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(studies.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture(params=["tables", "client"])
def each_way(request, monkeypatch):
    if request.param == "client":
        monkeypatch.setattr(tables, "known_layout", lambda _: False)


def numbers(seconds, **more):
    return lambda: {"training_seconds": float(seconds), "trained": float(seconds // 10), "images_per_second": 7.0, **more}


def test_a_study_is_seen_running_with_its_numbers_every_minute_and_ends_as_one_run(stored, study, clock, each_way):
    with Execution(stored, "mine") as execution:
        execution.show(numbers(0))
        (run,) = runs(stored)
        client = store.open_store(stored).client
        shown = client.get_run(run.run_id)
        assert (shown.info.status, shown.info.run_name) == ("RUNNING", "study mine")
        assert shown.data.params["training.batch"] == "32"
        assert shown.data.tags["writer"]
        for seconds in (30, 59, 60, 90, 121):
            clock[0] = 100 + seconds
            execution.show(numbers(seconds, seconds_left=float("nan"), **{"best_kappa/s1": 0.5}))
        assert [(one.step, one.value) for one in client.get_metric_history(run.run_id, "trained")] == [(0, 0.0), (60, 6.0), (121, 12.0)]
        assert client.get_run(run.run_id).data.metrics["best_kappa/s1"] == 0.5
        (stored.root / "params.yaml").write_text("study: edited\ntraining: {batch: 9}\n")  # while it trained
        execution.end(study, numbers(130, taken_over=3)())
    ended = client.get_run(run.run_id)
    assert len(runs(stored)) == 1
    assert ended.info.status == "FINISHED"
    assert ended.info.end_time >= ended.info.start_time
    assert ended.data.params["training.batch"] == "32", "what it was begun with"
    assert (ended.data.metrics["trained"], ended.data.metrics["taken_over"]) == (13.0, 3.0)
    assert ended.data.tags[contents.STUDY] == studies.study_sha256(study)
    artifacts = stored.store / "artifacts" / run.run_id / "artifacts"
    assert sorted(path.name for path in artifacts.iterdir()) == ["fingerprints.txt", "params.yaml"]
    (stored.root / "params.yaml").write_text("study: mine\ntraining: {batch: 32, budgets: [1, 3]}\n")
    assert studies.find_or_add(stored, study).run_id == run.run_id


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt, "KILLED"), (SystemExit, "KILLED"), (RuntimeError, "FAILED")], ids=lambda one: str(one)
)
def test_what_is_interrupted_leaves_its_last_numbers(stored, study, clock, error, status):
    state = {"training_seconds": 0.0, "trained": 0.0}

    def interrupted():
        with Execution(stored, "mine") as execution:
            execution.show(lambda: state)
            state.update({"training_seconds": 20.0, "trained": 4.0})
            raise error

    with pytest.raises(error):
        interrupted()
    (run,) = runs(stored)
    shown = reading.full(store.open_store(stored), [run])[run.run_id]
    assert (shown.status, shown.latest["trained"]) == (status, 4.0)
    assert studies.find_or_add(stored, study).run_id != run.run_id, "it is not the run of the study that comes to its end"


def test_what_fails_before_it_trains_leaves_no_run(stored, study):
    with pytest.raises(RuntimeError), Execution(stored, "mine"):
        raise RuntimeError
    assert runs(stored) == []


def test_a_store_that_is_away_is_said_in_one_line_and_the_run_is_there_when_it_is_back(stored, study, clock, monkeypatch, capsys):
    real, away = studies.open_store, [True]

    def opened(project):
        clock[0] += 10  # it takes its time to fail
        if away[0]:
            raise StoreError("the server cannot be reached", "start it")
        return real(project)

    monkeypatch.setattr(studies, "open_store", opened)
    with Execution(stored, "mine") as execution:
        for _ in range(100):
            execution.show(numbers(0))
            clock[0] += 10
        assert clock[0] == 100 + 100 * 10 + 5 * 10, "tried seldomer, the slower it fails"
        assert capsys.readouterr().err.count("not up to date: the server cannot be reached") == 1
        away[0] = False
        clock[0] += 200
        execution.show(numbers(5))
        assert [run.status for run in runs(stored)] == ["RUNNING"]
        away[0] = True
        execution.end(study, numbers(6)())
    assert capsys.readouterr().err.count("cannot be reached") == 1


@pytest.mark.parametrize("who", ["another process of this project", "another program"])
def test_a_busy_store_holds_no_training_up(stored, study, who, capsys, monkeypatch):
    monkeypatch.setattr(studies, "_EVERY", 0.0)
    monkeypatch.setattr(studies, "_SPARE", 0.0)
    execution = Execution(stored, "mine")
    execution.show(numbers(0))
    began = studies.time.monotonic()
    if who == "another program":
        with closing(sqlite3.connect(stored.store / "mlflow.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            execution.show(numbers(1))
    else:
        with locked(store.open_store(stored).lock):
            execution.show(numbers(1))
    assert studies.time.monotonic() - began < 15
    assert len(capsys.readouterr().err.splitlines()) == 1
    execution.show(numbers(2))
    (run,) = runs(stored)
    points = reading.full(store.open_store(stored), [run])[run.run_id].points
    assert [step for name, step in points if name == "trained"] == [0, 2]


def test_without_mlflow_nothing_fails(project, study, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with Execution(project, "mine") as execution:
        execution.show(numbers(0))
        execution.end(study, {})
    assert "not up to date" in capsys.readouterr().err


def test_a_run_left_half_begun_is_taken_up_and_not_doubled(stored, study, clock, each_way, monkeypatch, capsys):
    real = studies.artifacts.put

    def full(*_, **__):
        raise StoreError("the disk is full", "free space")

    monkeypatch.setattr(studies.artifacts, "put", full)
    execution = Execution(stored, "mine")
    execution.show(numbers(0))
    monkeypatch.setattr(studies.artifacts, "put", real)
    clock[0] += 60
    execution.show(numbers(60))
    execution.end(study, numbers(61)())
    assert [run.status for run in runs(stored)] == ["FINISHED"]


def test_what_a_killed_process_left_running_is_closed_by_the_next_execution(stored, study, clock, monkeypatch):
    execution = Execution(stored, "mine")
    execution.show(numbers(0))
    studies.log_execution(stored, study, trained=0, taken_over=1)
    assert sorted(run.status for run in runs(stored)) == ["FINISHED", "RUNNING"], "it is alive"
    monkeypatch.setattr(abandoned.psutil, "pid_exists", lambda _: False)
    studies.log_execution(stored, study, trained=0, taken_over=1)
    assert sorted(run.status for run in runs(stored)) == ["FINISHED", "FINISHED", "KILLED"]
