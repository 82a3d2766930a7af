from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from sensorscape.patches.synthetic.generate import synthesize


def write_raw(path: Path, **arrays: Any) -> Path:
    """An HDF5 file with these arrays, as they are."""
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values)
    return path


@pytest.fixture
def raw(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small raw file: 12 patches of 6 × 6 pixels, arrays `a` (3 channels) and `b` (2), 3 classes; arguments replace arrays."""

    def make(name: str = "raw.h5", *, without: tuple[str, ...] = (), **changes: Any) -> Path:
        rng = np.random.default_rng(0)
        arrays: dict[str, Any] = {
            "a": rng.normal(5, 2, size=(12, 6, 6, 3)),
            "b": rng.integers(0, 200, size=(12, 6, 6, 2)).astype(np.uint8),
            "label": np.eye(3)[np.arange(12) % 3],
        } | changes
        return write_raw(tmp_path / name, **{key: value for key, value in arrays.items() if key not in without})

    return make


@pytest.fixture(scope="session")
def so2sat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic So2Sat of the embedded study."""
    path = tmp_path_factory.mktemp("so2sat") / "synthetic.h5"
    synthesize(path, patches=1200, cities=12, seed=42)
    return path
