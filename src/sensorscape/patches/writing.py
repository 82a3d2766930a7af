"""Writing HDF5 files whole or not at all, with an error that a user understands when the disk is full."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path


@contextmanager
def new_hdf5(target: Path, *, need: int, then: Callable[[Path], object] | None = None) -> Iterator[h5py.File]:
    """An HDF5 file beside `target` to write into; on success it is renamed over `target`, else removed.

    Args:
        target: the file to make.
        need: bytes that will be written, roughly; compared with the free space before anything is.
        then: what is done to the closed file before it gets its name.

    Raises:
        SensorscapeError: when the disk has less room, fills up nevertheless, or cannot be written; `target` is then as it was.
    """
    with atomic_path(target) as part:
        free = shutil.disk_usage(target.parent).free
        if need > free:
            raise SensorscapeError(
                f"{target} needs {need / 1e6:,.0f} MB, the disk has {free / 1e6:,.0f} MB", "free space, or take fewer patches"
            )
        file = h5py.File(part, "w")
        try:
            yield file
        except BaseException:
            # on a full disk closing fails too, and would hide the reason
            with suppress(RuntimeError, OSError):
                file.close()
            raise
        try:
            file.close()
        except RuntimeError as error:
            raise OSError(str(error)) from error
        if then is not None:
            then(part)
