"""Do one piece of work in a process of its own while this process goes on."""

import multiprocessing
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeVar

from sensorscape.errors import SensorscapeError

Result = TypeVar("Result")


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Start `work` in a forked process; the value is a function that waits for its result and gives it.

    Args:
        work: a function without arguments whose result can be pickled.

    An exception of `work` is raised where its result is asked for. Leaving the context ends the process whether it is done or not.
    Where the system cannot fork safely, `work` runs when its result is asked for.

    Raises:
        SensorscapeError: from the function, when the process died without an answer (out of memory).
    """
    if not sys.platform.startswith("linux"):
        yield work
        return
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_answer, args=(work, here, there), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a watching thread of ours only sleeps: forking beside it is safe
        process.start()
    there.close()

    def result() -> Result:
        try:
            found, error = here.recv()
        except EOFError:
            process.join()
            message = f"the process that reads the patches ended without an answer (exit code {process.exitcode})"
            raise SensorscapeError(message, "is there memory left? Then run the command again") from None
        if error is not None:
            raise error
        value: Result = found
        return value

    try:
        yield result
    finally:
        here.close()
        process.kill()
        process.join()


def _answer(work: Callable[[], Result], here: Connection, there: Connection) -> None:
    here.close()
    try:
        there.send((work(), None))
    except Exception as error:  # raised again in the process that asked
        there.send((None, error))
