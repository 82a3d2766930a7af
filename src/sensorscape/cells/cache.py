"""What is slow to make and the same for ever, kept in the user's cache: the hashes of the space, as one columnar file.

``space-1.parquet`` has a row per cell in the order of the enumeration: ``hash``, ``vertices``, ``edges``, ``mask``, ``label``,
``operations``, the packed code ``word0`` … ``word4``, and ``parameters`` (trainable, on CIFAR-10). Its SHA-256 stands beside it
and is checked at every reading; a damaged file is made again.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import codes, graph
from sensorscape.cells.cell import Cell
from sensorscape.cells.hashing import hashes
from sensorscape.cells.parameters import parameters_of_space
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path, atomic_write, locked, sha256_file, user_cache

_VERSION = 1


def space_file() -> Path:
    """The columnar file of the space, made if it is missing or damaged (about 20 seconds)."""
    path = user_cache() / f"space-{_VERSION}.parquet"
    with locked(path.with_suffix(".lock")):
        if not _sound(path):
            _write(path)
    return path


@cache
def space_hashes() -> NDArray[np.bytes_]:
    """Hashes (423624,) as ``S32`` in the order of `space()`, from the columnar file; kept for the life of the process."""
    import pyarrow.parquet as pq

    column = pq.read_table(space_file(), columns=["hash"]).column("hash").combine_chunks()
    return np.frombuffer(column.buffers()[2], dtype="S32", count=len(column)).copy()


def find(name: str) -> Cell:
    """The cell with that hash; a beginning of it is enough when it is the only one.

    Raises:
        SensorscapeError: when no cell has the hash, or several have the beginning.
    """
    wanted = name.strip().lower().encode()
    rows = np.flatnonzero(np.strings.startswith(space_hashes(), wanted)) if wanted else np.empty(0, dtype=np.int64)
    if len(rows) != 1:
        what = f"{len(rows)} cells have hashes that begin with {name!r}" if len(rows) else f"no cell of NASBench-101 has the hash {name!r}"
        raise SensorscapeError(what, "give the 32 digits of a NASBench-101 hash")
    return space().cell(int(rows[0]))


def _sound(path: Path) -> bool:
    digest = path.with_suffix(".sha256")
    return path.exists() and digest.exists() and digest.read_text(encoding="ascii").strip() == sha256_file(path)


def _write(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = space()
    words = np.array([" ".join(graph.OPERATIONS[digit] for digit in digits) for digits in _operation_lists()])
    number = cells.labels + (3 ** (cells.vertices - 2) - 1) // 2  # labels of smaller sizes come first
    columns = {
        "hash": pa.array(hashes(cells).astype(str)),
        "vertices": cells.vertices.astype(np.uint8),
        "edges": cells.edges.astype(np.uint8),
        "mask": cells.masks.astype(np.uint32),
        "label": cells.labels.astype(np.uint8),
        "operations": pa.DictionaryArray.from_arrays(pa.array(number.astype(np.int16)), pa.array(words.tolist())),
        **{f"word{word}": cells.words[:, word] for word in range(codes.WORDS)},
        "parameters": parameters_of_space(cells, 3, 10).astype(np.uint32),
    }
    with atomic_path(path) as part:
        pq.write_table(pa.table(columns), part, compression="zstd")
    with atomic_write(path.with_suffix(".sha256")) as stream:
        stream.write(sha256_file(path) + "\n")


def _operation_lists() -> list[tuple[int, ...]]:
    """Digits of every label of every size, smaller sizes first."""
    return [graph.digits_of(vertices, label) for vertices in range(2, graph.MAX_VERTICES + 1) for label in range(3 ** (vertices - 2))]
