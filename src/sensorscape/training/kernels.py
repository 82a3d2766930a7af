"""Loops over channels-last arrays that torch runs slowly on a CPU: batch norm with ReLU, and max pooling.

Compiled by Numba on first use, once a machine. Every function takes NumPy arrays of float32, float64, or the bits of bfloat16 as
int16; what it computes in is float32 for the latter. One thread each, since a fleet has a process per core.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_BYTE = np.uint8


def _compiled(function: Callable[..., Any]) -> Any:
    """Compiled to machine code that is kept for the next process, or for this one only where no folder can be written."""
    options = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)


def _primitive(generator: Callable[..., Any]) -> Any:
    """An operation of compiled code that NumPy has no name for, given by what it compiles to."""
    return intrinsic(generator)


@_primitive
def _widen(typing: Any, stored: Any) -> Any:
    """The number that is stored: itself, or for the bits of a bfloat16 that as float32."""
    if stored != types.int16:
        return stored(stored), lambda context, builder, signature, values: values[0]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = builder.shl(builder.zext(values[0], ir.IntType(32)), ir.IntType(32)(16))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(stored), generate


@_primitive
def _narrow(typing: Any, number: Any, like: Any) -> Any:
    """A number as `like` is stored: bfloat16 is rounded to nearest, ties to even."""
    if like != types.int16:
        return like(number, like), lambda context, builder, signature, values: context.cast(builder, values[0], number, like)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        word = ir.IntType(32)
        bits = builder.bitcast(context.cast(builder, values[0], number, types.float32), word)
        odd = builder.and_(builder.lshr(bits, word(16)), word(1))
        rounded = builder.add(bits, builder.add(word(0x7FFF), odd))
        return builder.trunc(builder.lshr(rounded, word(16)), ir.IntType(16))

    return types.int16(number, like), generate


@_primitive
def _only_if(typing: Any, condition: Any, number: Any) -> Any:
    """The number, or 0 of its type where the condition does not hold."""
    return number(types.boolean, number), lambda context, builder, signature, values: builder.select(
        context.cast(builder, values[0], condition, types.boolean), values[1], context.get_constant(number, 0)
    )


@_compiled
def sums(x: Any, total: Any, squares: Any) -> None:
    """Add up every column of x (n, k) and its squares, in float64."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            value = np.float64(_widen(x[row, column]))
            total[column] += value
            squares[column] += value * value


@_compiled
def scale_relu(x: Any, factor: Any, constant: Any, out: Any) -> None:
    """out = max(0, x · factor + constant), arrays (n, k) and columns (k,); what is not a number stays so."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            value = _widen(x[row, column]) * factor[column] + constant[column]
            out[row, column] = _narrow(_only_if(not value <= 0, value), x[row, column])


@_compiled
def gradient_sums(x: Any, out: Any, gradient: Any, total: Any, products: Any) -> None:
    """Add up the columns of the gradient where `out` is above 0, and of its product with x, in float64."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            value = np.float64(_only_if(not _widen(out[row, column]) <= 0, _widen(gradient[row, column])))
            total[column] += value
            products[column] += value * np.float64(_widen(x[row, column]))


@_compiled
def gradient_input(x: Any, out: Any, gradient: Any, factor: Any, slope: Any, constant: Any, result: Any) -> None:
    """result = gradient where `out` is above 0 · factor + x · slope + constant."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            kept = _only_if(not _widen(out[row, column]) <= 0, _widen(gradient[row, column]) * factor[column])
            result[row, column] = _narrow(kept + (_widen(x[row, column]) * slope[column] + constant[column]), x[row, column])


@_compiled
def _take_larger(other: Any, code: Any, best: Any, where: Any) -> None:
    """Put what is larger of `other` (n,) into `best`, and its code into `where`; the first of equals stays; NaN is taken, as in torch."""
    for at in range(best.size):
        value = _widen(other[at])
        larger = (value > _widen(best[at])) | (value != value)
        best[at] = other[at] if larger else best[at]
        where[at] = code if larger else where[at]


@_compiled
def _take_larger_row(other: Any, places: Any, code: Any, best: Any, where: Any) -> None:
    """As `_take_larger`, where every value brings its own place, to which the code is added."""
    for at in range(best.size):
        value = _widen(other[at])
        larger = (value > _widen(best[at])) | (value != value)
        best[at] = other[at] if larger else best[at]
        where[at] = places[at] + code if larger else where[at]


@_compiled
def _across(row: Any, channels: Any, best: Any, where: Any) -> None:
    """Maxima of each pixel of a row (w · C,) and its two neighbours; places 0 left, 1 here, 2 right, the leftmost of equals."""
    inner = row.size - channels
    for at in range(channels):
        best[at] = row[at]
        where[at] = _BYTE(1)
    left, here = row[:inner], row[channels:]
    best_inner, where_inner = best[channels:], where[channels:]
    for at in range(inner):
        value = _widen(here[at])
        larger = (value > _widen(left[at])) | (value != value)
        best_inner[at] = here[at] if larger else left[at]
        where_inner[at] = _BYTE(1) if larger else _BYTE(0)
    _take_larger(here, _BYTE(2), best[:inner], where[:inner])


@_compiled
def pool3(x: Any, channels: Any, out: Any, where: Any) -> None:
    """Maxima over 3×3 windows, stride 1, of x (b, h, w · C), and which of the nine (row by row) it was, (b, h, w · C) uint8.

    Separable: along the row, then over three rows. Of equals the first in reading order, as in torch.
    """
    images, height, width = x.shape
    best, place = np.empty((3, width), x.dtype), np.empty((3, width), np.uint8)
    for image in range(images):
        for row in range(height + 1):
            if row < height:
                _across(x[image, row], channels, best[row % 3], place[row % 3])
            centre = row - 1
            if centre < 0:
                continue
            target, target_where = out[image, centre], where[image, centre]
            top = max(centre - 1, 0)
            target[:] = best[top % 3]
            for at in range(width):
                target_where[at] = place[top % 3, at] + _BYTE(3 * (top - centre + 1))
            if top != centre:
                _take_larger_row(best[centre % 3], place[centre % 3], _BYTE(3), target, target_where)
            if row < height:
                _take_larger_row(best[row % 3], place[row % 3], _BYTE(6), target, target_where)


@_compiled
def _add_where(gradient: Any, where: Any, code: Any, total: Any) -> None:
    for at in range(total.size):
        total[at] += _only_if(where[at] == code, _widen(gradient[at]))


@_compiled
def pool3_gradient(gradient: Any, where: Any, channels: Any, total: Any, result: Any) -> None:
    """Gradients of x of `pool3`: (b, h, w · C); `total` (w · C,) is room to add in, of the type that is computed in."""
    images, height, width = gradient.shape
    inner = width - channels
    for image in range(images):
        for row in range(height):
            total[:] = 0
            for source in range(max(row - 1, 0), min(row + 2, height)):
                given, code = gradient[image, source], where[image, source]
                first = 3 * (row - source + 1)
                _add_where(given[:inner], code[:inner], _BYTE(first + 2), total[channels:])
                _add_where(given, code, _BYTE(first + 1), total)
                _add_where(given[channels:], code[channels:], _BYTE(first), total[:inner])
            target = result[image, row]
            for at in range(width):
                target[at] = _narrow(total[at], target[at])


@_compiled
def pool2(x: Any, out: Any, where: Any) -> None:
    """Maxima over 2×2 windows, stride 2, of x (b, h, w, C), and which of the four it was, (b, h // 2, w // 2, C) uint8."""
    for image in range(out.shape[0]):
        for row in range(out.shape[1]):
            for column in range(out.shape[2]):
                best, place = out[image, row, column], where[image, row, column]
                best[:] = x[image, 2 * row, 2 * column]
                place[:] = _BYTE(0)
                _take_larger(x[image, 2 * row, 2 * column + 1], _BYTE(1), best, place)
                _take_larger(x[image, 2 * row + 1, 2 * column], _BYTE(2), best, place)
                _take_larger(x[image, 2 * row + 1, 2 * column + 1], _BYTE(3), best, place)


@_compiled
def pool2_gradient(gradient: Any, where: Any, result: Any) -> None:
    """Gradients of x of `pool2`, into zeros (b, h, w, C)."""
    for image in range(gradient.shape[0]):
        for row in range(gradient.shape[1]):
            for column in range(gradient.shape[2]):
                for at in range(gradient.shape[3]):
                    place = where[image, row, column, at]
                    result[image, 2 * row + place // 2, 2 * column + place % 2, at] = gradient[image, row, column, at]
