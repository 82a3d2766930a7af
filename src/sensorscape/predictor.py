"""A trained cell as a model for raw patches: ``load(folder).predict(patches)``. Also MLflow's loader of it.

A model is a folder with model.json (cell, network, sensor, standardisation, digests) and model.safetensors. There is no pickle
in it, and the weights' SHA-256 is compared with model.json before the file is opened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import read_json, sha256_file

if TYPE_CHECKING:
    import numpy as np

DESCRIPTION = "model.json"
WEIGHTS = "model.safetensors"
_BATCH = 512


@dataclass(frozen=True)
class Predictor:
    """A loaded model.

    Attributes:
        description: what model.json holds.
        network: the network, in evaluation mode on the CPU.
    """

    description: dict[str, Any]
    network: Any

    def scores(self, patches: "np.ndarray | Mapping[str, np.ndarray]") -> "np.ndarray":
        """Class scores before the softmax, (n, classes) float32.

        Args:
            patches: raw patches as the file of the study holds them, not standardised: for a sensor of one array
                (n, H, W, all its channels), for several a mapping from array name to patches.

        Raises:
            SensorscapeError: when an array is missing or has another number of channels.
        """
        import numpy as np
        import torch

        from sensorscape.patches.load import standardise

        ready = standardise(patches, self.description["sensor"]["arrays"], self.description["arrays"])
        images = torch.from_numpy(np.ascontiguousarray(ready.transpose(0, 3, 1, 2)))
        if not len(images):
            return np.empty((0, int(self.description["classes"])), np.float32)
        with torch.inference_mode():
            parts = [self.network(images[start : start + _BATCH]).float() for start in range(0, len(images), _BATCH)]
        return np.asarray(torch.cat(parts).numpy())

    def predict(self, model_input: "np.ndarray | Mapping[str, np.ndarray]", params: Any = None) -> "np.ndarray":  # noqa: ARG002 - MLflow's
        """The class of each patch, (n,) int64, counted from 0; the argument is that of `scores`."""
        classes: np.ndarray = self.scores(model_input).argmax(axis=1).astype("int64")
        return classes


def load(folder: Path | str) -> Predictor:
    """The model in `folder`.

    Raises:
        SensorscapeError: when a file is missing, or the weights are not those of model.json, or no safetensors.
    """
    import safetensors.torch
    from pydantic import ValidationError
    from safetensors import SafetensorError

    from sensorscape.cells import Cell
    from sensorscape.params import Network as Shape
    from sensorscape.patches.sensors import resolve
    from sensorscape.training.network import Network

    folder = Path(folder)
    again = "get the model again: dvc pull, or dvc artifacts get"
    description = read_json(folder / DESCRIPTION, made_by="dvc pull models/champions")
    weights = folder / WEIGHTS
    try:
        expected = description["weights"]["sha256"]
        if not weights.is_file():
            raise SensorscapeError(f"{weights} is missing", again)
        if sha256_file(weights) != expected:
            raise SensorscapeError(f"{weights} is not the file that {DESCRIPTION} describes: it was altered", again)
        sizes = {array: int(numbers["channels"]) for array, numbers in description["arrays"].items()}
        sensor = resolve(description["sensor"]["name"], description["sensor"]["arrays"], sizes)
        network = Network(Cell.from_dict(description["cell"]), Shape(**description["network"]), sensor.groups, int(description["classes"]))
        network.load_state_dict(safetensors.torch.load_file(weights))
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise SensorscapeError(f"{folder / DESCRIPTION} does not describe a model ({error})", again) from error
    except (SafetensorError, RuntimeError) as error:
        raise SensorscapeError(f"{weights} holds no weights of this network: {error}", again) from error
    return Predictor(description, network.eval())


def predict_file(predictor: Predictor, path: Path) -> Iterator[tuple[int, int]]:
    """(row, class) of every patch in an HDF5 file, read in slabs.

    Args:
        predictor: a loaded model.
        path: a file with the raw arrays of the model's sensor, each (N, H, W, C).

    Raises:
        SensorscapeError: when it is no HDF5 file, lacks an array, or the arrays differ in their number of patches.
    """
    from sensorscape.patches.layout import open_raw, reading

    names = list(predictor.description["sensor"]["arrays"])
    with open_raw(path) as file, reading(path):
        absent = [name for name in names if name not in file]
        if absent:
            raise SensorscapeError(
                f"{path} has no array {absent[0]!r}; it has {', '.join(file) or 'none'}", "give a file with the raw arrays"
            )
        lengths = {name: len(file[name]) for name in names}
        if len(set(lengths.values())) > 1:
            raise SensorscapeError(f"{path}: the arrays differ in length: {lengths}", "give one file with the same patches in every array")
        for start in range(0, next(iter(lengths.values())), _BATCH):
            classes = predictor.predict({name: file[name][start : start + _BATCH] for name in names})
            yield from ((start + index, int(label)) for index, label in enumerate(classes))


def _load_pyfunc(path: str) -> Predictor:
    """Called by `mlflow.pyfunc.load_model`, which finds this module's name in the file MLmodel."""
    return load(path)
