"""One worker: trains runs one after the other, leaves each in its folder, and can be stopped at any moment.

Everything a worker finishes is on disk before anybody hears of it, so nothing depends on who is listening.
"""

import ctypes
import gc
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import torch
from filelock import FileLock, Timeout

from sensorscape import __version__
from sensorscape.errors import SensorscapeError
from sensorscape.training import checkpoint, record
from sensorscape.training.feed import Feed, open_feed
from sensorscape.training.interruption import Interruption, StoppedError
from sensorscape.training.loop import DivergedError, TimeLimitError, Training
from sensorscape.training.place import Place
from sensorscape.training.recipe import Run

Report = Callable[[dict[str, Any]], None]
_REPORT_SECONDS = 0.5
_MALLOPT_TRIM_THRESHOLD, _MALLOPT_MMAP_MAX = -1, -4


class BusyError(Exception):
    """Another process trains this run at the moment."""


class OutOfMemoryError(Exception):
    """The run did not fit into memory."""


class BrokenDeviceError(Exception):
    """The device no longer computes for this process: an error that stays, a GPU that fell off the bus."""


class Worker:
    """Trains runs in one place; keeps the last sensor's data.

    Args:
        place: where.
        report: called with progress (``fingerprint``, ``images``, ``epoch``, ``kappa``) at most twice a second.
        interruption: how it is stopped.
    """

    def __init__(self, place: Place, report: Report = lambda _: None, interruption: Interruption | None = None) -> None:
        self.place = place
        self.report = report
        self.interruption = interruption or Interruption()
        self.device = open_device(place.device)
        self._feed: tuple[Any, Feed] | None = None

    def train(self, run: Run, *, recompute: bool = False) -> dict[str, Any]:
        """Train a run, or find it trained; returns its record, which is on disk by then.

        Args:
            run: the run.
            recompute: keep fewer activations, for a run that did not fit.

        Raises:
            BusyError: another process holds the run's lock.
            OutOfMemoryError: it did not fit; the driver decides what next.
            BrokenDeviceError: the device is gone for this process; another process may find it well.
            StoppedError: the worker was stopped; the checkpoint is written.
            SensorscapeError: a full disk, a missing subset.
        """
        folder = self.place.folder(run.fingerprint)
        lock = self.place.lock(run.fingerprint)
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(lock, timeout=0):
                return record.read(folder, run.fingerprint) or self._train(run, folder, recompute)
        except Timeout as error:
            raise BusyError(run.fingerprint) from error
        except (MemoryError, RuntimeError) as error:  # torch.OutOfMemoryError is a RuntimeError
            reason = str(error).splitlines()[0] if str(error) else "out of memory"
            if not _is_memory(error):
                if not _works(self.device):
                    raise BrokenDeviceError(f"{self.device} stopped working: {reason}") from error
                raise
        # only here are the error and with it the frames that hold the training gone
        self._release()
        raise OutOfMemoryError(reason)

    def _train(self, run: Run, folder: Path, recompute: bool) -> dict[str, Any]:
        environment = self._environment()
        outcome, reason, weights = "finished", None, None
        training = self._begin(run, folder, environment, recompute)
        try:
            self._run(training, folder, environment)
        except DivergedError as error:
            outcome, reason = "diverged", str(error)
        except TimeLimitError as error:
            outcome, reason = "timed_out", str(error)
            environment["time_limit"] = run.training.time_limit
        with self.interruption.critical():
            if outcome == "finished":
                weights = record.save_weights(folder, training.weights(), training.epoch)
            done = record.make_record(
                run,
                self.place,
                outcome=outcome,
                reason=reason,
                evaluations=training.evaluations,
                history=training.history,
                environment=environment,
                weights=weights,
            )
            record.write(folder, done)
            (folder / checkpoint.NAME).unlink(missing_ok=True)
        return done

    def _run(self, training: Training, folder: Path, environment: dict[str, Any]) -> None:
        saved = reported = time.monotonic()
        fingerprint = training.run.fingerprint

        def after_step(state: Training) -> None:
            nonlocal saved, reported
            now = time.monotonic()
            if now - saved >= self.place.checkpoint_seconds:
                self._save(state, folder, environment)
                saved = time.monotonic()
            if now - reported >= _REPORT_SECONDS:
                self.report(_progress(state, fingerprint))
                reported = now

        try:
            training.train(after_step=after_step, critical=self.interruption.critical)
        except StoppedError:
            self.interruption.requested = False  # heard; nothing may interrupt the checkpoint
            with self.interruption.critical():
                self._save(training, folder, environment)
            raise

    def _save(self, training: Training, folder: Path, environment: dict[str, Any]) -> None:
        with self.interruption.critical():
            plain, tensors = training.state()
            checkpoint.save(folder / checkpoint.NAME, training.run.fingerprint, plain | {"environment": environment}, tensors)

    def _begin(self, run: Run, folder: Path, environment: dict[str, Any], recompute: bool) -> Training:
        """A training where its checkpoint left it, or at its beginning when there is no sound one."""
        path = folder / checkpoint.NAME
        training = Training(run, self._open(run), self.place.classes, recompute=recompute, graphs=self.place.graphs)
        if not path.exists():
            return training
        try:
            plain, tensors = checkpoint.load(path, run.fingerprint)
            training.restore(plain, tensors)
        except (checkpoint.DamagedCheckpointError, KeyError, RuntimeError, TypeError) as error:
            aside = path.with_name(f"{checkpoint.NAME}.damaged")
            path.replace(aside)
            print(f"sensorscape train: {error}; it is kept as {aside.name}, the run begins again", file=sys.stderr)
            return Training(run, self._open(run), self.place.classes, recompute=recompute, graphs=self.place.graphs)
        environment |= plain["environment"] | {"resumed": int(plain["environment"].get("resumed", 0)) + 1}
        return training

    def _open(self, run: Run) -> Feed:
        key = (run.sensor, run.training.precision)
        if self._feed is None or self._feed[0] != key:
            self._release()
            room = int(self.place.share * _memory(self.device))
            self._feed = (key, open_feed(self.place.subset, run.sensor, self.device, run.training.precision, room=room))
        return self._feed[1]

    def _release(self) -> None:
        """Give the data and what a failed run left back: the next run, and other workers on the device, must not suffer from it."""
        self._feed = None
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _environment(self) -> dict[str, Any]:
        return {
            "device": _name(self.device),
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "sensorscape": __version__,
            "place": self.place.device,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def open_device(name: str) -> torch.device:
    """The device of a name (``auto``: CUDA if there is one), after one computation on it.

    Raises:
        SensorscapeError: when it is not there or does not work; a driver too old for this build of torch is named as such.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
        if name == "cpu" and (text := _too_old()):
            print(f"sensorscape train: device: auto takes the CPU: {text}", file=sys.stderr)
    if not name.startswith("cuda"):
        return torch.device("cpu")
    hint = "set device: cpu in machine.yaml, or mend the GPU's set-up (nvidia-smi)"
    if torch.version.cuda is None:
        raise SensorscapeError(f"device: {name}, but this torch ({torch.__version__}) is a build without CUDA", hint)
    try:
        device = torch.device(name if ":" in name else "cuda:0")
        torch.zeros(8, device=device).add_(1).sum().item()
        torch.cuda.set_device(device)  # streams and graphs take the current one
    except RuntimeError as error:
        text = str(error).splitlines()[0]
        if old := _old_driver(text):
            text = old
            hint = "update the driver, or install the torch build for its CUDA version"
        raise SensorscapeError(f"device: {name}: {text}", hint) from error
    return device


def _old_driver(text: str) -> str:
    """What an error says of the driver, when it is that it is too old; else nothing."""
    if "driver" not in text.lower() or not ("old" in text.lower() or "insufficient" in text.lower()):
        return ""
    return f"the NVIDIA driver is too old for torch {torch.__version__}, built for CUDA {torch.version.cuda} ({text})"


def _too_old() -> str:
    """Why a GPU that is there is not available to this build of torch; nothing where there is none or the build has no CUDA."""
    if torch.version.cuda is None:
        return ""
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as error:
        return _old_driver(str(error).splitlines()[0])
    return ""


def _works(device: torch.device) -> bool:
    """Whether a device still computes; errors of a GPU's kernels stay for the life of a process."""
    if device.type == "cpu":
        return True
    try:
        return float(torch.zeros(8, device=device).add_(1).sum().item()) == 8
    except RuntimeError:
        return False


def prepare_process() -> None:
    """Settings of a process that trains: one thread, no TF32 in the name of float32, and memory that is kept instead of given back.

    One thread per process is the quickest use of a CPU for networks of this size (docs/training.md). glibc returns large blocks to
    the system when they are freed and gets zeroed pages for the next ones: at stem 64 that cost more than the convolutions.
    """
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False  # convolutions of float32 are of float32 on a GPU too
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MALLOPT_MMAP_MAX, 0)
        libc.mallopt(_MALLOPT_TRIM_THRESHOLD, 2**31 - 1)


def _progress(state: Training, fingerprint: str) -> dict[str, Any]:
    images = state.epoch * len(state.feed.train) + min(state.step * state.run.training.batch, len(state.feed.train))
    # a process speaks of a run first after half a second of it: what took longer was trained before, and came by the checkpoint
    before = int(images * max(0.0, 1.0 - _REPORT_SECONDS / max(state.clock.seconds, 1e-9)))
    kappas = [evaluation["test"]["kappa"] for evaluation in state.evaluations.values() if evaluation["test"]["kappa"] is not None]
    return {"fingerprint": fingerprint, "images": images, "before": before, "epoch": state.epoch, "kappa": max(kappas, default=None)}


def _memory(device: torch.device) -> int:
    """Bytes free on a device now."""
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"cpu ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()})"


def _is_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out; torch has an exception for GPUs and only words for the CPU's allocator."""
    text = str(error).lower()
    words = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_cpu", "cublas_status_alloc_failed")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in text for word in words)
