"""Pictures of patches, one per class and kind of image (Traoré et al., Figure 2): radar in decibels, optical in true colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from sensorscape.patches.layout import intensities_of, open_raw, reading
from sensorscape.patches.standardise import DECIBEL_FLOOR
from sensorscape.patches.synthetic.zones import ZONES

TRUE_COLOUR = (2, 1, 0)
"""B4, B3, B2 of So2Sat's ``sen2``."""
STRETCH = (0.02, 0.98)
"""Quantiles over all pictures of a kind that become black and full colour."""


@dataclass(frozen=True)
class Pictures:
    """Pictures by class.

    Attributes:
        classes: names of the K classes.
        images: kind (``radar``, ``optical``, or the array's name) → per class an (H, W, 3) uint8 picture, or None.
        rows: per class the row of the raw file that is shown, None for a class without train patches.
    """

    classes: tuple[str, ...]
    images: dict[str, list[np.ndarray | None]]
    rows: list[int | None]


def pictures(raw: Path, subset: Path, arrays: Sequence[str]) -> Pictures:
    """The first train patch of every class, seen through each array. It is never a chosen one.

    Args:
        raw: the raw file.
        subset: data/subset/subset.h5; its ``row`` points into the raw file.
        arrays: image arrays to show.

    Returns:
        Pictures of one size: smaller patches are repeated to the size of the largest.

    Raises:
        SensorscapeError: when a file is missing or damaged.
    """
    with open_raw(subset) as file, reading(subset):
        labels, rows = file["train"]["label"][:], file["train"]["row"][:]
    with open_raw(raw) as file, reading(raw):
        names = class_names(file, labels)
        shown = [_first(rows, labels == number) for number in range(len(names))]
        found = {_kind(file[name], name): _colours(file, name, [row for row in shown if row is not None]) for name in arrays}
    height, width = (max((values.shape[axis] for values in found.values()), default=0) for axis in (1, 2))
    images: dict[str, list[np.ndarray | None]] = {}
    for kind, values in found.items():
        ready = iter(_resized(stretched(values), height, width))
        images[kind] = [None if row is None else next(ready) for row in shown]
    return Pictures(names, images, shown)


def class_names(file: h5py.File, labels: np.ndarray) -> tuple[str, ...]:
    """The file's attribute ``classes``; the Local Climate Zones where it is a So2Sat; otherwise "class 1" and so on.

    Args:
        file: an open raw file.
        labels: class indices that must be named.
    """
    given = file.attrs.get("classes")
    if given is not None and len(given) > int(labels.max(initial=0)):
        return tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in given)
    one_hot = [item.shape[1] for item in file.values() if isinstance(item, h5py.Dataset) and item.ndim == 2]
    count = max([*one_hot, int(labels.max(initial=0)) + 1])
    if count == len(ZONES) and {"sen1", "sen2"} & set(file):
        return tuple(zone.name for zone in ZONES)
    return tuple(f"class {number}" for number in range(count))


def stretched(values: np.ndarray) -> np.ndarray:
    """Pictures (n, H, W, 3) as uint8: each colour from its 2 % to its 98 % quantile over all of them; a flat colour is mid-grey."""
    low, high = np.quantile(values, STRETCH, axis=(0, 1, 2)) if values.size else (np.zeros(3), np.ones(3))
    span = np.where(high > low, high - low, 1.0)
    share = np.where(high > low, (values - low) / span, 0.5)
    return np.asarray((share.clip(0, 1) * 255).round().astype(np.uint8))


def radar_colours(vh: np.ndarray, vv: np.ndarray) -> np.ndarray:
    """Intensities (…,) in decibels as (…, 3): VV, VH, and VV − VH; nothing below −35 dB."""
    decibels = [10 * np.log10(np.maximum(values, DECIBEL_FLOOR)) for values in (vv, vh)]
    return np.stack([*decibels, decibels[0] - decibels[1]], axis=-1)


def _kind(array: h5py.Dataset, name: str) -> str:
    if len(intensities_of(array, name)) >= 2:
        return "radar"
    return "optical" if name == "sen2" and array.shape[3] == 10 else name


def _colours(file: h5py.File, name: str, rows: Sequence[int]) -> np.ndarray:
    """Three numbers per pixel, not yet stretched, (n, H, W, 3) float64."""
    array = file[name]
    patches = np.stack([array[row] for row in rows]).astype(np.float64) if rows else np.zeros((0, *array.shape[1:]))
    kind, channels = _kind(array, name), array.shape[3]
    if kind == "radar":
        vh, vv = intensities_of(array, name)[:2]
        return radar_colours(patches[..., vh], patches[..., vv])
    if kind == "optical":
        return np.asarray(patches[..., list(TRUE_COLOUR)])
    return np.asarray(patches[..., [0, 1, 2] if channels >= 3 else [0, 0, 0]])


def _resized(images: np.ndarray, height: int, width: int) -> np.ndarray:
    rows = np.arange(height) * images.shape[1] // max(height, 1)
    columns = np.arange(width) * images.shape[2] // max(width, 1)
    return np.asarray(images[:, rows][:, :, columns])


def _first(rows: np.ndarray, chosen: np.ndarray) -> int | None:
    return int(rows[chosen][0]) if chosen.any() else None
