"""Work side by side: same results in the same order, faults as they are, and an error where a process is killed."""

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import wait_for

from sensorscape import forking
from sensorscape.errors import SensorscapeError
from sensorscape.forking import cores, side_by_side

forks = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="this system cannot fork safely")


@given(st.lists(st.integers(), max_size=6), st.integers(1, 3))
@settings(max_examples=12, deadline=None)
def test_results_come_in_the_order_of_the_tasks(tasks, processes):
    assert side_by_side(lambda x: 3 * x, tasks, processes=processes) == [3 * x for x in tasks]


@forks
def test_work_is_done_in_other_processes_that_see_what_this_one_has():
    held = np.arange(5)
    found = side_by_side(lambda place: (os.getpid(), int(held[place])), [3, 1, 4], processes=2)
    assert [value for _, value in found] == [3, 1, 4]
    assert os.getpid() not in {process for process, _ in found}


def test_one_process_is_this_one():
    assert side_by_side(lambda _: os.getpid(), [0, 0], processes=1) == [os.getpid()] * 2


@forks
def test_work_within_work_sees_its_own():
    assert side_by_side(lambda x: side_by_side(lambda y: x * y, [1, 2], processes=2), [3, 4], processes=2) == [[3, 6], [4, 8]]


@forks
@pytest.mark.parametrize("processes", [1, 2])
def test_what_the_work_raises_is_raised(processes):
    with pytest.raises(SensorscapeError, match="no such sensor"):
        side_by_side(_raise, [SensorscapeError("no such sensor", "look"), KeyError("column")], processes=processes)


def _raise(error):
    raise error


@forks
def test_a_killed_process_is_an_error_and_no_endless_wait():
    with pytest.raises(SensorscapeError, match="killed, most likely because memory ran out"):
        side_by_side(lambda _: os.kill(os.getpid(), signal.SIGKILL), [0, 1], processes=2)


@forks
def test_no_process_outlives_the_one_it_works_for(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", WORKING, str(tmp_path)])
    try:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    children = [int(path.name) for path in tmp_path.iterdir()]
    wait_for(lambda: not any(psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE for child in children))


@forks
def test_ctrl_c_ends_all_at_once_and_only_the_parent_says_so(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", WORKING, str(tmp_path)], stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    os.killpg(parent.pid, signal.SIGINT)
    _, said = parent.communicate(timeout=20)
    assert said.count("KeyboardInterrupt") == 1
    assert "ForkProcess" not in said


WORKING = """
import os, sys, time
from pathlib import Path
from sensorscape.forking import side_by_side

def work(task):
    (Path(sys.argv[1]) / str(os.getpid())).touch()
    time.sleep(0.2)

side_by_side(work, range(1000), processes=2)
"""


def test_without_forking_there_is_one_process(monkeypatch):
    monkeypatch.setattr(forking.sys, "platform", "darwin")
    assert cores() == 1


@forks
def test_cores_are_those_this_process_may_use():
    assert cores() == min(4, len(os.sched_getaffinity(0)))
