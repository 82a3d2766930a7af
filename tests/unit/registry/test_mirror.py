"""Models: one version per run, weights shared with DVC's output, champions moved by the main study only, no pickle."""

import json
import os

import mlflow
import numpy as np
import pytest
import safetensors.torch

from sensorscape.cells import Cell
from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.params import Network as Shape
from sensorscape.predictor import load
from sensorscape.registry import champions, mirror, models, reading, store
from sensorscape.registry.record import seal
from sensorscape.training.network import Network

CELLS = {
    "a": {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]},
    "b": {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv1x1"]},
}
SHAPE = {"stem": 4, "stacks": 2, "cells": 1, "batch_norm_momentum": 0.1, "sensors": "stack"}
SUBSET = {
    "sha256": "5" * 64,
    "classes": 3,
    "arrays": {
        "sen1": {"channels": 2, "height": 8, "width": 8, "transform": "zscore", "kinds": ["zscore"] * 2, "shift": [1, 2], "scale": [2, 1]}
    },
}


def _trained(record, folder, letter="a", kappa=0.5, sensor="s1", seed=0):
    """A record whose weights are a real network's, and the network."""
    network = Network(Cell.from_dict(CELLS[letter]), Shape(**SHAPE), [2], 3)
    network.initialise(ord(letter), published=False)
    one = record(cell=letter, kappa=kappa, sensor=sensor, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    one["identity"]["network"] = SHAPE
    one["cell"] |= CELLS[letter]
    fingerprint = seal(one)["fingerprint"]
    path = folder / f"{fingerprint}.safetensors"
    safetensors.torch.save_file(network.state_dict(), path)
    one["weights"] = {"sha256": sha256_file(path), "bytes": path.stat().st_size, "epoch": 3}
    return seal(one), network.eval()


def _study(records, verdicts=None, chosen=None):
    return mirror.Study(
        name="embedded",
        records={one["fingerprint"]: one for one in records},
        roles={one["fingerprint"]: ["population"] for one in records},
        verdicts={one["fingerprint"]: {"verdict": "accepted", "reasons": [], "flags": ["low"]} for one in records}
        if verdicts is None
        else verdicts,
        champions=chosen or {},
        subset=SUBSET,
        content={},
    )


@pytest.fixture
def weights_folder(stored):
    return stored.root / "models" / "weights"


@pytest.fixture
def weights(weights_folder):
    return lambda fingerprint: weights_folder / f"{fingerprint}.safetensors"


def test_a_registered_model_shares_the_bytes_of_the_dvc_output(stored, record, weights_folder, weights):
    one, _ = _trained(record, weights_folder)
    mirror.mirror(stored, _study([one]), weights)
    (run,) = reading.index(store.open_store(stored))
    linked = stored.store / "artifacts" / run.run_id / "artifacts" / "model" / "model.safetensors"
    assert linked.samefile(weights(one["fingerprint"]))


def test_the_champion_predicts_on_raw_patches_through_mlflow_without_pickle(stored, record, weights_folder, weights, monkeypatch):
    import pickle

    import torch

    one, network = _trained(record, weights_folder)
    mirror.mirror(stored, _study([one], chosen={"s1": one["fingerprint"]}), weights)

    def forbidden(*_, **__):
        raise AssertionError("pickle was used")

    monkeypatch.setattr(pickle, "load", forbidden)
    monkeypatch.setattr(pickle, "loads", forbidden)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    mlflow.set_tracking_uri(store.locate(stored).uri)
    mlflow.set_registry_uri(store.locate(stored).uri)
    model = mlflow.pyfunc.load_model("models:/sensorscape-s1@champion")
    raw = np.random.default_rng(0).normal(size=(5, 8, 8, 2))
    standard = ((raw.astype(np.float32).astype(float) - [1, 2]) / [2, 1]).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(standard.transpose(0, 3, 1, 2).copy())).argmax(1).numpy()
    np.testing.assert_array_equal(model.predict(raw), expected)
    np.testing.assert_array_equal(model.predict({"sen1": raw}), expected)


def test_mirroring_twice_adds_nothing(stored, record, weights_folder, weights):
    study = _study([_trained(record, weights_folder)[0]])
    assert mirror.mirror(stored, study, weights) == mirror.Done(runs=1, versions=1)
    before = [(v.name, v.number, v.tags, v.aliases) for v in models.shelf_of_file(stored.store / "mlflow.db")]
    assert mirror.mirror(stored, study, weights) == mirror.Done()
    assert [(v.name, v.number, v.tags, v.aliases) for v in models.shelf_of_file(stored.store / "mlflow.db")] == before


def test_a_version_says_what_it_is(stored, record, weights_folder, weights):
    one, _ = _trained(record, weights_folder, kappa=0.5)
    mirror.mirror(stored, _study([one]), weights)
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


def test_a_variant_never_moves_the_champion(stored, record, weights_folder, weights, monkeypatch):
    one, _ = _trained(record, weights_folder, "a", 0.5)
    better, _ = _trained(record, weights_folder, "b", 0.9)
    mirror.mirror(stored, _study([one], chosen={"s1": one["fingerprint"]}), weights)
    monkeypatch.setattr(mirror, "is_variant", lambda _: True)
    monkeypatch.setattr(mirror, "tag_prefix", lambda _, study: f"study.{study}.happy-otter")
    mirror.mirror(stored, _study([one, better], chosen={"s1": better["fingerprint"]}), weights)
    shelf = {(v.name, v.key[0]): v for v in models.shelf_of_file(stored.store / "mlflow.db")}
    assert shelf["sensorscape-s1", one["fingerprint"]].aliases == {"champion"}
    assert ("sensorscape-s1", better["fingerprint"]) not in shelf
    assert shelf["cell-" + "b" * 12, better["fingerprint"]].aliases == set()


def test_the_champion_moves_with_the_main_study(stored, record, weights_folder, weights):
    one, _ = _trained(record, weights_folder, "a", 0.5)
    better, _ = _trained(record, weights_folder, "b", 0.9)
    for chosen in (one, better, one):
        mirror.mirror(stored, _study([one, better], chosen={"s1": chosen["fingerprint"]}), weights)
        aliased = [v.key[0] for v in models.shelf_of_file(stored.store / "mlflow.db") if "champion" in v.aliases]
        assert aliased == [chosen["fingerprint"]]


def test_weights_that_are_not_the_records_are_never_registered(stored, record, weights_folder, weights):
    one, _ = _trained(record, weights_folder)
    weights(one["fingerprint"]).write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    assert mirror.mirror(stored, _study([one]), weights).without_weights == 1
    assert models.shelf_of_file(stored.store / "mlflow.db") == []


def test_a_pickle_renamed_to_weights_is_not_opened(stored, record, weights_folder, weights, tmp_path):
    import pickle

    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    one, _ = _trained(record, weights_folder)
    mirror.mirror(stored, _study([one]), weights)
    (run,) = reading.index(store.open_store(stored))
    folder = stored.store / "artifacts" / run.run_id / "artifacts" / "model"
    evil = pickle.dumps(Malicious())
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(evil)
    with pytest.raises(SensorscapeError, match="altered"):
        load(folder)
    described = json.loads((folder / "model.json").read_text())
    described["weights"]["sha256"] = sha256_file(folder / "model.safetensors")
    (folder / "model.json").write_text(json.dumps(described))
    with pytest.raises(SensorscapeError, match="no weights"):
        load(folder)
    assert not (tmp_path / "pwned").exists()


def test_the_champion_is_chosen_on_one_half_and_ties_go_by_hash(record):
    records = [
        record(cell="b", kappa=0.5),
        record(cell="a", kappa=0.5),
        record(cell="c", kappa=0.9),
        record(cell="d", sensor="s2", kappa=0.1),
    ]
    accepted = [one["fingerprint"] for one in records if one["cell"]["hash"][0] != "c"]
    chosen = champions.choose(records, accepted, 3)
    assert {sensor: one["cell"]["hash"][0] for sensor, one in chosen.items()} == {"s1": "a", "s2": "d"}
    assert champions.choose(records, accepted, 9) == {}


def test_alias_names_that_mlflow_reserves_are_avoided():
    assert [models.alias_of(name) for name in ("s1", "latest", "v2", "s2-rgb")] == ["s1", "sensor-latest", "sensor-v2", "s2-rgb"]
