"""Reading a raw file in slabs of whole rows: memory stays bounded, and a contiguous file is read at the disk's own rate."""

import contextlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.patches.layout import reading

Read = AbstractContextManager[Callable[[dict[str, np.ndarray], int, int], None]]
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

    Where the file is contiguous, a thread reads the next slab straight from its place in the file while this one is worked on.

    Raises:
        SensorscapeError: when the file is damaged.
    """
    datasets = {name: file[name] for name in names}
    rows = next(iter(datasets.values())).shape[0]
    row_bytes = sum(dataset.dtype.itemsize * int(np.prod(dataset.shape[1:])) for dataset in datasets.values())
    step = _aligned(max(1, slab_bytes // max(row_bytes, 1)), datasets.values())
    edges = [(start, min(start + step, rows)) for start in range(0, rows, step)]
    read = _straight(file, datasets) if edges else None
    with contextlib.closing(_in_turn(datasets, edges) if read is None else _ahead(read, datasets, edges)) as turns:
        while True:
            with reading(Path(file.filename)):
                slab = next(turns, None)
            if slab is None:
                return
            yield slab


def _in_turn(datasets: dict[str, h5py.Dataset], edges: list[tuple[int, int]]) -> Generator[Slab]:
    """Slabs through the library, which unpacks what is packed; one after the other, because it does one thing at a time."""
    buffers = _buffers(datasets, edges)
    for start, stop in edges:
        for name, dataset in datasets.items():
            dataset.read_direct(buffers[name], np.s_[start:stop], np.s_[: stop - start])
        yield Slab(start, stop, {name: buffer[: stop - start] for name, buffer in buffers.items()})


def _ahead(read: Read, datasets: dict[str, h5py.Dataset], edges: list[tuple[int, int]]) -> Generator[Slab]:
    """Slabs that are read by a thread, into one of two sets of buffers while the other is worked on."""
    pair = [_buffers(datasets, edges) for _ in range(2)]
    with read as into, ThreadPoolExecutor(1) as thread:
        coming = thread.submit(into, pair[0], *edges[0])
        for place, (start, stop) in enumerate(edges):
            coming.result()
            if place + 1 < len(edges):
                coming = thread.submit(into, pair[(place + 1) % 2], *edges[place + 1])
            yield Slab(start, stop, {name: buffer[: stop - start] for name, buffer in pair[place % 2].items()})


def _buffers(datasets: dict[str, h5py.Dataset], edges: list[tuple[int, int]]) -> dict[str, np.ndarray]:
    most = max((stop - start for start, stop in edges), default=0)
    return {name: np.empty((most, *dataset.shape[1:]), dataset.dtype) for name, dataset in datasets.items()}


def _straight(file: h5py.File, datasets: dict[str, h5py.Dataset]) -> Read | None:
    """How to read rows past the library, which holds up all other threads; None where a dataset does not lie in one piece."""
    offsets = {name: dataset.id.get_offset() for name, dataset in datasets.items()}
    if not hasattr(os, "preadv") or file.driver not in ("sec2", "stdio") or None in offsets.values():
        return None

    @contextlib.contextmanager
    def opened() -> Iterator[Callable[[dict[str, np.ndarray], int, int], None]]:
        # a handle each: the kernel reads ahead where one goes on in a file, not where it jumps to and fro
        handles = {name: os.open(file.filename, os.O_RDONLY) for name in datasets}

        def into(buffers: dict[str, np.ndarray], start: int, stop: int) -> None:
            for name, buffer in buffers.items():
                part = buffer[: stop - start].reshape(-1).view(np.uint8).data
                at = offsets[name] + start * buffer[0].nbytes
                while part:
                    done = os.preadv(handles[name], [part], at)
                    if not done:
                        raise OSError(f"the file ends inside {name!r}")
                    part, at = part[done:], at + done

        try:
            yield into
        finally:
            for handle in handles.values():
                os.close(handle)

    return opened()


def _aligned(step: int, datasets: Any) -> int:
    """A multiple of the largest chunk's rows, so that no compressed chunk is unpacked twice."""
    chunk = max((dataset.chunks[0] for dataset in datasets if dataset.chunks), default=1)
    return max(chunk, step // chunk * chunk)
