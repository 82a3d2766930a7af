"""Study runs: one per execution, found again by what the study contains, its parameters and its experiment."""

import json

import pytest

from sensorscape.registry import contents, reading, store, studies


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
