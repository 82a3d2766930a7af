"""The refined Lee filter of So2Sat's channels 5 to 8: 7 × 7 pixels, one weight for the whole covariance matrix.

Lee, "Refined filtering of image noise using local statistics", CGIP 15 (1981); for polarimetric data Lee, Grunes and de Grandi,
"Polarimetric SAR speckle filtering and its implication for classification", IEEE TGRS 37 (1999): the span chooses an edge-aligned
half window and the weight, which all elements of the covariance share, so that the filtered matrix stays a covariance matrix.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WINDOW = 7
SPECKLE_VARIANCE = 1.0
"""Squared coefficient of variation of single-look intensity (exponential law)."""


def refined_lee(vh: np.ndarray, vv: np.ndarray) -> np.ndarray:
    """Filter the covariance of two complex channels.

    Args:
        vh: complex scattering (h, w), both sides at least 7.
        vv: the same for the other polarisation.

    Returns:
        (h − 6, w − 6, 4) float64: |VH|², |VV|², and the real and imaginary part of VH·VV*, filtered. Pixel (0, 0) belongs to pixel
        (3, 3) of the input: a pixel nearer than 3 to the border has no full window.
    """
    cross = vh * vv.conj()
    elements = [np.abs(vh) ** 2, np.abs(vv) ** 2, cross.real, cross.imag]
    span = elements[0] + elements[1]
    inner_shape = (span.shape[0] - 6, span.shape[1] - 6)
    windows = _windows(span)
    chosen = _HALVES[_direction(span)].reshape(-1, WINDOW * WINDOW)
    mean = np.einsum("pk,pk->p", windows, chosen)
    variance = np.maximum(np.einsum("pk,pk->p", windows**2, chosen) - mean**2, 0)
    signal = np.maximum((variance - mean**2 * SPECKLE_VARIANCE) / (1 + SPECKLE_VARIANCE), 0)
    weight = np.divide(signal, variance, out=np.zeros_like(signal), where=variance > 0)
    out = np.empty((*inner_shape, 4))
    for index, element in enumerate(elements):
        average = np.einsum("pk,pk->p", _windows(element), chosen)
        here = element[3:-3, 3:-3].ravel()
        out[..., index] = (average + weight * (here - average)).reshape(inner_shape)
    return out


def _windows(image: np.ndarray) -> np.ndarray:
    """All 7 × 7 windows of an image (h, w) as rows, ((h − 6)(w − 6), 49)."""
    return sliding_window_view(image, (WINDOW, WINDOW)).reshape(-1, WINDOW * WINDOW)


def _direction(span: np.ndarray) -> np.ndarray:
    """Which of the eight half windows lies along the edge on the side of the centre pixel, (h − 6, w − 6)."""
    means = _box3(span)  # (h − 2, w − 2); pixel (0, 0) is centred on (1, 1)
    rows, columns = span.shape[0] - 6, span.shape[1] - 6
    at = {(i, j): means[2 * i : 2 * i + rows, 2 * j : 2 * j + columns] for i in range(3) for j in range(3)}
    left, right = at[0, 0] + at[1, 0] + at[2, 0], at[0, 2] + at[1, 2] + at[2, 2]
    top, bottom = at[0, 0] + at[0, 1] + at[0, 2], at[2, 0] + at[2, 1] + at[2, 2]
    upper_right, lower_left = at[0, 1] + at[0, 2] + at[1, 2], at[1, 0] + at[2, 0] + at[2, 1]
    upper_left, lower_right = at[0, 0] + at[0, 1] + at[1, 0], at[1, 2] + at[2, 1] + at[2, 2]
    gradients = np.stack([left - right, top - bottom, upper_right - lower_left, upper_left - lower_right])
    edge = np.argmax(np.abs(gradients), axis=0)
    centre = at[1, 1]
    pairs = (((1, 0), (1, 2)), ((0, 1), (2, 1)), ((0, 2), (2, 0)), ((0, 0), (2, 2)))
    second = np.stack([np.abs(at[far] - centre) < np.abs(at[near] - centre) for near, far in pairs])
    return np.asarray(2 * edge + np.take_along_axis(second, edge[None], axis=0)[0])


def _box3(image: np.ndarray) -> np.ndarray:
    rows = image[:-2] + image[1:-1] + image[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9)


def _half_windows() -> np.ndarray:
    """The eight half windows (8, 7, 7) of 28 pixels each, centre line included, as weights that add up to 1."""
    row, column = np.mgrid[-3:4, -3:4]
    sides = [column <= 0, column >= 0, row <= 0, row >= 0, column >= row, column <= row, row + column <= 0, row + column >= 0]
    masks = np.array(sides, dtype=np.float64)
    return np.asarray(masks / masks.sum(axis=(1, 2), keepdims=True))


_HALVES = _half_windows()
