import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from sensorscape.patches import finishing
from sensorscape.patches.finishing import Place, finish
from sensorscape.patches.standardise import apply

NUMBERS = {
    "a": {"kinds": ["zscore", "log", "zscore"], "shift": [1.0, -12.0, 3.0], "scale": [2.0, 4.0, 0.3]},
    "b": {"kinds": ["robust"], "shift": [7.0], "scale": [5.0]},
}


@pytest.fixture
def patches() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {"a": rng.gamma(2, 1, size=(41, 5, 5, 3)).astype(np.float32), "b": rng.normal(size=(13, 2, 2, 1)).astype(np.float32)}


def _write(path: Path, patches: dict[str, np.ndarray]) -> list[Place]:
    with h5py.File(path, "w") as file:
        file["label"] = np.arange(41)
        for name, values in patches.items():
            file[name] = values
        file["row"] = np.arange(13)
        return [Place.of(file[name], NUMBERS[name]) for name in reversed(patches)]


@pytest.mark.parametrize("chunk", [1, 1000, 8 << 20])
def test_patches_are_standardised_where_they_lie_and_nothing_else_is_touched(
    patches: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(finishing, "_CHUNK_BYTES", chunk)
    path = tmp_path / "s.h5"
    before = _write(path, patches) and path.stat().st_size
    digest = finish(path, _write(path, patches))
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_size == before
    with h5py.File(path) as file:
        assert file["label"][:].tolist() == list(range(41))
        assert file["row"][:].tolist() == list(range(13))
        for name, values in patches.items():
            np.testing.assert_array_equal(file[name][:], apply(values, NUMBERS[name]))


def test_an_array_without_patches_lies_nowhere(patches: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    places = _write(path, patches | {"b": patches["b"][:0]})
    assert finish(path, places) == hashlib.sha256(path.read_bytes()).hexdigest()
    with h5py.File(path) as file:
        assert file["b"].shape == (0, 2, 2, 1)
        np.testing.assert_array_equal(file["a"][:], apply(patches["a"], NUMBERS["a"]))


def test_a_file_without_places_is_only_digested(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"sensorscape")
    assert finish(tmp_path / "f", []) == hashlib.sha256(b"sensorscape").hexdigest()
    assert (tmp_path / "f").read_bytes() == b"sensorscape"
