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
_BATCH = 50_000
_LONGEST = 1 << 24
_AGAIN = "bring the file again: it is damaged"


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
    checks = mask(crc32c([length, record])).tolist()
    framed: bytes = length + checks[0].to_bytes(4, "little") + record + checks[1].to_bytes(4, "little")
    return framed


def read(path: Path) -> Iterator[bytes]:
    """The records of a file in order; every checksum is checked before a record of its batch is given.

    Raises:
        SensorscapeError: when the file is missing, ends in the middle of a record, or a checksum is wrong: with the record's number.
    """
    try:
        with path.open("rb") as stream:
            first = 0
            while batch := _batch(path, stream, first):
                yield from _checked(path, batch, first)
                first += len(batch)
    except OSError as error:
        raise SensorscapeError(f"{path} cannot be read: {error.strerror}", "bring the file, then run again") from error


def _batch(path: Path, stream: IO[bytes], first: int) -> list[tuple[bytes, bytes, bytes]]:
    """Up to 50,000 records as (length and its checksum, bytes, checksum)."""
    found: list[tuple[bytes, bytes, bytes]] = []
    while len(found) < _BATCH:
        head = stream.read(12)
        if not head:
            break
        length = int.from_bytes(head[:8], "little")
        if len(head) < 12 or length > _LONGEST:
            raise SensorscapeError(f"{path}: record {first + len(found)} has no sound header", _AGAIN)
        body, tail = stream.read(length), stream.read(4)
        if len(body) < length or len(tail) < 4:
            raise SensorscapeError(f"{path} ends in the middle of record {first + len(found)}", _AGAIN)
        found.append((head, body, tail))
    return found


def _checked(path: Path, batch: list[tuple[bytes, bytes, bytes]], first: int) -> Iterator[bytes]:
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
