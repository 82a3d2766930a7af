"""How long runs will take on this machine, from a few seconds of real training."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sensorscape.params import Training
from sensorscape.training.place import Place
from sensorscape.training.plan import CPU_SPEED, work
from sensorscape.training.recipe import Run

_CELLS = 4
_SMALLEST = 8
"""Patches per step, at least."""


class _EnoughError(Exception):
    """The probe has seen enough of a run."""


def estimate(place: Place, runs: Sequence[Run], patches: int, pixels: int, seconds: float) -> float:
    """Seconds of one worker for all `runs`, evaluations included at a third of their images' training cost.

    A few runs between the cheapest and the dearest are trained for `seconds` in all; the time per image of the others is read off
    between them by their work.

    Args:
        place: where to train; nothing is written.
        runs: the runs, at least one.
        patches: training patches per epoch.
        pixels: of a patch.
        seconds: of the whole probe.

    Raises:
        SensorscapeError: no such device, no subset.
    """
    per_image = {run.fingerprint: work(run, patches, pixels) / (run.epochs * patches) for run in runs}
    ordered = sorted(runs, key=lambda run: per_image[run.fingerprint])
    places = sorted({round(share * (len(ordered) - 1)) for share in np.linspace(0, 1, _CELLS)})
    measured = []
    for run in (ordered[at] for at in places):
        cost = per_image[run.fingerprint]
        measured.append((cost, _seconds_per_image(place, _in_small_steps(run, place, cost, seconds / len(places)), seconds / len(places))))
    known, times = np.array(measured).T
    images = np.array([(run.epochs + len(run.budgets) / 3) * patches for run in runs])
    return float(images @ np.interp([per_image[run.fingerprint] for run in runs], known, times))


def _in_small_steps(run: Run, place: Place, cost: float, seconds: float) -> Run:
    """The run with a batch of which a core trains at least three in `seconds`: of large networks one step can take a minute."""
    if place.device.startswith("cuda"):
        return run
    batch = max(_SMALLEST, min(run.training.batch, int(seconds * CPU_SPEED / 3 / cost)))
    return replace(run, training=Training(**vars(run.training) | {"batch": batch}))


def _seconds_per_image(place: Place, run: Run, seconds: float) -> float:
    from sensorscape.training.feed import open_feed
    from sensorscape.training.loop import Training as Trained
    from sensorscape.training.worker import open_device, prepare_process

    prepare_process()
    feed = open_feed(Path(place.subset), run.sensor, open_device(place.device), run.training.precision, room=2 << 30)
    steps, began = 0, 0.0

    def after_step(_: Trained) -> None:
        nonlocal steps, began
        steps += 1
        if steps == 1:
            began = time.perf_counter()  # the first step sets kernels up
        elif time.perf_counter() - began > seconds:
            raise _EnoughError

    training = Trained(run, feed, place.classes)
    with contextlib.suppress(_EnoughError):
        training.train(after_step=after_step)
    return (time.perf_counter() - began) / max(1, steps - 1) / run.training.batch
