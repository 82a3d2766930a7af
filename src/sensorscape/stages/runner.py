"""What all stages share: the parameters they may see, errors as messages, and an end when DVC has ended."""

import gc
import importlib
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import ModuleType

import psutil

from sensorscape import params
from sensorscape.errors import SensorscapeError
from sensorscape.project import Project

STAGES = ("synthesize", "check_patches", "subset", "sample", "train", "check_runs", "register", "footprint", "report")
_GRACE = 20.0
_RARELY = 100_000
"""New objects between two garbage collections: a stage reads a million numbers that are no garbage, and looking through them again and
again takes a tenth of the time."""


def sections(stage: ModuleType) -> tuple[str, ...]:
    """The top-level keys of params.yaml that a stage may see: the keyword-only arguments of its `run`."""
    arguments = inspect.signature(stage.run).parameters.values()
    return tuple(argument.name for argument in arguments if argument.kind is argument.KEYWORD_ONLY)


def run_stage(name: str, project: Project) -> None:
    """Check params.yaml whole, then run a stage with its own sections only.

    Raises:
        SensorscapeError: whatever the user can mend.
    """
    if name not in STAGES:
        raise SensorscapeError(f"{name!r} is not a stage", f"one of: {', '.join(STAGES)}")
    study = params.load(project.root / "params.yaml")
    stage = importlib.import_module(f"sensorscape.stages.{name}")
    stage.run(project, **{section: getattr(study, section) for section in sections(stage)})


def main(arguments: Sequence[str]) -> int:
    """Run the named stage; returns the exit code: 0, 2 for what a user can mend, 130 and 143 for signals."""
    end_with_dvc()
    gc.set_threshold(_RARELY)
    try:
        if len(arguments) != 1:
            raise SensorscapeError(f"one stage at a time, got {list(arguments)}", f"one of: {', '.join(STAGES)}")
        run_stage(arguments[0], Project.find())
    except SensorscapeError as error:
        print(f"sensorscape {' '.join(arguments)}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"sensorscape {' '.join(arguments)}: interrupted; what was finished is kept", file=sys.stderr)
        return 130
    return 0


def end_with_dvc() -> None:
    """Send this process SIGTERM once the DVC that started it is gone, and SIGKILL 20 s later.

    DVC starts stages through a shell and passes no signal on, so a stage would go on writing into outputs that nobody
    will commit. Nothing is watched when no DVC is among the ancestors.
    """
    dvc = next((parent for parent in psutil.Process().parents() if _is_dvc(parent)), None)
    if dvc is None:
        return

    def watch() -> None:
        while dvc.is_running() and dvc.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="watch-dvc", daemon=True).start()


def _is_dvc(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return any(os.path.basename(word) == "dvc" for word in words[:3]) or words[1:3] == ["-m", "dvc"]  # noqa: PTH119
