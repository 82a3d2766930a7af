"""The same workers on a Ray cluster: data once per node, lost workers' cells retried, the driver alone writes records and store.

A worker is an actor with a share of a node. It reads the driver's subset where its node has it, else a copy (one per node) and
returns record and weights as data, so nothing is needed on a shared disk; where the work folder is shared, checkpoints are found
by whoever takes a lost cell over. The driver waits for futures and never in Ray, which would keep SIGTERM for itself.
"""

import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import OutOfMemoryError as KilledForMemoryError
from ray.exceptions import RayError

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write
from sensorscape.training import record
from sensorscape.training.copies import copy_of_node, is_there, remove_copy
from sensorscape.training.executor import room_for, share_of
from sensorscape.training.fleet import _GRACE, _LAST, terminable
from sensorscape.training.place import Place
from sensorscape.training.recipe import Run

_POLL = 1.0
_KNOCK = 10.0
_GOODBYE = 5.0
"""Seconds in which workers that have nothing more to do tidy their nodes up."""
_STILLBORN = 10
"""Workers in a row that may die before they begin."""
_CHUNK = 64 << 20
"""Bytes of the subset per object: a node's object store takes any file in pieces."""


@dataclass
class _Task:
    run: Run
    attempt: int = 0
    lost: bool = False


class Remote:
    """The actor: one worker on some node.

    Args:
        place: where; the subset's path is replaced by the node's copy where the node has not the file itself.
        sha256: of the subset.
        pieces: the subset in Ray's object store.
    """

    def __init__(self, place: Place, sha256: str, pieces: list[Any]) -> None:
        self.place, self.sha256, self.pieces = place, sha256, pieces
        self.news: dict[str, Any] | None = None
        self.copy: tuple[Path, int] | None = None

    def begin(self) -> tuple[str, str] | None:
        """Get the data and the device; None, or message and hint of what has to be mended."""
        from sensorscape.training.worker import Worker, prepare_process

        prepare_process()
        try:
            if not is_there(self.place.subset, self.sha256):
                self.copy = copy_of_node(self.sha256, (ray.get(piece) for piece in self.pieces))
                self.place = replace(self.place, subset=self.copy[0])
            self.worker = Worker(self.place, self._heard)
        except SensorscapeError as error:
            return error.message, error.hint
        return None

    def _heard(self, news: dict[str, Any]) -> None:
        self.news = news

    def train(self, run: Run, recompute: bool) -> tuple[str, Any, bytes | None]:
        """(kind, value, weights) as in the local fleet: ``done`` with the record, ``busy``, ``memory``, ``failed``, ``mend``, ``stopped``.

        The driver decides what is tried again: a failure that this node's disk remembers is forgotten.
        """
        from sensorscape.training.interruption import StoppedError
        from sensorscape.training.worker import BrokenDeviceError, BusyError, OutOfMemoryError

        folder = self.place.folder(run.fingerprint)
        weights = folder / record.WEIGHTS
        try:
            known = record.read(folder, run.fingerprint)
            if known and (known["outcome"] != "finished" or not weights.is_file()):
                record.clear(folder)
            found = self.worker.train(run, recompute=recompute)
            return "done", found, weights.read_bytes() if found["weights"] else None
        except StoppedError:
            return "stopped", None, None
        except BusyError:
            return "busy", None, None
        except OutOfMemoryError as error:
            return "memory", str(error), None
        except SensorscapeError as error:
            return "mend", (error.message, error.hint), None
        except BrokenDeviceError:  # to the driver this worker is lost
            raise
        except Exception as error:
            return "failed", f"{type(error).__name__}: {error}", None

    def progress(self) -> dict[str, Any] | None:
        """What the worker reported last."""
        return self.news

    def stop(self) -> None:
        """Ask the thread that trains to leave a checkpoint and to end: it does after its step."""
        self.worker.interruption.requested = True

    def leave(self) -> None:
        """Remove the node's copy of the subset, unless another worker uses it."""
        if self.copy:
            remove_copy(*self.copy)


@dataclass
class Cluster:
    """Workers on a Ray cluster, behind the interface of the local fleet.

    Attributes:
        place: subset, work folder and device.
        address: ``auto``, ``host:port`` or ``ray://…``; None starts Ray on this machine.
        size: workers at most; as many of them as the cluster has room for.
        progress: called with what workers report.
    """

    place: Place
    address: str | None
    size: int
    progress: Callable[[dict[str, Any]], None] = lambda _: None
    _stillborn: int = 0
    _alone: deque[_Task] = field(default_factory=deque)

    def run(self, runs: Sequence[Run]) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Train `runs` in this order; yields each with its record as soon as it ended. Those that did not fit beside others come last.

        Closing the iterator, SIGTERM, or an exception in whoever reads it, stops the workers with checkpoints.

        Raises:
            SensorscapeError: the cluster cannot be reached, or what the user can mend on a node.
        """
        if not runs:
            return
        with terminable():
            started = self._connect()
            try:
                with terminable():  # once more: to connect puts Ray's own handler in place
                    pieces = list(_pieces(self.place.subset))
                    yield from self._work(deque(_Task(run) for run in runs), pieces, whole=False)
                    yield from self._work(self._alone, pieces, whole=True)
            finally:
                if started:
                    ray.shutdown()

    def _connect(self) -> bool:
        if ray.is_initialized():
            return False
        try:
            _reach(self.address)
            options = {"address": self.address} if self.address else {"include_dashboard": False}
            ray.init(**options, log_to_driver=False, configure_logging=False)
        except (ConnectionError, RayError, RuntimeError, ValueError, OSError) as error:
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SensorscapeError(
                f"machine.yaml: ray_address {self.address}: the Ray cluster cannot be reached ({text})",
                "start it (ray start --head), correct ray_address, or set executor: local",
            ) from error
        return True

    def _work(self, waiting: deque[_Task], pieces: list[Any], *, whole: bool) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Train what waits, each on its share of a node or on a whole device."""
        # two threads: one trains, one answers for progress and hears when to stop
        kind = ray.remote(max_concurrency=2)(Remote)
        idle: list[Any] = []
        starting: dict[Future[Any], Any] = {}
        under_way: dict[Future[Any], tuple[Any, _Task]] = {}
        try:
            while waiting or under_way:
                share = share_of(self.place.device, _nodes(), whole=whole)
                wanted = min(len(waiting), self._room(share) - len(under_way)) - len(idle) - len(starting)
                for _ in range(wanted):
                    actor = kind.options(**share).remote(self.place, waiting[0].run.identity["subset"], pieces)
                    starting[actor.begin.remote().future()] = actor
                while waiting and idle:
                    actor, task = idle.pop(), waiting.popleft()
                    under_way[actor.train.remote(task.run, task.attempt >= _LAST).future()] = (actor, task)
                for future in wait([*starting, *under_way], _POLL, FIRST_COMPLETED).done:
                    if future in starting:
                        self._greet(future, starting.pop(future), idle)
                        continue
                    actor, task = under_way.pop(future)
                    try:
                        answer = future.result()
                        idle.append(actor)
                    except RayError as error:  # the actor or its node died, or its device broke
                        why = "memory" if isinstance(error, KilledForMemoryError) else "lost"
                        answer = (why, f"its worker was lost ({type(error).__name__})", None)
                    yield from self._understand(task, answer, waiting)
                self._ask(under_way)
        finally:
            self._dismiss(idle, list(starting.values()), under_way)

    def _dismiss(self, idle: list[Any], starting: list[Any], under_way: dict[Future[Any], tuple[Any, _Task]]) -> None:
        """End all workers: those that train have `_GRACE` seconds for a checkpoint; what they finish meanwhile is kept."""
        busy = [actor for actor, _ in under_way.values()]
        try:
            for actor in busy:
                actor.stop.remote()
            for future in wait(under_way, _GRACE).done:
                with contextlib.suppress(RayError):
                    kind, *found = future.result()
                    if kind == "done":
                        self._keep(under_way[future][1].run, *found)
            wait([actor.leave.remote().future() for actor in [*idle, *busy]], _GOODBYE)
        finally:
            for actor in [*idle, *busy, *starting]:
                ray.kill(actor)

    def _greet(self, future: Future[Any], actor: Any, idle: list[Any]) -> None:
        """Take in a worker that has begun. Before that it has no task: on a cluster that lost a node it may wait for a core for ever.

        Raises:
            SensorscapeError: what keeps workers from beginning and can be mended (no such device, a full disk).
        """
        try:
            problem = future.result()
        except RayError as error:  # it died before it began, with its node or by itself
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise SensorscapeError(
                    f"{_STILLBORN} workers in a row died before they began ({type(error).__name__})", "see Ray's logs of the nodes"
                ) from error
            return
        if problem is not None:
            raise SensorscapeError(*problem)
        self._stillborn = 0
        idle.append(actor)

    def _understand(
        self, task: _Task, answer: tuple[str, Any, bytes | None], waiting: deque[_Task]
    ) -> Iterator[tuple[Run, dict[str, Any]]]:
        kind, value, weights = answer
        if kind == "mend":
            raise SensorscapeError(*value)
        if kind == "busy":
            time.sleep(_POLL)
            waiting.append(task)
        elif kind == "done":
            self._keep(task.run, value, weights)
            yield task.run, value
        elif kind == "lost" and not task.lost:  # most likely its node, which is no fault of the cell
            task.lost = True
            waiting.append(task)
        elif kind in ("memory", "lost") and task.attempt < _LAST:
            task.attempt += 1
            self._alone.append(task)
        else:
            outcome = "out_of_memory" if kind == "memory" else "failed"
            made = record.make_record(task.run, self.place, outcome=outcome, reason=value, environment={"place": self.place.device})
            self._keep(task.run, made, None)
            yield task.run, made

    def _keep(self, run: Run, found: dict[str, Any], weights: bytes | None) -> None:
        """Leave record and weights on the driver's disk, as a local worker does."""
        folder = self.place.folder(run.fingerprint)
        if weights is not None and not (folder / record.WEIGHTS).is_file():
            with atomic_write(folder / record.WEIGHTS, "wb") as stream:
                stream.write(weights)
        record.write(folder, found)

    def _ask(self, under_way: dict[Future[Any], tuple[Any, _Task]]) -> None:
        for answer in wait([actor.progress.remote().future() for actor, _ in under_way.values()], 0.2).done:
            with contextlib.suppress(RayError):
                if news := answer.result():
                    self.progress(news)

    def _room(self, share: dict[str, float]) -> int:
        """Workers that the nodes which are alive have room for; at least one. An actor without a place would wait for ever."""
        return max(1, min(self.size, room_for(share, _nodes())))


def _nodes() -> list[dict[str, float]]:
    """Resources of the nodes that are alive."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _reach(address: str | None) -> None:
    """Knock at the cluster's door: Ray itself would try for minutes.

    Raises:
        OSError: when nobody answers within `_KNOCK` seconds.
    """
    host, _, port = (address or "auto").removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_KNOCK).close()


def _pieces(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield ray.put(piece)
