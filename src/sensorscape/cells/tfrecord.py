"""TensorFlow's record files without TensorFlow: framing and checksums.

A record is its length (uint64), the masked CRC-32C of these eight bytes, its bytes, and their masked CRC-32C; integers are
little-endian. Source: tensorflow/core/lib/io/record_writer.h; CRC-32C: RFC 3720, appendix B.4.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sensorscape.errors import SensorscapeError

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_BATCH = 4096
"""Records that are checked together; their bytes are padded to the longest."""
_LONGEST = 1 << 16
_HEAD = 12
_AGAIN = "bring the file again: it is damaged"

_Framed = tuple[bytes, bytes, bytes]
"""Length and its checksum, the bytes, their checksum."""


def crc32c(messages: Sequence[bytes]) -> NDArray[np.uint32]:
    """CRC-32C of many messages at once, (n,) uint32.

    One table look-up per byte position, for all messages that are so long together.
    """
    order = np.argsort([-len(message) for message in messages], kind="stable")
    lengths = np.array([len(messages[row]) for row in order])
    found = np.full(len(messages), 0xFFFFFFFF, dtype=np.uint32)
    if not len(lengths):
        return found
    padded = np.zeros((int(lengths[0]), len(messages)), dtype=np.uint8)
    for column, row in enumerate(order):
        padded[: lengths[column], column] = np.frombuffer(messages[row], dtype=np.uint8)
    for position, octets in enumerate(padded):
        alive = int(np.searchsorted(-lengths, -position, side="left"))
        state = found[:alive]
        found[:alive] = _TABLE[(state ^ octets[:alive]) & 0xFF] ^ (state >> np.uint32(8))
    checks = np.empty_like(found)
    checks[order] = ~found
    return checks


def mask(checks: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """TensorFlow's masked form of checksums, as it stands in the file."""
    return ((checks >> np.uint32(15)) | (checks << np.uint32(17))) + np.uint32(_MASK_DELTA)


def frame(record: bytes) -> bytes:
    """A record as it stands in a file."""
    length = len(record).to_bytes(8, "little")
    return length + _checksum(length) + record + _checksum(record)


def read(path: Path) -> Iterator[bytes]:
    """The records of a file in order, in bounded memory; every checksum is checked before a record of its batch is given.

    Raises:
        SensorscapeError: when the file is missing, ends in the middle of a record, or a checksum is wrong: with the record's number.
    """
    first = 0
    try:
        with path.open("rb") as stream:
            batch, trouble = _batch(stream)
            while batch:
                yield from _checked(path, batch, first)
                first += len(batch)
                batch, trouble = ([], trouble) if trouble else _batch(stream)
    except OSError as error:
        raise SensorscapeError(f"{path} cannot be read: {error.strerror}", "bring the file, then run again") from error
    if trouble:
        raise SensorscapeError(trouble.format(path=path, number=first), _AGAIN)


def _batch(stream: IO[bytes]) -> tuple[list[_Framed], str]:
    """The next records, and what is wrong with the one after them, if anything."""
    found: list[_Framed] = []
    while len(found) < _BATCH:
        head = stream.read(_HEAD)
        if not head:
            break
        length = int.from_bytes(head[:8], "little")
        body, tail = stream.read(min(length, _LONGEST)), stream.read(4)
        if len(tail) < 4 or length > _LONGEST:
            return found, _trouble(head, length)
        found.append((head, body, tail))
    return found, ""


def _trouble(head: bytes, length: int) -> str:
    """Why a record cannot be read whole."""
    if len(head) == _HEAD and head[8:] != _checksum(head[:8]):
        return "{path}: the checksum of record {number} is wrong"
    if len(head) == _HEAD and length > _LONGEST:
        return f"{{path}}: record {{number}} has {length} bytes, NASBench-101's have at most {_LONGEST}"
    return "{path} ends in the middle of record {number}"


def _checksum(octets: bytes) -> bytes:
    return int(mask(crc32c([octets]))[0]).to_bytes(4, "little")


def _checked(path: Path, batch: list[_Framed], first: int) -> Iterator[bytes]:
    stated = np.array([(int.from_bytes(head[8:], "little"), int.from_bytes(tail, "little")) for head, _, tail in batch], dtype=np.uint32)
    computed = np.stack([mask(crc32c([head[:8] for head, _, _ in batch])), mask(crc32c([body for _, body, _ in batch]))], axis=1)
    wrong = np.flatnonzero((stated != computed).any(axis=1))
    if len(wrong):
        raise SensorscapeError(f"{path}: the checksum of record {first + int(wrong[0])} is wrong", _AGAIN)
    for _, body, _ in batch:
        yield body


def _make_table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), table >> np.uint32(1)).astype(np.uint32)
    return table


_TABLE = _make_table()
