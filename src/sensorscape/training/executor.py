"""Where a machine trains: its device, how many workers with which share, and the local fleet or a Ray cluster behind one interface."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil

from sensorscape.errors import SensorscapeError
from sensorscape.training.place import Place
from sensorscape.training.plan import activation_bytes
from sensorscape.training.recipe import Run

Ended = Iterator[tuple[Run, dict[str, Any]]]
_PROCESS_BYTES = {"cpu": 600 << 20, "cuda": 1500 << 20}
"""What a worker takes before it holds any data: libraries on a CPU, the CUDA context and kernels on a GPU."""
_MOST_PER_GPU = 4
_FILL = 0.8
"""Share of the free memory that workers are planned to fill."""


class Machine(Protocol):
    """machine.yaml, as `sensorscape.project.Machine` reads it."""

    @property
    def device(self) -> str:
        """``auto``, ``cpu``, ``cuda`` or ``cuda:0``."""

    @property
    def executor(self) -> str:
        """``local`` or ``ray``."""

    @property
    def workers(self) -> int | str:
        """Processes that train, or ``auto``."""

    @property
    def ray_address(self) -> str | None:
        """The Ray cluster; None starts one here."""


def device_of(machine: Machine) -> str:
    """The device of machine.yaml, ``auto`` resolved without loading torch where there is no NVIDIA driver."""
    if machine.device != "auto":
        return machine.device
    if machine.executor == "ray":
        return "auto"  # every node decides for itself
    if not Path("/proc/driver/nvidia").exists() and not shutil.which("nvidia-smi"):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def workers_of(machine: Machine, device: str, runs: Sequence[Run], *, pixels: int, data_bytes: int) -> int:
    """How many workers train side by side.

    One per core on a CPU, several per GPU, as many as fit into the memory with the largest run each; never more than runs.

    Args:
        machine: machine.yaml; a number given there is used as it is.
        device: the resolved device.
        runs: what is to be trained.
        pixels: of a patch.
        data_bytes: patches of the largest sensor in memory.
    """
    if machine.workers != "auto":
        return max(1, min(int(machine.workers), len(runs)))
    kind = "cuda" if device.startswith("cuda") else "cpu"
    free = _gpu_free(device) if kind == "cuda" else psutil.virtual_memory().available
    most = _MOST_PER_GPU if kind == "cuda" else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    largest = max((activation_bytes(run, pixels) for run in runs), default=0)
    fit = int(_FILL * free / (largest + data_bytes + _PROCESS_BYTES[kind]))
    return max(1, min(most, fit, len(runs)))


def train_all(machine: Machine, place: Place, runs: Sequence[Run], size: int, heard: Callable[[dict[str, Any]], None]) -> Ended:
    """Train `runs` in this order on `size` workers; yields each with its record as soon as it ended.

    With ``workers: auto`` a Ray cluster decides for itself how many: `size` was counted on this machine, which may be its smallest.

    Raises:
        SensorscapeError: what the user can mend.
    """
    if machine.executor == "ray":
        try:
            from sensorscape.training.cluster import Cluster
        except ImportError as error:
            raise SensorscapeError(
                "machine.yaml asks for executor: ray, but Ray is not installed", "pip install 'sensorscape[ray]'"
            ) from error
        most = len(runs) if machine.workers == "auto" else size
        return Cluster(place, machine.ray_address, most, heard).run(runs)
    from sensorscape.training.fleet import Fleet

    return Fleet(place, size, heard).run(runs)


def share_of(device: str, nodes: Sequence[Mapping[str, float]], *, whole: bool) -> dict[str, float]:
    """What a worker of a cluster takes of a node with these resources: a core, and a quarter of a GPU.

    With `whole` it is alone there: it takes a GPU, or as many cores as the largest node has.
    """
    if device.startswith("cuda") or (device == "auto" and any(node.get("GPU", 0) for node in nodes)):
        return {"num_cpus": 1, "num_gpus": 1 if whole else 1 / _MOST_PER_GPU}
    return {"num_cpus": max((int(node.get("CPU", 0)) for node in nodes), default=1) if whole else 1, "num_gpus": 0}


def room_for(share: Mapping[str, float], nodes: Sequence[Mapping[str, float]]) -> int:
    """Workers with this share for which nodes have room."""
    wanted = [(name, share[key]) for name, key in (("CPU", "num_cpus"), ("GPU", "num_gpus")) if share[key]]
    return sum(int(min(node.get(name, 0) / amount for name, amount in wanted)) for node in nodes)


def _gpu_free(device: str) -> int:
    """Bytes free on a GPU by nvidia-smi: asking torch would leave a context in the driver's process. 0 when it does not say."""
    index = device.partition(":")[2] or "0"
    command = ["nvidia-smi", f"--id={index}", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        return int(answer.split()[0]) << 20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0
