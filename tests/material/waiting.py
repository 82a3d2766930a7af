"""Waiting in tests of processes: for what must happen, not for a time."""

import time


def wait_for(condition, seconds=90):
    """Look again and again until `condition()` holds; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this did not happen in time"
        time.sleep(0.05)
