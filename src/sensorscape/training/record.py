"""The record of a run: all that is known of it, as plain data, and the files that hold it while no ledger does."""

import json
import os
from pathlib import Path
from typing import Any

from sensorscape.cells import parameters
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, canonical_json, sha256_text
from sensorscape.training.place import Place
from sensorscape.training.recipe import Run

RECORD, WEIGHTS = "record.json", "weights.safetensors"


def make_record(
    run: Run,
    place: Place,
    *,
    outcome: str,
    reason: str | None = None,
    evaluations: dict[str, Any] | None = None,
    history: dict[str, list[Any]] | None = None,
    environment: dict[str, Any] | None = None,
    weights: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A record with its digests.

    Args:
        run: what was trained.
        place: where.
        outcome: ``finished``, ``diverged``, ``out_of_memory``, ``timed_out`` or ``failed``.
        reason: why it did not finish.
        evaluations: by budget.
        history: by epoch; seconds are cumulative.
        environment: device, versions and start.
        weights: SHA-256, bytes and epoch of the weights, if there are any.
    """
    cell, network = run.cell, run.network
    groups = run.sensor.groups if run.identity["network"]["sensors"] == "late" else run.sensor.channels
    shape = {"stem": network.stem, "stacks": network.stacks, "cells": network.cells}
    record = {
        "fingerprint": run.fingerprint,
        "identity": run.identity,
        "cell": {
            "hash": cell.hash,
            **cell.to_dict(),
            "vertices": cell.vertices,
            "edges": cell.edges,
            "depth": cell.depth,
            "width": cell.width,
            "parameters": parameters(cell, groups, place.classes, **shape),
        },
        "sensor": run.name,
        "seed": run.seed,
        "outcome": outcome,
        "reason": reason,
        "evaluations": evaluations or {},
        "history": history or {"epoch": [], "loss": [], "learning_rate": [], "seconds": []},
        "environment": {**place.origin, **(environment or {})},
        "weights": weights,
    }
    return {**record, "record_sha256": digest(record)}


def digest(record: dict[str, Any]) -> str:
    """SHA-256 of a record's canonical JSON, without the digest itself."""
    return sha256_text(canonical_json({key: value for key, value in record.items() if key != "record_sha256"}))


def write(folder: Path, record: dict[str, Any]) -> None:
    """Leave a record in a run's folder; its weights, if any, are there already. From then on the run exists."""
    with atomic_write(folder / RECORD) as stream:
        stream.write(canonical_json(record) + "\n")


def read(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """The record in a run's folder if there is a sound one of this fingerprint."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
        sound = record["record_sha256"] == digest(record) and record["fingerprint"] == fingerprint
        return record if sound else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_weights(folder: Path, tensors: dict[str, Any], epoch: int) -> dict[str, Any]:
    """Write weights.safetensors atomically; returns the record's ``weights``.

    Raises:
        SensorscapeError: when the disk is full.
    """
    import hashlib

    import safetensors.torch

    content = safetensors.torch.save(tensors)
    with atomic_write(folder / WEIGHTS, "wb") as stream:
        stream.write(content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "epoch": epoch}


def clear(folder: Path) -> None:
    """Remove a run's files so that it is trained again.

    Raises:
        SensorscapeError: when they cannot be removed.
    """
    for name in (RECORD, WEIGHTS):
        try:
            os.unlink(folder / name)  # noqa: PTH108 - a missing file is told from one that stays
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SensorscapeError(f"{folder / name} cannot be removed: {error.strerror}", "mend the permissions") from error
