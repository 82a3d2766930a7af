"""What one training is: everything that defines its trajectory, and the fingerprint of that.

Two runs with one fingerprint are the same computation; a run is trained only when no record of its fingerprint exists. What
changes no number (workers, device, time limit, what is kept) is not part of it. `RECIPE_VERSION` is raised when the code
starts to compute something else for the same parameters.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sensorscape.cells import Cell
from sensorscape.files import canonical_json, sha256_text
from sensorscape.params import Network, Training
from sensorscape.patches.sensors import Sensor

RECIPE_VERSION = 1


@dataclass(frozen=True)
class Run:
    """One training to be done.

    Attributes:
        identity: what defines it, as plain JSON.
        cell: the cell.
        name: the sensor's name.
        sensor: its channels, arrays in alphabetical order.
        network: shape of the network.
        training: the recipe. `budgets` is the schedule (the learning rate reaches 0 at the last of them).
        epochs: length actually trained; a cell that only walks need stops before the schedule ends.
        seed: of initialisation, order and augmentation.
    """

    identity: dict[str, Any]
    cell: Cell
    name: str
    sensor: Sensor
    network: Network
    training: Training
    epochs: int
    seed: int

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the identity's canonical JSON, 64 hex digits."""
        return sha256_text(canonical_json(self.identity))

    @property
    def budgets(self) -> tuple[int, ...]:
        """Budgets at which the run is evaluated."""
        return tuple(budget for budget in self.training.budgets if budget <= self.epochs)


def in_order(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A sensor's definition with its arrays in alphabetical order, in which the network stacks them.

    JSON objects have no order, so a fingerprint cannot depend on one; neither does what a network can learn.
    """
    return {array: definition[array] for array in sorted(definition)}


def make_run(
    *,
    cell: Cell,
    name: str,
    sensor: Sensor,
    sizes: Mapping[str, int],
    subset: str,
    network: Network,
    training: Training,
    epochs: int,
    seed: int,
) -> Run:
    """A run and its identity.

    Values that a recipe does not use are left out of the identity: epsilon of ``sgd``, late fusion of a single array, the name of
    the schedule (one budget on its own is the same run under either).

    Args:
        cell: the cell.
        name: the sensor's name; not part of the identity.
        sensor: its channels, arrays in the order of `in_order`.
        sizes: channels of every array of the subset: a full selection is written ``"all"``.
        subset: SHA-256 of the subset file.
        network: shape of the network.
        training: the recipe, its budgets the whole schedule.
        epochs: length trained, one of the budgets.
        seed: the seed.
    """
    fusion = network.sensors if len(sensor.parts) > 1 else "stack"
    arrays = {array: "all" if numbers == tuple(range(sizes[array])) else list(numbers) for array, numbers in sensor.parts}
    names = ("optimiser", "learning_rate", "momentum", "weight_decay", "batch", "augmentation", "precision")
    recipe = {key: getattr(training, key) for key in names}
    if training.optimiser == "rmsprop":
        recipe["epsilon"] = training.epsilon
    identity = {
        "recipe_version": RECIPE_VERSION,
        "cell": cell.hash,
        "sensor": {"arrays": arrays},
        "subset": subset,
        "network": {
            "stem": network.stem,
            "stacks": network.stacks,
            "cells": network.cells,
            "batch_norm_momentum": network.batch_norm_momentum,
            "sensors": fusion,
        },
        "training": recipe | {"budgets": list(training.budgets), "epochs": epochs},
        "seed": seed,
    }
    return Run(identity, cell, name, sensor, network, training, epochs, seed)


def derived_seed(seed: int, *purpose: object) -> int:
    """A seed below 2⁶³ for one purpose (``"weights"``; ``"order", epoch``), independent of those for others."""
    digest = hashlib.sha256(canonical_json([seed, *purpose]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
