"""Local worker processes: longest runs first, one bad cell never stops the others, a lost worker is replaced.

The driver holds no data and does not load torch. Results are on disk before a worker speaks of them, so whatever dies, the rest
is kept. What becomes of a run that fails:

- out of memory, its worker was killed, or its GPU broke: once more with no other worker beside it, then once more so with activations
  recomputed in the backward pass (the same numbers), then it is recorded as out of memory. Never a smaller batch;
- any other error: recorded as failed, with the error;
- an error the user can mend (full disk, no GPU): the fleet stops, finished runs are kept.
"""

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from sensorscape.errors import SensorscapeError
from sensorscape.forking import end_with_parent
from sensorscape.training import record
from sensorscape.training.place import Place
from sensorscape.training.recipe import Run

_POLL = 1.0
_GRACE = 30.0
"""Seconds a worker has to write its checkpoint before it is killed: a checkpoint is a few hundred MB at most."""
_LAST = 2
"""Attempts: 0 beside others, 1 alone, 2 alone with recomputed activations."""


@dataclass
class Task:
    """A run and how often it was tried.

    Attributes:
        run: the run.
        attempt: see `_LAST`.
        reason: why the last attempt ended.
    """

    run: Run
    attempt: int = 0
    reason: str = ""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Task | None = None
    said: str = ""  # why it is about to end


@dataclass
class Fleet:
    """Worker processes on this machine.

    Attributes:
        place: where the workers train.
        size: how many.
        progress: called with what workers report.
    """

    place: Place
    size: int
    progress: Callable[[dict[str, Any]], None] = lambda _: None
    _workers: list[_Worker] = field(default_factory=list)

    def run(self, runs: Sequence[Run]) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Train `runs` in this order; yields each with its record as soon as it ended, whatever became of it.

        Closing the iterator, or an exception in whoever reads it, stops the workers with checkpoints.

        Raises:
            SensorscapeError: what the user can mend; the workers are stopped, what was finished is kept.
        """
        self._waiting = deque(Task(run) for run in runs)
        self._alone: deque[Task] = deque()
        self._busy: list[tuple[float, Task]] = []
        try:
            with terminable():
                yield from self._work()
        finally:
            self.stop()

    def _work(self) -> Iterator[tuple[Run, dict[str, Any]]]:
        while True:
            self._dispatch()
            active = [worker for worker in self._workers if worker.task]
            if not active and not self._busy and not self._waiting and not self._alone:
                return
            handles = [handle for worker in self._workers for handle in (worker.pipe, worker.process.sentinel)]
            if not handles:
                time.sleep(_POLL)
            ready = set(wait(handles, _POLL)) if handles else set()
            finished = []
            for worker in list(self._workers):
                if worker.pipe in ready or worker.process.sentinel in ready:
                    finished += self._hear(worker)
            self._dispatch()
            yield from finished

    def _dispatch(self) -> None:
        now = time.monotonic()
        self._waiting.extend(task for moment, task in self._busy if moment <= now)
        self._busy = [(moment, task) for moment, task in self._busy if moment > now]
        idle = [worker for worker in self._workers if worker.task is None]
        while self._waiting and (idle or len(self._workers) < self.size):
            self._give(idle.pop() if idle else self._start(), self._waiting.popleft())
        if self._alone and not self._waiting and not self._busy and all(worker.task is None for worker in self._workers):
            for worker in self._workers[1:]:
                self._retire(worker)
            self._give(self._workers[0] if self._workers else self._start(), self._alone.popleft())

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        with contextlib.suppress(OSError):  # a worker that has just died is noticed by its sentinel
            worker.pipe.send((task.run, task.attempt >= _LAST))

    def _hear(self, worker: _Worker) -> list[tuple[Run, dict[str, Any]]]:
        """What a worker said since the last time, and whether it is still there."""
        finished: list[tuple[Run, dict[str, Any]]] = []
        try:
            while worker.pipe.poll():
                kind, value = worker.pipe.recv()
                finished += self._understand(worker, kind, value)
        except (EOFError, OSError):
            worker.process.join(_POLL)
        if not worker.process.is_alive():
            finished += self._mourn(worker)
        return finished

    def _understand(self, worker: _Worker, kind: str, value: Any) -> list[tuple[Run, dict[str, Any]]]:
        if kind == "progress":
            self.progress(value)
            return []
        if kind == "mend":
            raise value
        if kind == "broken":
            worker.said = value
            return []
        task, worker.task = worker.task, None
        if task is None:
            return []
        if kind == "done":
            return [(task.run, value)]
        if kind == "busy":
            self._busy.append((time.monotonic() + 2 * _POLL, task))
            return []
        if kind == "memory":
            return self._again(task, value, "out_of_memory")
        return [(task.run, self._record(task, "failed", value))]

    def _mourn(self, worker: _Worker) -> list[tuple[Run, dict[str, Any]]]:
        self._workers.remove(worker)
        worker.pipe.close()
        task, code = worker.task, worker.process.exitcode
        if task is None:
            return []
        done = record.read(self.place.folder(task.run.fingerprint), task.run.fingerprint)
        if done:
            return [(task.run, done)]
        name = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return self._again(task, worker.said or f"its worker ended with {name}", "out_of_memory" if code == -signal.SIGKILL else "failed")

    def _again(self, task: Task, reason: str, outcome: str) -> list[tuple[Run, dict[str, Any]]]:
        task.reason = reason
        if task.attempt >= _LAST:
            return [(task.run, self._record(task, outcome, f"{reason}; also alone and with recomputed activations"))]
        task.attempt += 1
        self._alone.append(task)
        return []

    def _record(self, task: Task, outcome: str, reason: str) -> dict[str, Any]:
        made = record.make_record(task.run, self.place, outcome=outcome, reason=reason, environment={"place": self.place.device})
        record.write(self.place.folder(task.run.fingerprint), made)
        return made

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_child, args=(theirs, self.place), name="sensorscape-worker", daemon=True)
        with _one_thread():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _retire(self, worker: _Worker) -> None:
        with contextlib.suppress(OSError):
            worker.pipe.send(None)
        worker.process.join(_GRACE)
        worker.pipe.close()
        self._workers.remove(worker)

    def stop(self) -> None:
        """End the workers: idle ones at once, those that train with a checkpoint, all within `_GRACE` seconds."""
        for worker in self._workers:
            if worker.task is None:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
            else:
                worker.process.terminate()
        deadline = time.monotonic() + _GRACE
        for worker in self._workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers.clear()


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM unwind the driver as an exception does, so that the workers are stopped; the exit code is 143."""

    def leave(*_: Any) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not the main thread: whoever owns it handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """The environment in which a worker process starts: the thread pools of its libraries read it when they are loaded."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _child(pipe: Connection, place: Place) -> None:
    """The body of a worker process."""
    import traceback

    from sensorscape.training.interruption import Interruption, StoppedError
    from sensorscape.training.worker import BrokenDeviceError, BusyError, OutOfMemoryError, Worker, prepare_process

    interruption = Interruption()
    # a worker that is asked to end while it says what is to be mended ends as quietly as any other
    with contextlib.suppress(StoppedError, EOFError, BrokenPipeError):
        try:
            interruption.install()
            end_with_parent()
            prepare_process()
            worker = Worker(place, lambda news: pipe.send(("progress", news)), interruption)
            while (order := pipe.recv()) is not None:
                run, recompute = order
                try:
                    pipe.send(("done", worker.train(run, recompute=recompute)))
                except BusyError:
                    pipe.send(("busy", None))
                except OutOfMemoryError as error:
                    pipe.send(("memory", str(error)))
                except SensorscapeError:
                    raise
                except BrokenDeviceError as error:
                    return pipe.send(("broken", str(error)))
                except Exception as error:
                    place_of = traceback.extract_tb(error.__traceback__)[-1]
                    pipe.send(("failed", f"{type(error).__name__}: {error} ({os.path.basename(place_of.filename)}:{place_of.lineno})"))  # noqa: PTH119
        except SensorscapeError as error:
            pipe.send(("mend", error))
        finally:
            interruption.end()
