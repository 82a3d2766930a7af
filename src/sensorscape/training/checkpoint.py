"""The state of an interrupted training in one file: a digest, then safetensors with the rest as JSON in its header.

Written aside and renamed, so there is always either the previous state or the new one. A file that is torn, altered or of
another run is set aside with a message, and the run begins again: nothing wrong is ever continued.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from sensorscape.files import atomic_write, canonical_json

NAME = "checkpoint"
_DIGEST = 64


class DamagedCheckpointError(Exception):
    """A checkpoint that must not be continued; the text says why."""


def save(path: Path, fingerprint: str, state: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Write a checkpoint atomically.

    Args:
        path: the file.
        fingerprint: of the run.
        state: everything but tensors, as plain JSON.
        tensors: the tensors, on any device.

    Raises:
        SensorscapeError: when the disk is full; the previous checkpoint is then as it was.
    """
    header = {"fingerprint": fingerprint, "state": canonical_json(state)}
    content = safetensors.torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, header)
    with atomic_write(path, "wb") as stream:
        stream.write(hashlib.sha256(content).hexdigest().encode())
        stream.write(content)


def load(path: Path, fingerprint: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The state and tensors of a checkpoint, tensors on the CPU.

    Raises:
        DamagedCheckpointError: when it is truncated, altered, no checkpoint, or that of another run.
    """
    raw = path.read_bytes()
    content = raw[_DIGEST:]
    if hashlib.sha256(content).hexdigest().encode() != raw[:_DIGEST]:
        raise DamagedCheckpointError(f"{path} is truncated or altered (SHA-256 differs)")
    try:
        tensors = safetensors.torch.load(content)
        size = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + size])["__metadata__"]
        if header["fingerprint"] != fingerprint:
            raise DamagedCheckpointError(f"{path} belongs to the run {header['fingerprint'][:12]}, not to {fingerprint[:12]}")
        return json.loads(header["state"]), tensors
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DamagedCheckpointError(f"{path} is no checkpoint: {error}") from error
