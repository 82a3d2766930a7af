"""Where things are: the workspace a command stands in, the main project behind it, and what this machine is like."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from sensorscape.errors import ConfigError, SensorscapeError


@dataclass(frozen=True)
class Machine:
    """machine.yaml: what changes no result. It is not versioned.

    Attributes:
        device: ``auto`` (CUDA when there is one), ``cpu``, ``cuda`` or ``cuda:0``.
        executor: ``local`` (processes on this machine) or ``ray`` (a Ray cluster, extra ``ray``).
        workers: processes that train; ``auto``: one per core, or as many cells as fit on the GPU.
        ray_address: the cluster (``auto`` or ``ray://host:10001``); None starts one on this machine.
        cuda_graphs: whether a training may capture its steps as a CUDA graph, where it measures that this is quicker and the same.
    """

    device: str = "auto"
    executor: Literal["local", "ray"] = "local"
    workers: int | Literal["auto"] = "auto"
    ray_address: str | None = None
    cuda_graphs: bool = False


@dataclass(frozen=True)
class Project:
    """A sensorscape project.

    Attributes:
        root: the workspace: the folder with the dvc.yaml that is run. Inside ``dvc exp run --temp`` a throw-away copy.
        main: the folder of the project itself, which outlives experiments; equal to `root` outside them.
    """

    root: Path
    main: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Self:
        """The project around `start` (default: the current folder).

        DVC names the main project in DVC_ROOT while it runs a stage; it is believed only if this workspace is that
        project or one of its experiments, so that a variable left over from elsewhere leads nowhere.

        Raises:
            SensorscapeError: when no folder from `start` upwards holds dvc.yaml and params.yaml.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "dvc.yaml").is_file() and (folder / "params.yaml").is_file():
                return cls(folder, _main_of(folder))
        raise SensorscapeError(f"no sensorscape project here: {start} and the folders above have no dvc.yaml", "cd into your clone")

    @property
    def store(self) -> Path:
        """The folder of the embedded MLflow store, one per project, also for experiments."""
        return self.main / "models" / "store"

    @property
    def work(self) -> Path:
        """Work in progress and locks: outside every DVC output, so that nothing is lost when DVC clears them."""
        return self.main / ".sensorscape"

    @property
    def in_experiment(self) -> bool:
        """Whether DVC runs this process as part of an experiment."""
        return bool(os.environ.get("DVC_EXP_NAME")) or self.root != self.main

    @cached_property
    def machine(self) -> Machine:
        """machine.yaml of the main project, or the defaults when there is none.

        Raises:
            ConfigError: with every problem of the file.
        """
        return _read_machine(self.main / "machine.yaml")


def _main_of(root: Path) -> Path:
    variable = os.environ.get("DVC_ROOT", "")
    if variable:
        candidate = Path(variable).resolve()
        if candidate == root or (candidate / ".dvc" / "tmp") in root.parents:
            return candidate
    for parent in root.parents:
        if parent.name == "tmp" and parent.parent.name == ".dvc":
            return parent.parent.parent
    return root


def _read_machine(path: Path) -> Machine:
    if not path.exists():
        return Machine()
    from pydantic import ConfigDict, Field, Strict, TypeAdapter, ValidationError
    from pydantic.dataclasses import dataclass as checked

    from sensorscape.params import read_yaml
    from sensorscape.problems import describe

    @checked(frozen=True, config=ConfigDict(extra="forbid"))
    class Checked:
        device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
        executor: Literal["local", "ray"] = "local"
        workers: Literal["auto"] | Annotated[int, Strict(), Field(ge=1)] = "auto"
        ray_address: str | None = None
        cuda_graphs: Annotated[bool, Strict()] = False

    raw: Any = read_yaml(path)
    try:
        checked_values = TypeAdapter(Checked).validate_python(raw if raw is not None else {})
    except ValidationError as error:
        raise ConfigError(path.name, describe(error, Checked)) from error
    return Machine(**vars(checked_values))
