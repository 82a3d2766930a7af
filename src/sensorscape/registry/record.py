"""A record: everything that is known of one training run, as plain data with its own digest.

Identity is two digests. The *fingerprint* is the SHA-256 of what defines the trajectory (`identity`); the *record
SHA-256* is that of the whole record. Two records of one fingerprint (two GPUs) are replicates and both are kept.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json, safe_name, sha256_text

Record = dict[str, Any]

OUTCOMES = ("finished", "diverged", "out_of_memory", "timed_out", "failed")
"""What can become of a training; only ``finished`` runs can be accepted."""
_REQUIRED = ("fingerprint", "identity", "cell", "sensor", "seed", "outcome", "evaluations", "history", "weights")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CELL = re.compile(r"[0-9a-f]{32}\Z")


def fingerprint(identity: Mapping[str, Any]) -> str:
    """The SHA-256 (64 hex digits) of the canonical JSON of a run's identity."""
    return sha256_text(canonical_json(dict(identity)))


def record_sha256(record: Mapping[str, Any]) -> str:
    """The SHA-256 (64 hex digits) of the canonical JSON of a record without its own ``record_sha256``."""
    return sha256_text(canonical_json({key: value for key, value in record.items() if key != "record_sha256"}))


def seal(record: Mapping[str, Any]) -> Record:
    """A copy of `record` with ``fingerprint`` and ``record_sha256`` computed.

    Raises:
        ValueError: for NaN and infinities: an undefined number is null with a reason.
    """
    sealed = {**record, "fingerprint": fingerprint(record["identity"])}
    return {**sealed, "record_sha256": record_sha256(sealed)}


def verify(record: Any, where: str, *, text: bytes = b"") -> Record:
    """`record` if it is one and both of its digests hold.

    Args:
        record: a value that came out of a file or a store.
        where: the place it came from, for the message.
        text: the JSON it was read from. Where that is canonical, its digest is taken without writing the record again.

    Raises:
        SensorscapeError: when a part is missing, a name is not a plain name, or a digest differs.
    """
    problem = _problem(record, text)
    if problem:
        raise SensorscapeError(f"{where}: {problem}", "restore it: dvc checkout models/runs.jsonl, or sensorscape status")
    return dict(record)


def is_sha256(text: Any) -> bool:
    """Whether `text` is 64 lower-case hex digits: the only form in which a digest may become part of a path."""
    return isinstance(text, str) and bool(_SHA256.match(text))


def _problem(record: Any, text: bytes) -> str:
    if not isinstance(record, dict):
        return "this is not a record"
    missing = [key for key in (*_REQUIRED, "record_sha256") if key not in record]
    if missing:
        return f"the record lacks {', '.join(missing)}"
    try:
        safe_name(record["sensor"])
    except SensorscapeError as error:
        return f"its sensor: {error.message}"
    cell = record["cell"]
    if not isinstance(cell, dict) or not _CELL.match(str(cell.get("hash"))):
        return "its cell has no hash of 32 hex digits"
    if record["outcome"] not in OUTCOMES:
        return f"its outcome {record['outcome']!r} is none of {', '.join(OUTCOMES)}"
    weights = record["weights"]
    if weights is not None and not (isinstance(weights, dict) and is_sha256(weights.get("sha256"))):
        return "its weights have no SHA-256"
    try:
        if fingerprint(record["identity"]) != record["fingerprint"]:
            return "its fingerprint is not the digest of its identity: it was altered"
        if not _is_of(record["record_sha256"], text) and record_sha256(record) != record["record_sha256"]:
            return "its SHA-256 differs from its content: it was altered"
    except (TypeError, ValueError) as error:
        return f"it is not plain JSON ({error})"
    return ""


def _is_of(digest: Any, text: bytes) -> bool:
    """Whether the text without its own digest has this digest: it is then the canonical JSON that was sealed, byte for byte."""
    own = f'"record_sha256":"{digest}",'.encode()
    return text.count(own) == 1 and hashlib.sha256(text.strip().replace(own, b"")).hexdigest() == digest
