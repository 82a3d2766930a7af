"""Standardisation by channel: statistics of the train patches, streamed in float64, and their use on raw patches.

float32 sums saturate over some tens of millions of pixels; everything is accumulated in float64 around a running mean.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DECIBEL_FLOOR = 10.0**-3.5
"""−35 dB: below the noise of Sentinel-1 (its specification: −22 dB or better), so that no speckle null rules the scale; assumed."""
IQR_OF_NORMAL = 1.3489795003921634
"""Interquartile range of a standard normal: with it `robust` is in units of a standard deviation."""
_BLOCK_VALUES = 1 << 17  # stays in the processor's cache


@dataclass
class Moments:
    """Count, mean and sum of squared deviations per channel, merged slab by slab (Chan, Golub and LeVeque 1983)."""

    count: int
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, channels: int) -> "Moments":
        """Moments of nothing."""
        return cls(0, np.zeros(channels), np.zeros(channels))

    def add(self, values: np.ndarray) -> None:
        """Take in patches (n, H, W, C)."""
        for block in blocks(values):
            self._add_block(values[block])

    def _add_block(self, values: np.ndarray) -> None:
        channels = values.shape[-1]
        # rows first: long contiguous runs, then the pixels
        flat = values.reshape(len(values), -1)
        count = flat.size // channels
        mean = flat.sum(axis=0, dtype=np.float64).reshape(-1, channels).sum(axis=0) / count
        centred = flat - np.tile(mean, flat.shape[1] // channels)
        squares = np.einsum("np,np->p", centred, centred).reshape(-1, channels).sum(axis=0)
        total = self.count + count
        step = mean - self.mean
        self.mean = self.mean + step * (count / total)
        self.squares = self.squares + squares + step**2 * (self.count * count / total)
        self.count = total

    @property
    def std(self) -> np.ndarray:
        """Standard deviation (ddof 0) per channel."""
        return np.sqrt(self.squares / max(self.count, 1))


def blocks(values: np.ndarray) -> Iterator[slice]:
    """Slices of patches (n, …) that stay in the processor's cache while several things are done to them."""
    step = max(1, _BLOCK_VALUES // max(int(np.prod(values.shape[1:])), 1))
    for start in range(0, len(values), step):
        yield slice(start, start + step)


def kinds_of(transform: str, channels: int, intensities: tuple[int, ...]) -> list[str]:
    """What happens to each channel: ``zscore``, ``robust`` or ``log``; `log` treats radar intensities only, the rest as zscore."""
    if transform != "log":
        return [transform] * channels
    return ["log" if channel in intensities else "zscore" for channel in range(channels)]


def to_scale(values: np.ndarray, kinds: list[str]) -> np.ndarray:
    """Raw values (…, C) in the unit that is standardised: decibels for ``log`` channels, unchanged otherwise; float64 copy."""
    out = np.array(values, dtype=np.float64)
    for channel, kind in enumerate(kinds):
        if kind == "log":
            out[..., channel] = 10 * np.log10(np.maximum(out[..., channel], DECIBEL_FLOOR))
    return out


def apply(values: np.ndarray, statistics: Mapping[str, Any]) -> np.ndarray:
    """Standardise all channels of one array: raw (n, H, W, C) of any type to float32.

    Args:
        values: raw patches. They are rounded to float32 first, as the subset stores them, so that both give the same bits.
        statistics: the array's entry in subset.json: ``kinds``, ``shift`` and ``scale`` per channel.
    """
    raw = np.asarray(values, dtype=np.float32)
    out = np.empty(raw.shape, np.float32)
    kinds = list(statistics["kinds"])
    # rows first: long runs, over which shift and scale are repeated
    shift, scale = (np.resize(statistics[name], math.prod(raw.shape[1:])) for name in ("shift", "scale"))
    for block in blocks(raw):
        scaled = to_scale(raw[block], kinds).reshape(-1, len(shift))
        scaled -= shift
        scaled /= scale
        out[block].reshape(scaled.shape)[...] = scaled
    return out


def invert(values: np.ndarray, statistics: Mapping[str, Any]) -> np.ndarray:
    """Raw values (float64) of standardised ones, to the precision of float32; ``log`` channels come back at −35 dB or more."""
    raw = np.asarray(values, dtype=np.float64) * np.asarray(statistics["scale"]) + np.asarray(statistics["shift"])
    for channel, kind in enumerate(statistics["kinds"]):
        if kind == "log":
            raw[..., channel] = 10 ** (raw[..., channel] / 10)
    return np.asarray(raw)


def parameters(transform: str, kinds: list[str], moments: Moments, quartiles: np.ndarray | None) -> dict[str, Any]:
    """Shift and scale per channel as plain numbers. A constant channel has scale 1 and becomes 0.

    Args:
        transform: ``zscore``, ``robust`` or ``log``.
        kinds: what happens to each channel.
        moments: of the values in the scale of `to_scale`.
        quartiles: lower quartile, median, upper quartile per channel (3, C), for ``robust``. Where more than half of the values are
            equal the quartiles coincide and the standard deviation is the scale.
    """
    shift, scale = moments.mean, moments.std
    if quartiles is not None:
        shift, spread = quartiles[1], (quartiles[2] - quartiles[0]) / IQR_OF_NORMAL
        scale = np.where(spread > 0, spread, scale)
    scale = np.where(scale > 1e-12 * np.maximum(np.abs(shift), 1e-300), scale, 1.0)
    return {"transform": transform, "kinds": kinds, "shift": shift.tolist(), "scale": scale.tolist()}


def quartiles_of(chunks: Callable[[], Iterator[np.ndarray]], channels: int) -> np.ndarray:
    """Exact quartiles per channel of float32 patches of any number, (3, C): order statistics ⌈q·n⌉, in bounded memory.

    Floats order as their bits do, so two passes of counting, upper then lower 16 bits, find any order statistic.

    Args:
        chunks: gives the patches (n, H, W, C) float32 in slabs; called twice.
        channels: number of channels C.
    """
    upper = np.zeros((channels, 1 << 16), np.int64)
    for chunk in chunks():
        keys = _ordered(chunk)
        for channel in range(channels):
            upper[channel] += np.bincount(keys[..., channel].ravel() >> 16, minlength=1 << 16)
    total = int(upper[0].sum())
    ranks = np.maximum(np.ceil(np.array([0.25, 0.5, 0.75]) * total).astype(np.int64), 1)
    below = np.cumsum(upper, axis=1)
    bins = np.array([np.searchsorted(below[channel], ranks) for channel in range(channels)])
    lower = np.zeros((channels, 3, 1 << 16), np.int64)
    for chunk in chunks():
        keys = _ordered(chunk)
        for channel in range(channels):
            flat = keys[..., channel].ravel()
            for index in range(3):
                inside = flat[flat >> 16 == bins[channel, index]] & 0xFFFF
                lower[channel, index] += np.bincount(inside, minlength=1 << 16)
    result = np.empty((3, channels))
    for channel in range(channels):
        for index in range(3):
            first = bins[channel, index]
            left = ranks[index] - (below[channel, first] - upper[channel, first])
            key = (int(first) << 16) | int(np.searchsorted(np.cumsum(lower[channel, index]), left))
            result[index, channel] = _value(key)
    return result


def _ordered(values: np.ndarray) -> np.ndarray:
    """Unsigned keys that sort as the float32 values do: sign bit flipped for positive numbers, all bits for negative ones."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def _value(key: int) -> float:
    bits = key ^ (1 << 31) if key >> 31 else key ^ 0xFFFFFFFF
    return float(np.array(bits, np.uint32).view(np.float32))
