"""Gaussian random fields on periodic scenes, and the blur of an instrument; all by FFT, so that band limits are exact."""

from functools import lru_cache

import numpy as np
from scipy import fft

CORRELATION_LENGTH = 10.0
"""Pixels of 10 m: exp(−d / 4.4) is 0.63, 0.40, 0.16 at lags 2, 4, 8, as measured on real Sentinel-2 patches; the blur gives lag 1."""
MTF_AT_NYQUIST = 0.25
"""Modulation transfer at a band's own Nyquist frequency: within 0.15 to 0.30 as Sentinel-2 was specified (ESA, User Handbook)."""


@lru_cache(maxsize=64)
def frequencies(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies along rows and columns of a real FFT, cycles per pixel, broadcastable to (height, width // 2 + 1)."""
    return fft.fftfreq(height)[:, None], fft.rfftfreq(width)[None, :]


@lru_cache(maxsize=64)
def exponential(height: int, width: int, length: float = CORRELATION_LENGTH) -> np.ndarray:
    """Amplitude spectrum of a unit-variance field with covariance exp(−d / length)."""
    fy, fx = frequencies(height, width)
    return normalised((1 + (2 * np.pi * length) ** 2 * (fx**2 + fy**2)) ** -0.75, width)


def street_grid(height: int, width: int, *, period: float, angle: float) -> np.ndarray:
    """Amplitude spectrum of a unit-variance field of buildings: equal parts of single buildings, of density that changes over the
    polygon, and of a grid of streets (two crossing directions with one period).

    Args:
        height, width: of the scene in pixels.
        period: pixels from one building to the next; below 2 no grid is resolved and the other two parts remain.
        angle: direction of the streets in radians.
    """
    fy, fx = frequencies(height, width)
    power = exponential(height, width, max(period / 3, 0.7)) ** 2 + exponential(height, width) ** 2
    if period >= 2:
        peaks = np.zeros_like(power)
        for turn in (angle, angle + np.pi / 2):
            ky, kx = np.sin(turn) / period, np.cos(turn) / period
            for sign in (1, -1):
                peaks += np.exp(-((fx - sign * kx) ** 2 + (fy - sign * ky) ** 2) / (2 * (0.18 / period) ** 2))
        power = power + normalised(np.sqrt(peaks), width) ** 2
    return normalised(np.sqrt(power), width)


def normalised(amplitude: np.ndarray, width: int) -> np.ndarray:
    """Scale an amplitude spectrum so that white noise through it has mean 0 and variance 1."""
    amplitude = amplitude.copy()
    amplitude[0, 0] = 0
    weights = np.full(amplitude.shape[1], 2.0)
    weights[0] = 1
    if width % 2 == 0:
        weights[-1] = 1
    return np.asarray(amplitude * np.sqrt(amplitude.shape[0] * width / (amplitude**2 * weights).sum()))


def coloured(noise: np.ndarray, amplitude: np.ndarray) -> np.ndarray:
    """White noise (…, h, w) through an amplitude spectrum (…, h, w // 2 + 1)."""
    return np.asarray(fft.irfft2(fft.rfft2(noise) * amplitude, s=noise.shape[-2:]))


@lru_cache(maxsize=64)
def blur(height: int, width: int, *, pixel: int) -> np.ndarray:
    """Transfer function of an instrument with pixels of `pixel` grid pixels: Gaussian, `MTF_AT_NYQUIST` at its Nyquist frequency.

    Above that frequency (1/40 m⁻¹ for 20 m bands on a 10 m grid) there is nothing: the band was sampled there.
    """
    fy, fx = frequencies(height, width)
    square = fx**2 + fy**2
    nyquist = 0.5 / pixel
    transfer = MTF_AT_NYQUIST ** (square / nyquist**2)
    return np.asarray(transfer * (square < nyquist**2)) if pixel > 1 else np.asarray(transfer)
