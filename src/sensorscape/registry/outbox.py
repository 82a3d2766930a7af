"""The way of finished runs into the store while others are still trained: a store that cannot be written does not stop the training.

Every record is on disk in `.sensorscape/runs` before it comes here, so nothing is lost: what cannot be written now is tried again
with the next run and at the end; what still waits then is added by `register`, `footprint` or `sensorscape sync`.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from sensorscape.project import Project
from sensorscape.registry import store
from sensorscape.registry.location import StoreError
from sensorscape.registry.opening import PATIENCE
from sensorscape.registry.record import Record


@dataclass
class Outbox:
    """Runs on their way into a project's store.

    Attributes:
        project: whose store.
        waiting: runs that could not be written yet, with their tags.
        added: runs written so far.
    """

    project: Project
    waiting: list[tuple[Record, dict[str, str]]] = field(default_factory=list)
    added: int = 0
    _told: bool = False

    def log(self, record: Record, tags: Mapping[str, str] | None = None) -> None:
        """Add a run, and those that wait; never fails for the store's sake.

        Raises:
            SensorscapeError: for an altered record.
        """
        self.waiting.append((record, dict(tags or {})))
        self._send()

    def close(self) -> int:
        """Try once more; returns the number of runs that still wait and says so."""
        if self.waiting:
            self._send()
        if self.waiting:
            print(f"train: {len(self.waiting)} runs wait for the store; they are kept, add them with: sensorscape sync", file=sys.stderr)
        return len(self.waiting)

    def _send(self) -> None:
        while self.waiting:
            record, tags = self.waiting[0]
            try:
                # the first failure was waited for; while the store stays away the next runs do not wait again
                store.log_run(self.project, record, tags=tags, patience=PATIENCE if not self._told else 0.0)
            except StoreError as error:
                self._tell(error)
                return
            self.added += 1
            self._told = False
            del self.waiting[0]

    def _tell(self, error: StoreError) -> None:
        if not self._told:
            print(f"train: not in the store yet: {error}", file=sys.stderr, flush=True)
        self._told = True
