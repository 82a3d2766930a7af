"""The layout of a raw file of patches: named image arrays (N, H, W, C) and one-hot labels (N, K) in HDF5.

So2Sat LCZ42 is published so (Zhu et al., "So2Sat LCZ42", IEEE GRSM 2020): ``sen1`` (N, 32, 32, 8), ``sen2`` (N, 32, 32, 10),
``label`` (N, 17). Any other names, integer or floating types and numbers of classes are read the same way.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.errors import SensorscapeError

SIDE_COLUMNS = ("city", "polygon", "x", "y")
"""Optional arrays (N,) beside the patches: where a patch lies; `x`, `y` are the metres of its centre."""
PIXEL_SIZE = 10.0
"""Metres; the grid of So2Sat. A file with other pixels says so in its attribute ``pixel_size``."""
_BRING = "bring the file with `dvc add` or `dvc import-url`, or name another one in params.yaml, dataset.path"


@dataclass(frozen=True)
class ImageArray:
    """One array of patches: its name, height, width, channels and the channels that hold radar intensities."""

    name: str
    height: int
    width: int
    channels: int
    dtype: str
    intensities: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """What a raw file holds.

    Attributes:
        path: the file.
        label: name of the one-hot labels.
        rows: number of patches N.
        classes: number of classes K.
        arrays: the image arrays by name.
        columns: which of `SIDE_COLUMNS` the file has.
        pixel_size: side of a pixel in metres.
    """

    path: Path
    label: str
    rows: int
    classes: int
    arrays: dict[str, ImageArray]
    columns: tuple[str, ...]
    pixel_size: float


def synthetic_note(path: Path) -> str:
    """What a raw file says of its making (the attribute ``about``) when it says that it is synthetic, else empty."""
    with open_raw(path) as file:
        about = str(file.attrs.get("about", ""))
    return about if about.startswith("synthetic") else ""


@contextmanager
def open_raw(path: Path) -> Iterator[h5py.File]:
    """Open a raw file for reading.

    Raises:
        SensorscapeError: when it is missing, a directory, not HDF5 or truncated.
    """
    if path.is_dir():
        raise SensorscapeError(f"{path} is a directory, not an HDF5 file", "name the file in params.yaml, dataset.path")
    if not path.exists():
        raise SensorscapeError(f"{path} is missing", f"synthetic data: `dvc repro synthesize`; your own: {_BRING}")
    try:
        signature = h5py.is_hdf5(path)
        file = h5py.File(path, "r") if signature else None
    except OSError as error:
        raise _unreadable(path, error) from error
    if file is None:
        raise SensorscapeError(f"{path} is not an HDF5 file ({path.stat().st_size:,} bytes)", _BRING)
    with file:
        yield file


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of a failed read that `path` is damaged. Only reads go inside: a full disk is another error.

    Raises:
        SensorscapeError: when HDF5 cannot read what the file should hold (a damaged chunk, a disk error).
    """
    try:
        yield
    except OSError as error:
        raise _unreadable(path, error) from error


def read_layout(path: Path, *, label: str = "label", arrays: Iterable[str] | None = None) -> Layout:
    """Read and check the layout of a raw file; the pixels are not read.

    Args:
        path: the HDF5 file.
        label: name of the one-hot labels (N, K).
        arrays: names of the image arrays that are needed; None: all arrays of rank 4.

    Raises:
        SensorscapeError: file missing, a directory, not HDF5, truncated; array or labels missing; wrong rank; a type that is not a
            number; different numbers of rows; no rows; labels that are class numbers or not one-hot.
    """
    with open_raw(path) as file, reading(path):
        rows, classes = _check_labels(path, file, label)
        wanted = list(dict.fromkeys(arrays)) if arrays is not None else image_arrays(file)
        if not wanted:
            raise SensorscapeError(f"{path} holds no image array (N, H, W, C); it has {_names(file)}", _BRING)
        images = {name: _check_image(path, file, name, rows, label) for name in wanted}
        columns = tuple(name for name in SIDE_COLUMNS if name in file and getattr(file[name], "shape", None) == (rows,))
        pixel_size = float(file.attrs.get("pixel_size", PIXEL_SIZE))
    return Layout(path, label, rows, classes, images, columns, pixel_size)


def read_classes(layout: Layout) -> np.ndarray:
    """The class index of every row, (N,) int64; −1 where a label is not one-hot (exactly one 1, otherwise 0).

    Raises:
        SensorscapeError: when the file cannot be read.
    """
    with open_raw(layout.path) as file, reading(layout.path):
        return classes_of(file[layout.label][:])


def classes_of(labels: np.ndarray) -> np.ndarray:
    """Class indices (n,) int64 of one-hot labels (n, K); −1 where a row is not exactly one 1 and otherwise 0."""
    one_hot = ((labels == 0) | (labels == 1)).all(axis=1) & ((labels == 1).sum(axis=1) == 1)
    return np.where(one_hot, labels.argmax(axis=1), -1).astype(np.int64)


def read_column(layout: Layout, name: str) -> np.ndarray | None:
    """One of `SIDE_COLUMNS` as an array (N,), text decoded; None when the file has none.

    Raises:
        SensorscapeError: when the file cannot be read.
    """
    if name not in layout.columns:
        return None
    with open_raw(layout.path) as file, reading(layout.path):
        return decoded(file[name][:])


def decoded(values: np.ndarray) -> np.ndarray:
    """Bytes and objects of HDF5 as text; numbers as they are."""
    if values.dtype.kind not in "SO":
        return values
    return np.array([value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values], dtype=str)


def intensities_of(array: Any, name: str) -> tuple[int, ...]:
    """The channels of an HDF5 array that hold radar intensities: its attribute ``intensities``, else channels 4, 5 of So2Sat's ``sen1``."""
    channels = array.shape[-1]
    if "intensities" in array.attrs:
        return tuple(int(channel) for channel in np.atleast_1d(array.attrs["intensities"]) if 0 <= channel < channels)
    return (4, 5) if name == "sen1" and channels == 8 else ()


def check_same(layout: Layout, test: Layout) -> None:
    """Check that a separate test file has the arrays and classes of the training file.

    Raises:
        SensorscapeError: naming the first thing that differs.
    """
    if layout.classes != test.classes:
        raise SensorscapeError(
            f"{test.path} has {test.classes} classes, {layout.path} has {layout.classes}", "name a test file of the same data set"
        )
    for name, image in layout.arrays.items():
        other = test.arrays[name]
        here, there = ((a.height, a.width, a.channels) for a in (image, other))
        if here != there:
            raise SensorscapeError(
                f"{test.path}: patches of {name!r} are {there}, in {layout.path} they are {here}", "name a test file of the same data set"
            )


def _check_labels(path: Path, file: h5py.File, label: str) -> tuple[int, int]:
    labels = _dataset(path, file, label, "dataset.label")
    if labels.ndim == 1:
        raise SensorscapeError(
            f"{path}: {label!r} {labels.shape} holds one number per row, not one-hot labels (N, K)",
            "write the labels one-hot: numpy.eye(K)[labels]",
        )
    if labels.ndim != 2 or labels.shape[1] < 2:
        raise SensorscapeError(f"{path}: {label!r} has shape {labels.shape}; expected one-hot labels (N, K), K ≥ 2", _BRING)
    if labels.shape[0] == 0:
        raise SensorscapeError(f"{path} holds no patches: {label!r} has shape {labels.shape}", _BRING)
    if labels.dtype.kind not in "biuf":
        raise SensorscapeError(f"{path}: {label!r} has type {labels.dtype}; expected numbers 0 and 1", _BRING)
    bad = np.flatnonzero(classes_of(labels[:]) < 0)
    if 2 * len(bad) > labels.shape[0]:
        shown = ", ".join(map(str, bad[:5])) + (", …" if len(bad) > 5 else "")
        raise SensorscapeError(
            f"{path}: {label!r} is not one-hot in {len(bad):,} of {labels.shape[0]:,} rows (rows {shown})",
            "each row needs one 1 and otherwise 0: numpy.eye(K)[labels]",
        )
    return int(labels.shape[0]), int(labels.shape[1])


def _check_image(path: Path, file: h5py.File, name: str, rows: int, label: str) -> ImageArray:
    array = _dataset(path, file, name, "sensors")
    if array.ndim != 4 or 0 in array.shape[1:]:
        raise SensorscapeError(
            f"{path}: {name!r} has shape {array.shape}; expected (N, height, width, channels)", "bring patches with the channels last"
        )
    if array.dtype.kind not in "iuf":
        raise SensorscapeError(f"{path}: {name!r} has type {array.dtype}; expected integers or real numbers", _BRING)
    if array.shape[0] != rows:
        raise SensorscapeError(f"{path}: {name!r} has {array.shape[0]:,} rows, {label!r} has {rows:,}", _BRING)
    _, height, width, channels = (int(side) for side in array.shape)
    return ImageArray(name, height, width, channels, str(array.dtype), intensities_of(array, name))


def _dataset(path: Path, file: h5py.File, name: str, key: str) -> Any:
    if name not in file or not isinstance(file[name], h5py.Dataset):
        raise SensorscapeError(f"{path} has no array {name!r}; it has {_names(file)}", f"correct `{key}` in params.yaml")
    return file[name]


def image_arrays(file: h5py.File) -> list[str]:
    """Names of the arrays of rank 4 of a raw file."""
    return [name for name in file if isinstance(file[name], h5py.Dataset) and file[name].ndim == 4]


def _names(file: h5py.File) -> str:
    return ", ".join(f"{name} {getattr(file[name], 'shape', '(a group)')}" for name in file) or "none"


def _unreadable(path: Path, error: OSError) -> SensorscapeError:
    if "truncated" in str(error):
        return SensorscapeError(f"{path} is truncated: {path.stat().st_size:,} bytes are there, more were written", "copy the file again")
    return SensorscapeError(f"{path} cannot be read as HDF5: {error}", "copy the file again, or mend its permissions")
