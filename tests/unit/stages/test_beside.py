import os
import signal
import threading
from functools import partial

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.stages.beside import beside


def fail():
    raise SensorscapeError("the subset is missing", "make it with: dvc repro subset")


def wait_for_ever(path):
    path.write_text(str(os.getpid()), encoding="utf-8")
    threading.Event().wait()


def test_the_result_comes_from_another_process():
    with beside(os.getpid) as result:
        assert result() != os.getpid()


def test_an_error_is_raised_where_the_result_is_asked_for_with_its_hint():
    with beside(fail) as result, pytest.raises(SensorscapeError, match="the subset is missing") as caught:
        result()
    assert caught.value.hint == "make it with: dvc repro subset"


def test_a_process_that_dies_is_said_and_not_waited_for():
    with (
        beside(lambda: os.kill(os.getpid(), signal.SIGKILL)) as result,
        pytest.raises(SensorscapeError, match=r"ended without an answer \(exit code -9\)"),
    ):
        result()


def test_leaving_early_ends_the_process(tmp_path):
    started = tmp_path / "pid"
    with beside(partial(wait_for_ever, started)):
        while not started.exists() or not started.read_text(encoding="utf-8"):
            pass
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text(encoding="utf-8")), 0)


def test_a_system_without_fork_does_the_work_itself(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with beside(os.getpid) as result:
        assert result() == os.getpid()
