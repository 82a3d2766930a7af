"""The ledger models/runs.jsonl: one record a line in canonical JSON, sorted by fingerprint, written whole or not at all.

A ledger is written atomically, so a damaged one was damaged from outside. Reading for a stage is strict. Only a
search for records to take over tolerates a torn *last* line (what stands before it is still sound); a line that is
damaged in the middle is always an error, as is a fingerprint that appears twice.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, canonical_json
from sensorscape.registry.record import Record, verify

NAME = "models/runs.jsonl"
_HINT = f"restore it: dvc checkout --force {NAME}"


def write(path: Path, records: Iterable[Record]) -> None:
    """Write a ledger, sorted by fingerprint.

    Raises:
        SensorscapeError: for two records of one fingerprint, an altered record, or a full disk (`path` stays as it was).
    """
    by_fingerprint: dict[str, Record] = {}
    for record in records:
        verify(record, f"the record of {str(record.get('fingerprint'))[:12]}")
        if record["fingerprint"] in by_fingerprint:
            raise SensorscapeError(f"two records of the run {record['fingerprint'][:12]} for {path.name}", "keep one of the two")
        by_fingerprint[record["fingerprint"]] = record
    with atomic_write(path) as stream:
        for key in sorted(by_fingerprint):
            stream.write(canonical_json(by_fingerprint[key]) + "\n")


def read(path: Path, *, torn: bool = False) -> dict[str, Record]:
    """The records of a ledger by fingerprint, in the ledger's order, every digest verified.

    Args:
        path: the file.
        torn: leave out a torn last line instead of refusing it.

    Raises:
        SensorscapeError: when the file is missing, a line is damaged, or a fingerprint appears twice; names the line.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", "dvc pull models/runs.jsonl, or dvc repro train") from error
    except OSError as error:
        raise SensorscapeError(f"{path} cannot be read: {error.strerror}", _HINT) from error
    return parse(text, path.name, torn=torn)


def parse(content: bytes, where: str, *, torn: bool = False) -> dict[str, Record]:
    """`read`, of bytes; `where` names them in messages."""
    lines = content.split(b"\n")
    tail = lines.pop()
    records: dict[str, Record] = {}
    for number, line in enumerate(lines, start=1):
        record = _decode(line, f"{where}, line {number}")
        if record["fingerprint"] in records:
            raise SensorscapeError(f"{where}, line {number}: the run {record['fingerprint'][:12]} appears twice", _HINT)
        records[record["fingerprint"]] = record
    if tail and not torn:
        raise SensorscapeError(f"{where}, line {len(lines) + 1}: the last line is torn", _HINT)
    return records


def _decode(line: bytes, where: str) -> Record:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise SensorscapeError(f"{where}: this is not JSON ({error})", _HINT) from error
    return verify(value, where, text=line)
