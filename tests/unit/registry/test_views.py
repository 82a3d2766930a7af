"""The runs table of every sensor, sorted and with its columns, as MLflow saves views."""

import json

from sensorscape.registry import mirror, store, views


def test_a_view_sorts_by_the_decision_budget_and_shows_what_matters():
    tags = views.of_study("mine", ["s1", "s2-rgb"], [27, 9], 9, 1000)
    view = json.loads(tags["mlflow.sharedViewState.mine-s2-rgb"])
    state = json.loads(view["state"])
    assert view["name"] == "mine: s2-rgb by kappa after 9 epochs"
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`kappa_9`", False)
    assert "tags.sensor = 's2-rgb'" in state["searchFilter"]
    assert state["selectedColumns"][:2] == ["metrics.`kappa_9`", "metrics.`kappa_27`"]
    assert "tags.`study.mine.verdict`" in state["selectedColumns"]
    assert tags == views.of_study("mine", ["s1", "s2-rgb"], [27, 9], 9, 1000), "no date of now"


def test_the_filter_of_a_view_finds_the_runs_of_its_study_and_sensor(stored, trained, study_of, weights):
    records = [trained("a")[0], trained("a", sensor="s2")[0]]
    mirror.mirror(stored, study_of(records), weights)
    opened = store.open_store(stored)
    tags = opened.client.get_experiment(opened.experiment).tags
    state = json.loads(json.loads(tags["mlflow.sharedViewState.embedded-s2"])["state"])
    found = opened.client.search_runs([opened.experiment], state["searchFilter"], order_by=[f"{state['orderByKey']} DESC"])
    assert [run.data.tags["fingerprint"] for run in found] == [records[1]["fingerprint"]]
    assert "one run per cell" in tags["mlflow.note.content"]


def test_a_description_that_a_user_wrote_stays(stored, trained, study_of, weights):
    opened = store.open_store(stored)
    opened.client.set_experiment_tag(opened.experiment, "mlflow.note.content", "ours")
    mirror.mirror(stored, study_of([trained()[0]]), weights)
    assert opened.client.get_experiment(opened.experiment).tags["mlflow.note.content"] == "ours"


def test_the_addresses_open_mlflow_in_its_machine_learning_mode(stored):
    opened = store.open_store(stored)
    found = views.addresses(opened, "http://127.0.0.1:5000", {"s1": views.key("mine", "s1")})
    assert found == {
        "s1": f"http://127.0.0.1:5000/#/experiments/{opened.experiment}/runs?workflowType=machine_learning&viewStateShareKey=mine-s1"
    }
