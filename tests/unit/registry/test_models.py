"""Registered models: names, what a version says, weights that are linked and never trusted."""

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import artifacts, mirror, models, reading, store


def test_alias_names_that_mlflow_reserves_are_avoided():
    assert [models.alias_of(name) for name in ("s1", "latest", "v2", "s2-rgb")] == ["s1", "sensor-latest", "sensor-v2", "s2-rgb"]


@pytest.mark.parametrize("name", ["../s1", "", "a/b", ".hidden"])
def test_a_sensor_that_is_no_plain_name_has_no_model(name):
    with pytest.raises(SensorscapeError):
        models.champion_name(name)


def test_a_version_says_what_it_is(stored, trained, study_of, weights):
    one, _ = trained(kappa=0.5)
    mirror.mirror(stored, study_of([one]), weights)
    (version,) = models.shelf_of_file(stored.store / "mlflow.db")
    assert version.name == "cell-" + "a" * 12
    assert version.tags["kappa_3"] == "0.500000"
    assert version.tags["study.embedded.verdict"] == "accepted"
    assert version.tags["weights_sha256"] == one["weights"]["sha256"]
    assert version.aliases == {"s1"}
    (run,) = reading.index(store.open_store(stored), prefix="study.embedded")
    assert (run.tags["study.embedded.roles"], run.tags["study.embedded.verdict"], run.tags["study.embedded.flags"]) == (
        "population",
        "accepted",
        "low",
    )
    described = store.open_store(stored).client.get_model_version(version.name, version.number).description
    assert described == "s1, cell aaaaaaaaaaaa, seed 0: kappa 0.500, 0.500 after 1, 3 epochs"


def test_a_champion_shows_both_halves_of_the_test_split(stored, trained, study_of, weights):
    one, _ = trained(kappa=0.5)
    mirror.mirror(stored, study_of([one], chosen={"s1": one["fingerprint"]}), weights)
    crowned = next(version for version in models.shelf_of_file(stored.store / "mlflow.db") if version.name == "sensorscape-s1")
    assert {name: crowned.tags[name] for name in ("decision_budget", "kappa_choice", "kappa_report", "study")} == {
        "decision_budget": "3",
        "kappa_choice": "0.510000",
        "kappa_report": "0.490000",
        "study": "embedded",
    }


def test_sql_and_mlflow_see_the_same_shelf(stored, trained, study_of, weights):
    records = [trained("a")[0], trained("b")[0]]
    mirror.mirror(stored, study_of(records, chosen={"s1": records[1]["fingerprint"]}), weights)
    opened = store.open_store(stored)

    def plain(versions):
        return {(v.name, v.number, v.source, v.run_id, tuple(sorted(v.tags.items())), tuple(sorted(v.aliases))) for v in versions}

    assert plain(models.shelf_of_file(stored.store / "mlflow.db")) == plain(models._search(opened))


def test_an_empty_kappa_is_said_in_the_description(record):
    one = record()
    for evaluation in one["evaluations"].values():
        evaluation["test"]["kappa"] = None
    assert models.about_version(one) == "s1, cell aaaaaaaaaaaa, seed 0: no kappa is defined"


def test_damaged_weights_in_the_store_are_replaced_by_sound_ones(stored, trained, study_of, weights):
    one, _ = trained()
    mirror.mirror(stored, study_of([one]), weights)
    (run,) = reading.index(store.open_store(stored))
    inside = artifacts.local_path(run.artifact_uri) / "model" / "model.safetensors"
    inside.unlink()
    inside.write_bytes(b"damaged")
    assert models.add_files(store.open_store(stored), run, one, study_of([one]).subset, weights(one["fingerprint"]))
    assert inside.samefile(weights(one["fingerprint"]))


def test_a_file_that_is_not_there_has_no_versions(tmp_path):
    assert models.shelf_of_file(None) == []
    assert models.shelf_of_file(tmp_path / "none.db") == []
