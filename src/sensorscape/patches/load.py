"""A subset in memory, as one sensor sees it; and raw patches standardised the same way for prediction."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file
from sensorscape.patches import standardise as standardisation
from sensorscape.patches.layout import open_raw, reading
from sensorscape.patches.sensors import Sensor, resolve


@dataclass(frozen=True)
class SensorData:
    """Train and test of one sensor.

    Attributes:
        train, test: standardised patches (n, H, W, C) float32.
        train_labels, test_labels: class indices (n,) int64.
        train_rows, test_rows: row numbers in the raw file (n,) int64.
        sensor: the channels, in stacking order; `sensor.groups` are the channels per array.
    """

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    train_rows: np.ndarray
    test_rows: np.ndarray
    sensor: Sensor


def load(path: Path, definition: Mapping[str, Any], *, name: str = "sensor", sha256: str | None = None) -> SensorData:
    """Load a sensor's channels of a subset.

    Args:
        path: data/subset/subset.h5.
        definition: array → ``"all"`` or channel numbers, as under `sensors` in params.yaml.
        name: the sensor's name, for messages.
        sha256: the digest in subset.json; when given, the file is compared with it first.

    Raises:
        SensorscapeError: when the file is missing, damaged or not the one of subset.json; an array or channel that it does not hold.
    """
    if sha256 is not None and path.is_file() and sha256_file(path) != sha256:
        raise SensorscapeError(f"{path} is not the file that subset.json describes (SHA-256 differs)", "make it again: dvc repro -f subset")
    with open_raw(path) as file, reading(path):
        if "train" not in file or "test" not in file:
            raise SensorscapeError(f"{path} has no groups train and test: it is not a subset", "make it with: dvc repro subset")
        train = file["train"]
        channels = {array: train[array].shape[3] for array in train if train[array].ndim == 4}
        sensor = resolve(name, definition, channels)
        parts = {group: _read(file[group], sensor) for group in ("train", "test")}
        labels = {group: file[group]["label"][:] for group in parts}
        rows = {group: file[group]["row"][:] for group in parts}
    return SensorData(parts["train"], labels["train"], parts["test"], labels["test"], rows["train"], rows["test"], sensor)


def standardise(raw: np.ndarray | Mapping[str, np.ndarray], definition: Mapping[str, Any], statistics: Mapping[str, Any]) -> np.ndarray:
    """Raw patches as the network of a sensor wants them: channels chosen, standardised, stacked; float32 (n, H, W, C).

    Patches of the subset come out bit for bit as they are stored there.

    Args:
        raw: the raw arrays by name, each (n, H, W, all its channels); or one array (n, H, W, ·) with all channels of the sensor's
            arrays in the order of the definition. A single patch (H, W, ·) counts as n = 1.
        definition: array → ``"all"`` or channel numbers.
        statistics: ``arrays`` of subset.json.

    Raises:
        SensorscapeError: an array that is missing, or another number of channels than the raw arrays have.
    """
    channels = {array: int(numbers["channels"]) for array, numbers in statistics.items()}
    sensor = resolve("sensor", definition, channels)
    arrays = raw if isinstance(raw, Mapping) else _cut(np.asarray(raw), [array for array, _ in sensor.parts], channels)
    done = {}
    for array, _ in sensor.parts:
        if array not in arrays:
            raise SensorscapeError(f"array {array!r} is missing; there are {', '.join(arrays) or 'none'}", "pass all arrays of the sensor")
        values = np.asarray(arrays[array])
        values = values[None] if values.ndim == 3 else values
        if values.ndim != 4 or values.shape[3] != channels[array]:
            raise SensorscapeError(f"{array!r} has shape {values.shape}; expected (n, H, W, {channels[array]})", "pass raw patches")
        done[array] = standardisation.apply(values, statistics[array])
    return sensor.stack(done)


def _cut(raw: np.ndarray, names: list[str], channels: Mapping[str, int]) -> dict[str, np.ndarray]:
    expected = sum(channels[name] for name in names)
    if raw.ndim not in (3, 4) or raw.shape[-1] != expected:
        raise SensorscapeError(
            f"the patches have shape {raw.shape}; expected (n, H, W, {expected}): all channels of {', '.join(names)}, not standardised",
            "pass raw patches, or the arrays by name",
        )
    edges = np.cumsum([channels[name] for name in names])[:-1]
    return dict(zip(names, np.split(raw, edges, axis=-1), strict=True))


def _read(group: h5py.Group, sensor: Sensor) -> np.ndarray:
    """One array after the other straight into its place: the stacked patches are the only copy."""
    first = group[sensor.parts[0][0]]
    out = np.empty((*first.shape[:3], sensor.channels), np.float32)
    at = 0
    step = max(1, (32 << 20) // (4 * int(np.prod(first.shape[1:]))))
    for array, numbers in sensor.parts:
        source = group[array]
        if source.shape[1:3] != first.shape[1:3]:
            raise SensorscapeError(
                f"the sensor stacks patches of different sizes: {first.shape[1:3]} and {source.shape[1:3]}", "define one sensor per array"
            )
        for start in range(0, len(source), step):
            out[start : start + step, ..., at : at + len(numbers)] = source[start : start + step][..., list(numbers)]
        at += len(numbers)
    return out
