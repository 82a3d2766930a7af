"""What a driver shows while it trains: runs done, images per second, time left, best kappa, failures."""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from sensorscape.training.recipe import Run

_QUIET_SECONDS = 60.0
"""Between two lines where nobody watches a bar: in CI and in files."""


class Progress:
    """Progress of a study's training, as a bar on a terminal and as a line a minute elsewhere (nothing but the end in CI).

    Use as a context manager.

    Args:
        runs: the runs to train.
        images: training images of each by fingerprint (epochs × patches).
        work: relative cost of each by fingerprint, from which the time left is told.
        found: runs that were taken over.
    """

    def __init__(self, runs: list[Run], images: Mapping[str, int], work: Mapping[str, float], found: int) -> None:
        self.names = {run.fingerprint: run for run in runs}
        self.images, self.work, self.found = dict(images), dict(work), found
        self.seen: dict[str, int] = {}
        self.resumed: dict[str, int] = {}
        self.done = self.failures = 0
        self.best: dict[str, float] = {}
        self.began = self._told = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Progress":
        self.began = self._told = time.monotonic()
        if self.names and sys.stderr.isatty() and not os.environ.get("CI"):
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("train"), BarColumn(None), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Bar(*columns, console=Console(stderr=True), expand=True)
            self._task = self._bar.add_task(self.line(), total=max(sum(self.work.values()), 1e-9))
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def heard(self, news: Mapping[str, Any]) -> None:
        """What a worker reports of a run under way: ``fingerprint``, ``images`` so far, best ``kappa`` or None."""
        fingerprint = news["fingerprint"]
        if fingerprint not in self.names:
            return
        self.resumed.setdefault(fingerprint, int(news.get("resumed", 0)))
        self.seen[fingerprint] = int(news["images"])
        self._kappa(fingerprint, news["kappa"])
        self._show()

    def ended(self, run: Run, record: Mapping[str, Any]) -> None:
        """A run ended, well or not."""
        self.done += 1
        self.seen[run.fingerprint] = self.images[run.fingerprint]
        if record["outcome"] != "finished":
            self.failures += 1
        for evaluation in record["evaluations"].values():
            self._kappa(run.fingerprint, evaluation["test"]["kappa"])
        self._show()

    def line(self) -> str:
        """The numbers in one line."""
        parts = [f"{self.done}/{len(self.names)} runs", f"{self.rate():,.0f} images/s"]
        left = self.seconds_left()
        if left is not None and self.done < len(self.names):
            parts.append(f"{duration(left)} left")
        parts += [f"best kappa {name} {value:.3f}" for name, value in sorted(self.best.items())]
        if self.failures:
            parts.append(f"{self.failures} not finished")
        return " · ".join(parts)

    def rate(self) -> float:
        """Training images per second since the beginning, all workers together."""
        new = sum(self.seen.values()) - sum(self.resumed.values())
        return new / max(time.monotonic() - self.began, 1e-9)

    def seconds_left(self) -> float | None:
        """At the pace so far; None before anything was done."""
        done, total = self._work_done(), sum(self.work.values())
        elapsed = time.monotonic() - self.began
        return None if done <= 0 else elapsed * (total - done) / done

    def numbers(self) -> dict[str, float]:
        """The same numbers for MLflow, at the end."""
        values: dict[str, float] = {
            "trained": self.done,
            "taken_over": self.found,
            "not_finished": self.failures,
            "images_per_second": self.rate() if self.done else 0.0,
            "training_seconds": time.monotonic() - self.began,
        }
        return values | {f"best_kappa/{name}": value for name, value in self.best.items()}

    def _kappa(self, fingerprint: str, value: float | None) -> None:
        name = self.names[fingerprint].name
        if value is not None:
            self.best[name] = max(value, self.best.get(name, value))

    def _work_done(self) -> float:
        return sum(self.work[key] * min(1.0, images / max(self.images[key], 1)) for key, images in self.seen.items())

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=self._work_done(), description=self.line())
        elif not os.environ.get("CI") and time.monotonic() - self._told >= _QUIET_SECONDS:
            self._told = time.monotonic()
            print(f"train: {self.line()}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds in words: seconds, minutes or hours, whichever is read at one look."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
