"""Where trainings run: what a worker must know besides the run itself. None of it changes a number."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKPOINT_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """The surroundings of a training.

    Attributes:
        subset: data/subset/subset.h5.
        sizes: channels of each of its arrays.
        classes: number of classes.
        work: folder of work in progress (``.sensorscape``).
        device: ``cpu``, ``cuda`` or ``cuda:0``.
        share: of the device's (or the machine's) memory that one worker may fill with patches.
        checkpoint_seconds: time between two checkpoints of a run.
        graphs: whether steps on a GPU may be captured as CUDA graphs.
        origin: what goes into every record's environment besides what the worker finds out (commit, baseline).
    """

    subset: Path
    sizes: dict[str, int]
    classes: int
    work: Path
    device: str = "cpu"
    share: float = 0.25
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    graphs: bool = False
    origin: dict[str, Any] = field(default_factory=dict)

    def folder(self, fingerprint: str) -> Path:
        """Where a run leaves its checkpoint, record and weights."""
        return self.work / "runs" / fingerprint

    def lock(self, fingerprint: str) -> Path:
        """The file whose lock a process holds while it trains this run."""
        return self.work / "locks" / f"{fingerprint}.lock"
