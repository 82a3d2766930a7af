"""How a training is asked to end: SIGTERM, at a moment at which its state is whole or can be left behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StoppedError(BaseException):
    """The worker was asked to end. Not an Exception: nothing that handles failures may swallow it."""


class Interruption:
    """Turns SIGTERM into `StoppedError` where the state of a training is whole or can be left behind, and at once.

    A step of a large network takes long on a CPU, so the exception is raised wherever the process is, except inside `critical`,
    where the state changes: there it waits for the end of the block.
    """

    def __init__(self) -> None:
        self.requested = False
        self._depth = 0

    def install(self) -> None:
        """Handle SIGTERM in this process; SIGINT is the driver's to handle."""
        signal.signal(signal.SIGTERM, lambda *_: self.request())
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def request(self) -> None:
        """Ask to stop; asking again changes nothing, so what the first one set going is not torn."""
        if self.requested:
            return
        self.requested = True
        if not self._depth:
            raise StoppedError

    def end(self) -> None:
        """From here on the process ends by itself: whatever asks it to is too late."""
        self.requested = True

    @contextmanager
    def critical(self) -> Iterator[None]:
        """A block that is not interrupted."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self.requested and not self._depth:
            raise StoppedError
