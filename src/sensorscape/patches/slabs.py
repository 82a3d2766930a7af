"""Reading a raw file in slabs of whole rows: memory stays bounded, and a contiguous file is read at the disk's own rate."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.patches.layout import reading

SLAB_BYTES = 48 << 20
"""Bytes of one slab of all arrays together. Larger ones are not read faster; a slab and its copies stay below 300 MB."""


@dataclass(frozen=True)
class Slab:
    """Rows `start` to `stop` (exclusive) of a raw file: the image arrays (n, H, W, C) in the file's own types."""

    start: int
    stop: int
    arrays: dict[str, np.ndarray]


def slabs(file: h5py.File, names: Sequence[str], *, slab_bytes: int = SLAB_BYTES) -> Iterator[Slab]:
    """Yield all rows of the arrays `names` in file order. The arrays of a slab are overwritten by the next one.

    While one slab is worked on, the kernel is asked to fetch the next (POSIX_FADV_WILLNEED), where the file is contiguous.

    Raises:
        SensorscapeError: when the file is damaged.
    """
    datasets = {name: file[name] for name in names}
    rows = next(iter(datasets.values())).shape[0]
    row_bytes = sum(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:])) for dataset in datasets.values())
    step = _aligned(max(1, slab_bytes // max(row_bytes, 1)), datasets.values())
    buffers = {name: np.empty((min(step, rows), *dataset.shape[1:]), dataset.dtype) for name, dataset in datasets.items()}
    ahead = _Ahead(file, list(datasets.values()))
    ahead.fetch(0, min(step, rows))
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        ahead.fetch(stop, min(stop + step, rows))
        with reading(Path(file.filename)):
            for name, dataset in datasets.items():
                dataset.read_direct(buffers[name], np.s_[start:stop], np.s_[: stop - start])
        yield Slab(start, stop, {name: buffer[: stop - start] for name, buffer in buffers.items()})


def _aligned(step: int, datasets: Any) -> int:
    """A multiple of the largest chunk's rows, so that no compressed chunk is unpacked twice."""
    chunk = max((dataset.chunks[0] for dataset in datasets if dataset.chunks), default=1)
    return max(chunk, step // chunk * chunk)


class _Ahead:
    """Asks the kernel to read rows of contiguous datasets ahead of time; does nothing where that is not possible."""

    def __init__(self, file: h5py.File, datasets: list[h5py.Dataset]) -> None:
        self.places: list[tuple[int, int]] = []
        self.handle: int | None = None
        if not hasattr(os, "posix_fadvise"):
            return
        for dataset in datasets:
            offset = dataset.id.get_offset()
            if offset is not None:
                self.places.append((offset, dataset.dtype.itemsize * int(np.prod(dataset.shape[1:]))))
        try:
            handle = file.id.get_vfd_handle()
        except (OSError, ValueError, RuntimeError):
            return
        self.handle = handle if isinstance(handle, int) and handle >= 0 else None

    def fetch(self, start: int, stop: int) -> None:
        if self.handle is None or stop <= start:
            return
        for offset, row in self.places:
            os.posix_fadvise(self.handle, offset + start * row, (stop - start) * row, os.POSIX_FADV_WILLNEED)
