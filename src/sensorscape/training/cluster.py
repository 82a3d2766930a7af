"""The same workers on a Ray cluster: data once per node, lost workers' cells retried, the driver alone writes records and store.

A worker is an actor with a share of a node. It keeps the subset in a file of its node (written once per node, digest-checked) and
returns record and weights as data, so nothing is needed on a shared disk; where the work folder is shared, checkpoints are found
by whoever takes a lost cell over.
"""

import contextlib
import os
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write, sha256_file
from sensorscape.training import record
from sensorscape.training.place import Place
from sensorscape.training.recipe import Run

_POLL = 1.0
_KNOCK = 10.0
_LAST = 2
"""Attempts after the first: the second of them recomputes activations, as in the local fleet."""
_STILLBORN = 10
"""Workers in a row that may die before they begin."""
_CHUNK = 64 << 20
"""Bytes of the subset per object: a node's object store takes any file in pieces."""


@dataclass
class _Task:
    run: Run
    attempt: int = 0


class Remote:
    """The actor: one worker on some node.

    Args:
        place: where; the subset's path is replaced by the node's copy.
        sha256: of the subset.
        pieces: the subset in Ray's object store.
    """

    def __init__(self, place: Place, sha256: str, pieces: list[Any]) -> None:
        self.place, self.sha256, self.pieces = place, sha256, pieces
        self.news: dict[str, Any] | None = None

    def begin(self) -> tuple[str, str] | None:
        """Get the data and the device; None, or message and hint of what has to be mended."""
        from sensorscape.training.worker import Worker, prepare_process

        prepare_process()
        try:
            self.place = replace(self.place, subset=copy_of_node(self.sha256, self.pieces))
            self.worker = Worker(self.place, self._heard)
        except SensorscapeError as error:
            return error.message, error.hint
        return None

    def _heard(self, news: dict[str, Any]) -> None:
        self.news = news

    def train(self, run: Run, recompute: bool) -> tuple[str, Any, bytes | None]:
        """(kind, value, weights) as in the local fleet: ``done`` with the record, ``busy``, ``memory``, ``failed`` or ``mend``."""
        from sensorscape.training.worker import BusyError, OutOfMemoryError

        try:
            found = self.worker.train(run, recompute=recompute)
            weights = self.place.folder(run.fingerprint) / record.WEIGHTS
            return "done", found, weights.read_bytes() if found["weights"] else None
        except BusyError:
            return "busy", None, None
        except OutOfMemoryError as error:
            return "memory", str(error), None
        except SensorscapeError as error:
            return "mend", (error.message, error.hint), None
        except Exception as error:
            return "failed", f"{type(error).__name__}: {error}", None

    def progress(self) -> dict[str, Any] | None:
        """What the worker reported last."""
        return self.news


@dataclass
class Cluster:
    """Workers on a Ray cluster, behind the interface of the local fleet.

    Attributes:
        place: subset, work folder and device.
        address: ``auto``, ``host:port`` or ``ray://…``; None starts Ray on this machine.
        size: workers wanted; 0 or 1 with an address: as many as the cluster has room for.
        progress: called with what workers report.
    """

    place: Place
    address: str | None
    size: int
    progress: Callable[[dict[str, Any]], None] = lambda _: None
    _stillborn: int = 0

    def run(self, runs: Sequence[Run]) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Train `runs` in this order; yields each with its record as soon as it ended.

        Raises:
            SensorscapeError: the cluster cannot be reached, or what the user can mend on a node.
        """
        started = self._connect()
        try:
            yield from self._work(deque(_Task(run) for run in runs))
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

    def _work(self, waiting: deque[_Task]) -> Iterator[tuple[Run, dict[str, Any]]]:
        sha256 = waiting[0].run.identity["subset"] if waiting else ""
        pieces = list(_pieces(self.place.subset)) if waiting else []
        kind = self._actor()
        idle: list[Any] = []
        starting: dict[Any, Any] = {}
        under_way: dict[Any, tuple[Any, _Task]] = {}
        try:
            while waiting or under_way:
                wanted = min(len(waiting), self._room() - len(under_way)) - len(idle) - len(starting)
                for actor in [kind.remote(self.place, sha256, pieces) for _ in range(wanted)]:
                    starting[actor.begin.remote()] = actor
                while waiting and idle:
                    actor, task = idle.pop(), waiting.popleft()
                    under_way[actor.train.remote(task.run, task.attempt >= _LAST)] = (actor, task)
                ready, _ = ray.wait([*starting, *under_way], timeout=_POLL)
                for reference in ready:
                    if reference in starting:
                        self._greet(reference, starting.pop(reference), idle)
                        continue
                    actor, task = under_way.pop(reference)
                    try:
                        answer = ray.get(reference)
                        idle.append(actor)
                    except RayError as error:  # the actor or its node died
                        answer = ("lost", f"its worker was lost ({type(error).__name__})", None)
                    yield from self._understand(task, answer, waiting)
                self._ask(under_way)
        finally:
            for actor in [*idle, *starting.values(), *(actor for actor, _ in under_way.values())]:
                ray.kill(actor)

    def _greet(self, reference: Any, actor: Any, idle: list[Any]) -> None:
        """Take in a worker that has begun. Before that it has no task: on a cluster that lost a node it may wait for a core for ever.

        Raises:
            SensorscapeError: what keeps workers from beginning and can be mended (no such device, a full disk).
        """
        try:
            problem = ray.get(reference)
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
        folder = self.place.folder(task.run.fingerprint)
        if kind == "mend":
            raise SensorscapeError(*value)
        if kind == "busy":
            time.sleep(_POLL)
            waiting.append(task)
        elif kind == "done":
            if weights is not None and not (folder / record.WEIGHTS).is_file():
                with atomic_write(folder / record.WEIGHTS, "wb") as stream:
                    stream.write(weights)
            record.write(folder, value)
            yield task.run, value
        elif kind in ("memory", "lost") and task.attempt < _LAST:
            task.attempt += 1
            waiting.append(task)
        else:
            outcome = "out_of_memory" if kind == "memory" else "failed"
            made = record.make_record(task.run, self.place, outcome=outcome, reason=value, environment={"place": self.place.device})
            record.write(folder, made)
            yield task.run, made

    def _ask(self, under_way: dict[Any, tuple[Any, _Task]]) -> None:
        questions = [actor.progress.remote() for actor, _ in under_way.values()]
        for question in ray.wait(questions, num_returns=len(questions), timeout=0.2)[0] if questions else []:
            with contextlib.suppress(RayError):
                news = ray.get(question)
                if news:
                    self.progress(news)

    def _actor(self) -> Any:
        """The actor class with its share of a node: a core each, or a quarter of a GPU."""
        on_gpu = self.place.device.startswith("cuda") or (self.place.device == "auto" and ray.cluster_resources().get("GPU", 0) > 0)
        # two threads: one trains, one answers for progress
        return ray.remote(num_cpus=1, num_gpus=0.25 if on_gpu else 0, max_concurrency=2)(Remote)

    def _room(self) -> int:
        """Workers that the nodes which are alive have cores for; at least one. An actor without a place would wait for ever."""
        cores = int(ray.cluster_resources().get("CPU", 0))
        return max(1, min(self.size, cores) if self.size > 1 or self.address is None else cores)


def copy_of_node(sha256: str, pieces: list[Any]) -> Path:
    """The subset as a file of this node, written by the first worker that needs it and used by all.

    Raises:
        SensorscapeError: a full disk, or bytes that are not those of the digest.
    """
    from filelock import FileLock

    folder = Path(tempfile.gettempdir()) / f"sensorscape-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{sha256}.h5"
    with FileLock(folder / f"{sha256}.lock"):
        if not path.is_file() or sha256_file(path) != sha256:
            with atomic_write(path, "wb") as stream:
                for piece in pieces:
                    stream.write(ray.get(piece))
            if sha256_file(path) != sha256:
                raise SensorscapeError(f"the subset that reached this node is not the one with SHA-256 {sha256[:12]}", "run again")
    return path


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
