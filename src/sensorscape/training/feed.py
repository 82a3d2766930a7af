"""The subset on the device, and batches of it by permutation: no work per patch, no waiting for the device inside an epoch.

The order of an epoch, its flips and its crops are drawn from (seed, epoch) on the CPU, so they are the same on every device, for
data that are resident or streamed, and for a run that was interrupted.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sensorscape.errors import SensorscapeError
from sensorscape.patches.sensors import Sensor
from sensorscape.training.recipe import derived_seed

SLAB = 256 << 20
"""Bytes gathered at once from disk where the data do not fit on the device."""
_HALF_LIMIT = 65504.0
_CROP = 4
"""Pixels of zero padding around a patch before a random crop of the old size."""


@dataclass(frozen=True)
class Split:
    """One split as a sensor sees it.

    Attributes:
        parts: arrays (n, H, W, C) as they are stored, each with its channels, in stacking order.
        labels: class indices (n,) int64, on the device.
    """

    parts: tuple[tuple[Tensor, tuple[int, ...]], ...]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def bytes(self) -> int:
        """Size of the stacked patches in float32."""
        return sum(array[0, ..., 0].numel() * len(channels) * 4 for array, channels in self.parts) * len(self)

    def gather(self, index: Tensor) -> Tensor:
        """Patches (b, C, H, W), channels-last in memory, of the rows `index` (b,)."""
        taken = [_take(array, channels, index) for array, channels in self.parts]
        return (taken[0] if len(taken) == 1 else torch.cat(taken, dim=3)).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Feed:
    """Train and test of one sensor on one device.

    Attributes:
        train, test: the splits.
        device: where batches are delivered.
        dtype: of delivered patches, see `storage_type`.
        resident: whether the splits are on the device; else they are streamed in slabs.
        slab: bytes per slab.
    """

    train: Split
    test: Split
    device: torch.device
    dtype: torch.dtype
    resident: bool
    slab: int = SLAB

    def batches(self, split: Split, order: Tensor, batch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Patches and labels of `order`, `batch` at a time (the last may be smaller), from batch number `start` on."""
        rows = order[start * batch :]
        if not len(rows):
            return
        if self.resident:
            rows = rows.to(self.device, non_blocking=True)
            for index in torch.split(rows, batch):
                yield split.gather(index), split.labels.index_select(0, index)
            return
        yield from self._streamed(split, rows, batch)

    def _streamed(self, split: Split, rows: Tensor, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
        per_slab = batch * max(1, self.slab // max(1, batch * split.bytes // max(1, len(split))))
        slabs = torch.split(rows, per_slab)
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._slab, split, slabs[0])
            for place, slab in enumerate(slabs):
                patches = coming.result().to(self.device, non_blocking=True)
                if place + 1 < len(slabs):
                    coming = reader.submit(self._slab, split, slabs[place + 1])
                labels = split.labels.index_select(0, slab.to(self.device))
                yield from zip(torch.split(patches, batch), torch.split(labels, batch), strict=True)

    def _slab(self, split: Split, rows: Tensor) -> Tensor:
        """The rows in the order asked for, read from disk in ascending order."""
        ascending, places = rows.sort()
        patches = split.gather(ascending)
        out = torch.empty(patches.shape, dtype=self.dtype, memory_format=torch.channels_last, pin_memory=self.device.type == "cuda")
        return out.index_copy_(0, places, patches.to(self.dtype))


def open_feed(
    path: Path, sensor: Sensor, device: torch.device, precision: Literal["float32", "bfloat16"], *, room: int, slab: int = SLAB
) -> Feed:
    """The splits of a subset file for one sensor.

    Args:
        path: data/subset/subset.h5.
        sensor: channels, in stacking order.
        device: where to train.
        precision: of the recipe.
        room: bytes that the patches may take on the device. Less than they need: they are streamed.
        slab: bytes per slab then.

    Raises:
        SensorscapeError: when the file is missing or not the layout of a subset, or a split is empty.
    """
    train, test = (_map(path, group, sensor) for group in ("train", "test"))
    need = train.bytes + test.bytes
    dtype = storage_type(precision, train, test)
    resident = need * dtype.itemsize // 4 <= room
    if resident:
        train, test = (_resident(split, device, dtype) for split in (train, test))
    else:
        train, test = (Split(split.parts, split.labels.to(device)) for split in (train, test))
    return Feed(train, test, device, dtype, resident, slab)


def storage_type(precision: str, *splits: Split) -> torch.dtype:
    """How patches are kept: float32, or under bfloat16 autocast float16 if every value fits its range, else bfloat16.

    A patch is rounded to bfloat16 by the first convolution anyway; float16 keeps three more bits until then.
    """
    if precision == "float32":
        return torch.float32
    largest = max(_largest(array) for split in splits for array, _ in split.parts)
    return torch.float16 if largest < _HALF_LIMIT else torch.bfloat16


def epoch_order(seed: int, epoch: int, n: int) -> Tensor:
    """The permutation of an epoch, (n,) int64 on the CPU."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(derived_seed(seed, "order", epoch)))


class Augmentation:
    """Flips along both axes with probability ½ each, and random crops after zero padding, per patch.

    Args:
        kind: ``none``, ``flips`` or ``flips+crops``.
        seed: of the run.
        epoch: all draws of an epoch are made at once.
        n: patches of the epoch, in its order.
        device: where batches are.
    """

    def __init__(self, kind: str, seed: int, epoch: int, n: int, device: torch.device) -> None:
        self.kind = kind
        if kind != "none":
            generator = torch.Generator().manual_seed(derived_seed(seed, "augmentation", epoch))
            self.flips = torch.rand(2, n, generator=generator).lt(0.5).to(device)
            self.offsets = torch.randint(0, 2 * _CROP + 1, (2, n), generator=generator).to(device)

    def __call__(self, x: Tensor, first: int) -> Tensor:
        """The batch (b, C, H, W) whose first patch is number `first` of the epoch."""
        if self.kind == "none":
            return x
        places = slice(first, first + len(x))
        for axis in (0, 1):
            x = torch.where(self.flips[axis, places, None, None, None], x.flip(2 + axis), x)
        if self.kind == "flips+crops":
            height, width = x.shape[2:]
            padded = functional.pad(x, [_CROP] * 4).permute(0, 2, 3, 1)
            rows = self.offsets[0, places, None] + torch.arange(height, device=x.device)
            columns = self.offsets[1, places, None] + torch.arange(width, device=x.device)
            patch = torch.arange(len(x), device=x.device)
            x = padded[patch[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
        return x


def _map(path: Path, group: str, sensor: Sensor) -> Split:
    """A split whose arrays stay in the file and are read by the page when they are touched."""
    try:
        with h5py.File(path, "r") as file:
            labels = torch.from_numpy(file[group]["label"][:].astype(np.int64))
            parts = tuple((_mapped(path, file[group][array]), channels) for array, channels in sensor.parts)
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", "make it with: dvc repro subset") from error
    except (OSError, KeyError, ValueError) as error:
        raise SensorscapeError(f"{path} is not a subset: {error}", "make it again: dvc repro -f subset") from error
    if not len(labels):
        raise SensorscapeError(f"{path} has no {group} patches", "raise subset.train_share or subset.test_share in params.yaml")
    return Split(parts, labels)


def _mapped(path: Path, dataset: h5py.Dataset) -> Tensor:
    offset = dataset.id.get_offset()
    if offset is None or dataset.dtype != np.dtype("<f4"):
        return torch.from_numpy(dataset[:].astype(np.float32))
    # Copy-on-write, because torch wants memory that could be written; nothing is, so pages stay shared between workers.
    return torch.from_numpy(np.memmap(path, "<f4", "c", offset=offset, shape=dataset.shape))


def _resident(split: Split, device: torch.device, dtype: torch.dtype) -> Split:
    whole = torch.cat([_take(array, channels, None).to(device, dtype) for array, channels in split.parts], dim=3)
    return Split(((whole, tuple(range(whole.shape[3]))),), split.labels.to(device))


def _take(array: Tensor, channels: tuple[int, ...], index: Tensor | None) -> Tensor:
    rows = array if index is None else array.index_select(0, index)
    first, last = channels[0], channels[-1]
    if channels == tuple(range(first, last + 1)):
        return rows[..., first : last + 1]
    return rows[..., list(channels)]


def _largest(array: Tensor) -> float:
    step = max(1, SLAB // max(1, array[0].numel() * 4))
    return max(float(rows.abs().max()) for rows in torch.split(array, step))
