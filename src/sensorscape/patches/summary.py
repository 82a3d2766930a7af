"""One row per patch: what quality control needs to know of it, streamed in slabs so that memory stays bounded."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from sensorscape.patches.layout import Layout, classes_of, decoded, open_raw, read_layout, reading
from sensorscape.patches.slabs import SLAB_BYTES, slabs

_BLOCK_BYTES = 1 << 20


def summarise(path: Path, *, label: str = "label", arrays: Iterable[str] | None = None, slab_bytes: int = SLAB_BYTES) -> pd.DataFrame:
    """The per-patch summary of a raw file, in file order.

    Args:
        path: the HDF5 file.
        label: name of the one-hot labels.
        arrays: image arrays to look at; None: all of rank 4.
        slab_bytes: bytes read at a time.

    Returns:
        A frame of N rows with the columns
        ``row`` int64;
        for each array A ``A_min``, ``A_max`` float64 (over its finite values, NaN when there are none), ``A_nan``, ``A_inf`` int64
        (how many values), ``A_constant_bands`` int64 (channels with a single finite value);
        ``constant`` bool (every channel of every array is constant);
        ``label_sum`` float64, ``label_one_hot`` bool, ``class`` int64 (−1 where the label is not one-hot);
        ``hash`` str (32 hex digits: 128 bits of SHA-256 over the bytes of all arrays: equal means an exact duplicate);
        ``city``, ``polygon``, ``x``, ``y`` where the file has them.
        Beside the slab, memory holds this frame only: about 200 bytes a patch.

    Raises:
        SensorscapeError: for a broken layout (see `read_layout`) or a file that breaks while it is read.
    """
    layout = read_layout(path, label=label, arrays=arrays)
    return summarise_layout(layout, slab_bytes=slab_bytes)


def summarise_layout(layout: Layout, *, slab_bytes: int = SLAB_BYTES) -> pd.DataFrame:
    """`summarise` for a layout that was read already."""
    columns: dict[str, np.ndarray] = {"row": np.arange(layout.rows, dtype=np.int64)}
    for name in layout.arrays:
        columns |= {f"{name}_{what}": np.full(layout.rows, np.nan) for what in ("min", "max")}
        columns |= {f"{name}_{what}": np.zeros(layout.rows, np.int64) for what in ("nan", "inf", "constant_bands")}
    constant = np.ones(layout.rows, bool)
    hashes = np.empty(layout.rows, "S32")
    with open_raw(layout.path) as file, reading(layout.path):
        for slab in slabs(file, list(layout.arrays), slab_bytes=slab_bytes):
            rows = slice(slab.start, slab.stop)
            for name, array in slab.arrays.items():
                facts = patch_facts(array)
                for what, values in facts.items():
                    columns[f"{name}_{what}"][rows] = values
                constant[rows] &= facts["constant_bands"] == array.shape[3]
            hashes[rows] = _hashes(list(slab.arrays.values()))
        labels = file[layout.label][:]
        sides = {name: decoded(file[name][:]) for name in layout.columns}
    classes = classes_of(labels)
    columns |= {"constant": constant, "label_sum": labels.sum(axis=1, dtype=np.float64), "label_one_hot": classes >= 0, "class": classes}
    columns |= {"hash": hashes.astype(str)} | sides
    return pd.DataFrame(columns)


def patch_facts(array: np.ndarray) -> dict[str, np.ndarray]:
    """Facts of patches (n, H, W, C), each (n,): min and max of the finite values, counts of NaN and Inf, constant channels.

    A channel is constant when its finite values are all equal, or when it has none.
    """
    low, high = _band_extremes(array)
    nan = np.zeros(len(array), np.int64)
    inf = np.zeros(len(array), np.int64)
    if array.dtype.kind == "f":
        low, high = low.astype(np.float64), high.astype(np.float64)
        # min and max propagate NaN and show Inf, so only patches with such an extreme need a second look
        for row in np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)).all(axis=1)):
            patch = array[row].astype(np.float64)
            nan[row], inf[row] = np.isnan(patch).sum(), np.isinf(patch).sum()
            finite = np.isfinite(patch)
            low[row] = np.where(finite, patch, np.inf).min(axis=(0, 1))
            high[row] = np.where(finite, patch, -np.inf).max(axis=(0, 1))
    minimum, maximum = low.min(axis=1).astype(np.float64), high.max(axis=1).astype(np.float64)
    empty = minimum > maximum
    minimum[empty] = maximum[empty] = np.nan
    return {"min": minimum, "max": maximum, "nan": nan, "inf": inf, "constant_bands": (low >= high).sum(axis=1).astype(np.int64)}


def _band_extremes(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minimum and maximum of each channel, (n, C) each."""
    rows, height, width, channels = array.shape
    flat = np.ascontiguousarray(array).reshape(rows, height * width * channels)
    low, high = (np.empty((rows, channels), array.dtype) for _ in range(2))
    # blocks that stay in the processor's cache: eight times faster than the whole slab at once
    block = max(1, _BLOCK_BYTES // max(flat.itemsize * flat.shape[1], 1))
    for start in range(0, rows, block):
        part = slice(start, start + block)
        low[part] = _fold(np.minimum, flat[part], height * width, channels)
        high[part] = _fold(np.maximum, flat[part], height * width, channels)
    return low, high


def _fold(extreme: np.ufunc, flat: np.ndarray, pixels: int, channels: int) -> np.ndarray:
    """Reduce (n, pixels · channels) to (n, channels) by folding halves, so that every pass runs over contiguous memory."""
    while pixels > 1 and pixels % 2 == 0:
        pixels //= 2
        half = pixels * channels
        flat = extreme(flat[:, :half], flat[:, half : 2 * half])
    return np.asarray(extreme.reduce(flat.reshape(len(flat), pixels, channels), axis=1))


def _hashes(arrays: list[np.ndarray]) -> np.ndarray:
    """128 bits of SHA-256 over the bytes of each row of all arrays, as hex digits."""
    rows = len(arrays[0])
    contiguous = [np.ascontiguousarray(array).reshape(rows, -1).view(np.uint8) for array in arrays]
    digests = []
    for row in range(rows):
        digest = hashlib.sha256(contiguous[0][row])
        for array in contiguous[1:]:
            digest.update(array[row])
        digests.append(digest.hexdigest()[:32])
    return np.array(digests, dtype="S32")
