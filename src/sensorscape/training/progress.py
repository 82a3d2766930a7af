"""What a driver shows while it trains: runs done, images per second, time left, best kappa, failures."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
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
        found: runs that were taken over, each as its sensor and its record.
        log: called whenever there is news, with a function that returns the numbers; says nothing for most of its calls.
    """

    def __init__(
        self,
        runs: list[Run],
        images: Mapping[str, int],
        work: Mapping[str, float],
        found: Sequence[tuple[str, Mapping[str, Any]]],
        log: Callable[[Callable[[], dict[str, float]]], None] = lambda _: None,
    ) -> None:
        self.names = {run.fingerprint: run for run in runs}
        self.images, self.work, self.found = dict(images), dict(work), len(found)
        self.seen: dict[str, int] = {}
        self.before: dict[str, int] = {}
        self.over: set[str] = set()
        self.failures = 0
        self.best: dict[str, float] = {}
        for name, record in found:
            self._kappas(name, record)
        self.began = self._told = time.monotonic()
        self._left: float | None = None
        self._log = log
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
        if self.names:
            self._log(self.numbers)
        return self

    def __exit__(self, *_: object) -> None:
        self._left = time.monotonic()
        if self._bar is not None:
            self._bar.stop()

    @property
    def done(self) -> int:
        """Runs that ended, well or not."""
        return len(self.over)

    def heard(self, news: Mapping[str, Any]) -> None:
        """What a worker reports of a run under way.

        ``fingerprint``, ``images`` so far, ``before``: those that it had not trained itself (of its first report), best ``kappa`` or None.
        """
        fingerprint = news["fingerprint"]
        if fingerprint not in self.names or fingerprint in self.over:
            return
        self.seen[fingerprint] = int(news["images"])
        # the first report's, or that of a run that begins again because its checkpoint was damaged: it is the lowest
        self.before[fingerprint] = min(self.before.get(fingerprint, news["before"]), news["before"])
        self._kappa(self.names[fingerprint].name, news["kappa"])
        self._show()

    def ended(self, run: Run, record: Mapping[str, Any]) -> None:
        """A run ended, well or not."""
        fingerprint = run.fingerprint
        self.over.add(fingerprint)
        if record["outcome"] == "finished":
            self.seen[fingerprint] = self.images[fingerprint]
            if (record.get("environment") or {}).get("resumed"):  # so near its end that nothing was heard of it
                self.before.setdefault(fingerprint, self.images[fingerprint])
        else:
            self.failures += 1
        self._kappas(run.name, record)
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
        """Training images per second since the beginning, all workers together; images of earlier processes do not count."""
        return sum(self._new(key) for key in self.seen) / max(self._elapsed(), 1e-9)

    def seconds_left(self) -> float | None:
        """At the pace so far; None before anything was done."""
        left = self._work_left()
        if left <= 0:
            return 0.0
        done = sum(self._cost(key, self._new(key)) for key in self.seen)
        return None if done <= 0 else self._elapsed() * left / done

    def numbers(self) -> dict[str, float]:
        """The same numbers for MLflow, now or as they were at the end."""
        values: dict[str, float] = {
            "trained": self.done,
            "taken_over": self.found,
            "not_finished": self.failures,
            "images_per_second": self.rate(),
            "training_seconds": self._elapsed(),
        }
        left = self.seconds_left()
        if left is not None:
            values["seconds_left"] = left
        return values | {f"best_kappa/{name}": value for name, value in self.best.items()}

    def _kappas(self, name: str, record: Mapping[str, Any]) -> None:
        for evaluation in record["evaluations"].values():
            self._kappa(name, evaluation["test"]["kappa"])

    def _kappa(self, name: str, value: float | None) -> None:
        if value is not None:
            self.best[name] = max(value, self.best.get(name, value))

    def _elapsed(self) -> float:
        return (time.monotonic() if self._left is None else self._left) - self.began

    def _new(self, key: str) -> int:
        """Images of a run that were trained since the beginning."""
        return self.seen[key] - self.before.get(key, 0)

    def _cost(self, key: str, images: int) -> float:
        return self.work[key] * min(1.0, images / max(self.images[key], 1))

    def _work_left(self) -> float:
        """Of a run that ended nothing is left, whatever came of it; of one that was taken up, what was not trained."""
        return sum(self.work[key] - self._cost(key, self.seen.get(key, 0)) for key in self.names if key not in self.over)

    def _show(self) -> None:
        self._log(self.numbers)
        if self._bar is not None:
            self._bar.update(self._task, completed=sum(self.work.values()) - self._work_left(), description=self.line())
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
