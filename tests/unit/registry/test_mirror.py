"""Models: one version per run, weights shared with DVC's output, champions moved by the main study only, no pickle."""

from dataclasses import replace

import mlflow
import numpy as np

from sensorscape.registry import mirror, models, reading, store


def test_a_registered_model_shares_the_bytes_of_the_dvc_output(stored, trained, study_of, weights):
    one, _ = trained()
    mirror.mirror(stored, study_of([one]), weights)
    (run,) = reading.index(store.open_store(stored))
    linked = stored.store / "artifacts" / run.run_id / "artifacts" / "model" / "model.safetensors"
    assert linked.samefile(weights(one["fingerprint"]))


def test_the_champion_predicts_on_raw_patches_through_mlflow_without_pickle(stored, trained, study_of, weights, monkeypatch):
    import pickle

    import torch

    one, network = trained()
    mirror.mirror(stored, study_of([one], chosen={"s1": one["fingerprint"]}), weights)

    raw = np.random.default_rng(0).normal(size=(5, 8, 8, 2))
    standard = ((raw.astype(np.float32).astype(float) - [1, 2]) / [2, 1]).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(standard.transpose(0, 3, 1, 2).copy())).argmax(1).numpy()

    def forbidden(*_, **__):  # from here on: compiled loops are loaded by now, which Numba keeps pickled on the machine itself
        raise AssertionError("pickle was used")

    monkeypatch.setattr(pickle, "load", forbidden)
    monkeypatch.setattr(pickle, "loads", forbidden)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    mlflow.set_tracking_uri(store.locate(stored).uri)
    mlflow.set_registry_uri(store.locate(stored).uri)
    model = mlflow.pyfunc.load_model("models:/sensorscape-s1@champion")
    np.testing.assert_array_equal(model.predict(raw), expected)
    np.testing.assert_array_equal(model.predict({"sen1": raw}), expected)


def test_mirroring_twice_adds_nothing(stored, trained, study_of, weights):
    study = study_of([trained()[0]])
    assert mirror.mirror(stored, study, weights) == mirror.Done(runs=1, versions=1)
    before = [(v.name, v.number, v.tags, v.aliases) for v in models.shelf_of_file(stored.store / "mlflow.db")]
    assert mirror.mirror(stored, study, weights) == mirror.Done()
    assert [(v.name, v.number, v.tags, v.aliases) for v in models.shelf_of_file(stored.store / "mlflow.db")] == before


def test_runs_and_models_of_synthetic_data_say_so(stored, trained, study_of, weights):
    one, _ = trained()
    study = study_of([one], chosen={"s1": one["fingerprint"]})
    mirror.mirror(stored, study, weights)
    (run,) = reading.index(store.open_store(stored), prefix=f"study.{study.name}")
    assert f"study.{study.name}.data" not in run.tags
    mirror.mirror(stored, replace(study, subset=study.subset | {"synthetic": "synthetic: simulated"}), weights)
    (run,) = reading.index(store.open_store(stored), prefix=f"study.{study.name}")
    assert run.tags[f"study.{study.name}.data"] == "synthetic"
    assert {version.tags["data"] for version in models.shelf_of_file(stored.store / "mlflow.db")} == {"synthetic"}


def test_a_variant_never_moves_the_champion(stored, trained, study_of, weights, monkeypatch):
    one, _ = trained("a", 0.5)
    better, _ = trained("b", 0.9)
    mirror.mirror(stored, study_of([one], chosen={"s1": one["fingerprint"]}), weights)
    monkeypatch.setattr(mirror, "is_variant", lambda _: True)
    monkeypatch.setattr(mirror, "tag_prefix", lambda _, study: f"study.{study}.happy-otter")
    mirror.mirror(stored, study_of([one, better], chosen={"s1": better["fingerprint"]}), weights)
    shelf = {(v.name, v.key[0]): v for v in models.shelf_of_file(stored.store / "mlflow.db")}
    assert shelf["sensorscape-s1", one["fingerprint"]].aliases == {"champion"}
    assert ("sensorscape-s1", better["fingerprint"]) not in shelf
    assert shelf["cell-" + "b" * 12, better["fingerprint"]].aliases == set()


def test_the_champion_moves_with_the_mainstudy_of(stored, trained, study_of, weights):
    one, _ = trained("a", 0.5)
    better, _ = trained("b", 0.9)
    for chosen in (one, better, one):
        mirror.mirror(stored, study_of([one, better], chosen={"s1": chosen["fingerprint"]}), weights)
        aliased = [v.key[0] for v in models.shelf_of_file(stored.store / "mlflow.db") if "champion" in v.aliases]
        assert aliased == [chosen["fingerprint"]]


def test_weights_that_are_not_the_records_are_never_registered(stored, trained, study_of, weights):
    one, _ = trained()
    weights(one["fingerprint"]).write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    assert mirror.mirror(stored, study_of([one]), weights).without_weights == 1
    assert models.shelf_of_file(stored.store / "mlflow.db") == []
