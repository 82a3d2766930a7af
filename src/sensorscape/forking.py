"""Independent pieces of work on several cores: forked processes that see all this one has, so that only results are sent."""

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any, TypeVar

from sensorscape.errors import SensorscapeError

Task = TypeVar("Task")
Result = TypeVar("Result")
_MOST = 4


def side_by_side(work: Callable[[Task], Result], tasks: Sequence[Task], *, processes: int | None = None) -> list[Result]:
    """`work` done on every task, the results in the order of the tasks.

    Args:
        work: pure, since what it changes is lost with its process; any function, a closure too. Its results are pickled.
        tasks: begun in this order: the longest first ends soonest.
        processes: how many at once; 1 works in this process. Default: `cores`.

    Raises:
        SensorscapeError: when a process was killed.
        BaseException: what `work` raises.
    """
    count = min(cores() if processes is None else processes, len(tasks))
    if count < 2:
        return [work(task) for task in tasks]
    _inherited.append((work, tasks))
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("fork"), initializer=_begin)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a watching thread of ours only sleeps: forking beside it is safe
            futures: list[Future[Any]] = [pool.submit(_work, place) for place in range(len(tasks))]
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise SensorscapeError(
            "a process that worked for this one was killed, most likely because memory ran out", "free memory, then: dvc repro"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        _inherited.pop()


def cores() -> int:
    """Cores this process may use, at most 4; 1 where the system cannot fork safely."""
    return min(_MOST, len(os.sched_getaffinity(0))) if sys.platform.startswith("linux") else 1


def end_with_parent(grace: float = 15.0) -> None:
    """Stop when the process that started this one is gone, however it went; for good after `grace` seconds."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


_inherited: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []


def _begin() -> None:
    """What a forked process does first: it ends with its parent, and at Ctrl-C without a word, which is its parent's to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent()


def _work(place: int) -> Any:
    work, tasks = _inherited[-1]
    return work(tasks[place])
