"""The last pass over a written subset: its patches are standardised where they lie, and its SHA-256 is taken on the way."""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.patches.standardise import apply

_CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class Place:
    """Where raw float32 patches lie in a file, and how they are standardised.

    Attributes:
        offset: byte of the file at which they start.
        rows: number of patches.
        shape: of one patch (H, W, C).
        statistics: the array's entry in subset.json, as `sensorscape.patches.standardise.apply` takes it.
    """

    offset: int
    rows: int
    shape: tuple[int, ...]
    statistics: Mapping[str, Any]

    @classmethod
    def of(cls, dataset: h5py.Dataset, statistics: Mapping[str, Any]) -> "Place":
        """The place of a contiguous little-endian float32 dataset (n, H, W, C); without rows it lies nowhere, which is byte 0."""
        return cls(dataset.id.get_offset() or 0, dataset.shape[0], dataset.shape[1:], statistics)


def finish(path: Path, places: list[Place]) -> str:
    """Standardise the patches at `places` in the closed file `path`; its SHA-256 afterwards, as hexadecimal digits.

    Bounded memory; a thread digests what is done while the next chunk is.

    Raises:
        OSError: when the file cannot be written.
    """
    digest = hashlib.sha256()
    with path.open("r+b") as stream, ThreadPoolExecutor(1) as thread:
        digested = thread.submit(digest.update, b"")
        for start, length, place in _pieces(path.stat().st_size, places):
            stream.seek(start)
            data: Any = stream.read(length)
            if place is not None:
                done = apply(np.frombuffer(data, "<f4").reshape(-1, *place.shape), place.statistics)
                data = done.astype("<f4", copy=False).data.cast("B")
                stream.seek(start)
                stream.write(data)
            digested.result()
            digested = thread.submit(digest.update, data)
        digested.result()
    return digest.hexdigest()


def _pieces(size: int, places: list[Place]) -> Iterator[tuple[int, int, Place | None]]:
    """(start, length, place) of all bytes of a file, in order; None is what lies between the places."""
    at = 0
    for place in sorted((place for place in places if place.rows), key=lambda place: place.offset):
        yield from _cut(at, place.offset, 1, None)
        at = place.offset + place.rows * 4 * int(np.prod(place.shape))
        yield from _cut(place.offset, at, 4 * int(np.prod(place.shape)), place)
    yield from _cut(at, size, 1, None)


def _cut(start: int, stop: int, row_bytes: int, place: Place | None) -> Iterator[tuple[int, int, Place | None]]:
    step = max(1, _CHUNK_BYTES // row_bytes) * row_bytes
    for at in range(start, stop, step):
        yield at, min(step, stop - at), place
