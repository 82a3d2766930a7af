"""A model's folder: checked before it is opened, without pickle; predicts on raw patches as its network does."""

import json
import os
import pickle

import h5py
import numpy as np
import pytest
import safetensors.torch
import torch

from sensorscape.cells import Cell
from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.params import Network as Shape
from sensorscape.predictor import load, predict_file
from sensorscape.training.network import Network

CELL = {"hash": "0" * 32, "matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]}
SHAPE = {"stem": 4, "stacks": 2, "cells": 1, "batch_norm_momentum": 0.1, "sensors": "stack"}


def scaling(channels):
    return {
        "channels": channels, "height": 8, "width": 8, "transform": "zscore", "kinds": ["zscore"] * channels,
        "shift": [1.0] * channels, "scale": [2.0] * channels,
    }  # fmt: skip


def make(folder, arrays=None):
    """A model of a sensor of channels of arrays, and its network."""
    arrays = arrays or {"sen1": "all"}
    sizes = {"sen1": 2, "sen2": 3}
    channels = sum(sizes[name] if chosen == "all" else len(chosen) for name, chosen in arrays.items())
    network = Network(Cell.from_dict(CELL), Shape(**SHAPE), [channels], 3)
    network.initialise(1, published=False)
    folder.mkdir()
    safetensors.torch.save_file(network.state_dict(), folder / "model.safetensors")
    description = {
        "cell": CELL, "network": SHAPE, "sensor": {"name": "s", "arrays": arrays}, "classes": 3,
        "arrays": {name: scaling(sizes[name]) for name in arrays}, "weights": {"sha256": sha256_file(folder / "model.safetensors")},
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(description))
    return network.eval()


def edit(folder, change):
    path = folder / "model.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))


def patches(channels, number=5):
    return np.random.default_rng(0).normal(1, 2, size=(number, 8, 8, channels))


def test_it_predicts_what_its_network_says_of_standardised_patches(tmp_path):
    network = make(tmp_path / "m")
    raw = patches(2)
    standard = torch.from_numpy(((raw.astype(np.float32) - 1) / 2).transpose(0, 3, 1, 2).copy())
    with torch.inference_mode():
        expected = network(standard)
    model = load(tmp_path / "m")
    np.testing.assert_allclose(model.scores(raw), expected.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict({"sen1": raw}), expected.argmax(1).numpy())
    assert model.predict(raw).dtype == np.int64


def test_arrays_are_stacked_and_channels_chosen(tmp_path):
    network = make(tmp_path / "m", {"sen1": "all", "sen2": [2, 0]})
    one, two = patches(2), patches(3)
    stacked = (np.concatenate([one, two[..., [2, 0]]], axis=-1) - 1) / 2
    with torch.inference_mode():
        expected = network(torch.from_numpy(stacked.astype(np.float32).transpose(0, 3, 1, 2).copy()))
    np.testing.assert_allclose(load(tmp_path / "m").scores({"sen1": one, "sen2": two}), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_no_patches_give_no_classes(tmp_path):
    make(tmp_path / "m")
    assert load(tmp_path / "m").predict(patches(2, 0)).shape == (0,)


def test_batches_do_not_show(tmp_path):
    make(tmp_path / "m")
    model, raw = load(tmp_path / "m"), patches(2, 520)
    np.testing.assert_array_equal(model.predict(raw)[-10:], model.predict(raw[-10:]))


@pytest.mark.parametrize("given", [patches(3), {"sen2": patches(2)}])
def test_patches_of_another_sensor_are_refused(tmp_path, given):
    make(tmp_path / "m")
    with pytest.raises(SensorscapeError):
        load(tmp_path / "m").predict(given)


class Malicious:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_pickle_renamed_to_weights_is_not_opened(tmp_path):
    make(tmp_path / "m")
    weights = tmp_path / "m" / "model.safetensors"
    weights.write_bytes(pickle.dumps(Malicious(tmp_path / "mark")))
    with pytest.raises(SensorscapeError, match="altered"):
        load(tmp_path / "m")
    edit(tmp_path / "m", lambda description: description["weights"].update(sha256=sha256_file(weights)))
    with pytest.raises(SensorscapeError, match="no weights"):
        load(tmp_path / "m")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("lacking", ["model.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path, lacking):
    make(tmp_path / "m")
    (tmp_path / "m" / lacking).unlink()
    with pytest.raises(SensorscapeError, match=lacking):
        load(tmp_path / "m")


@pytest.mark.parametrize(
    "change",
    [
        lambda description: description.pop("cell"),
        lambda description: description.update(network={"stem": "many"}),
        lambda description: description.update(classes="three"),
        lambda description: description["sensor"].update(arrays={"sen1": [9]}),
        lambda description: description.pop("weights"),
    ],
)
def test_a_description_of_no_model_is_an_error_in_words(tmp_path, change):
    make(tmp_path / "m")
    edit(tmp_path / "m", change)
    with pytest.raises(SensorscapeError):
        load(tmp_path / "m")


def test_weights_of_another_network_are_refused(tmp_path):
    make(tmp_path / "m")
    edit(tmp_path / "m", lambda description: description["network"].update(stem=8))
    with pytest.raises(SensorscapeError, match="no weights of this network"):
        load(tmp_path / "m")


def test_a_file_is_predicted_row_by_row_in_slabs(tmp_path):
    make(tmp_path / "m")
    raw = patches(2, 700)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["sen1"] = raw
    model = load(tmp_path / "m")
    rows = list(predict_file(model, tmp_path / "a.h5"))
    assert [row for row, _ in rows] == list(range(700))
    np.testing.assert_array_equal([label for _, label in rows], model.predict(raw))


def test_a_file_without_the_array_or_with_unequal_ones_is_refused(tmp_path):
    make(tmp_path / "m", {"sen1": "all", "sen2": "all"})
    model = load(tmp_path / "m")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["sen1"] = patches(2)
    with pytest.raises(SensorscapeError, match="has no array 'sen2'"):
        list(predict_file(model, tmp_path / "a.h5"))
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["sen2"] = patches(3, 4)
    with pytest.raises(SensorscapeError, match="differ in length"):
        list(predict_file(model, tmp_path / "a.h5"))
    (tmp_path / "b.h5").write_bytes(b"no HDF5")
    with pytest.raises(SensorscapeError):
        list(predict_file(model, tmp_path / "b.h5"))
