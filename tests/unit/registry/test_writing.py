"""Through MLflow's client: for servers and for files of a layout that is not known."""

import pytest

from sensorscape.registry import contents, mirror, models, reading, store, tables
from sensorscape.registry.writing import Client


@pytest.fixture(autouse=True)
def through_the_client(monkeypatch):
    monkeypatch.setattr(tables, "known_layout", lambda _: False)


def test_an_unknown_layout_is_written_by_mlflow(stored):
    with store.open_store(stored).writing() as writer:
        assert isinstance(writer, Client)


def test_a_run_is_added_once_and_read_back_equal(stored, record):
    one = record()
    first = store.log_run(stored, one, tags={"study.a.roles": "walk"})
    assert store.log_run(stored, one, tags={"study.a.verdict": "accepted"}) == first
    assert store.read_records(stored, [one]) == [one]
    (run,) = reading.index(store.open_store(stored), prefix="study.a")
    assert (run.tags["study.a.roles"], run.tags["study.a.verdict"]) == ("walk", "accepted")


def test_a_half_written_run_is_finished_not_doubled(stored, record):
    one = record()
    opened = store.open_store(stored)
    run = opened.client.create_run(opened.experiment, tags=contents.tags(one)).info
    opened.client.log_param(run.run_id, "cell", one["cell"]["hash"])
    assert store.log_run(stored, one) == run.run_id
    assert store.read_records(stored, [one]) == [one]


def test_models_are_added_once(stored, trained, study_of, weights):
    study = study_of([trained()[0]])
    assert mirror.mirror(stored, study, weights) == mirror.Done(runs=1, versions=1)
    assert mirror.mirror(stored, study, weights) == mirror.Done()
    (version,) = models.shelf_of_file(stored.store / "mlflow.db")
    assert version.aliases == {"s1"}
