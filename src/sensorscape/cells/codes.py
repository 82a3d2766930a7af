"""The 289-bit code: 17 slots by operation, 17 × 17 adjacency flattened row by row; packed into uint64 words.

Slots in the order input, conv1x1 ×5, conv3x3 ×5, maxpool3x3 ×5, output; the k-th vertex of an operation takes that
operation's k-th slot. Edges may run backwards in slot order. Source: Traoré et al., "Landscape of Neural Architecture Search
across sensors", Section 2 (encoding of White et al.); always of the cell's first graph in NASBench-101's enumeration, on
which the code is injective.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sensorscape.errors import SensorscapeError

SLOTS = 17
BITS = SLOTS * SLOTS
WORDS = 5
OUTPUT_SLOT = SLOTS - 1
_FIRST_SLOT = (6, 1, 11)  # of conv3x3, conv1x1, maxpool3x3: by operation digit
_PER_OPERATION = 5


def slots_of(digits: Sequence[int]) -> list[int]:
    """Slots of all V vertices, input and output included, from the inner vertices' operation digits."""
    used = [0, 0, 0]
    slots = [0]
    for digit in digits:
        slots.append(_FIRST_SLOT[digit] + used[digit])
        used[digit] += 1
    return [*slots, OUTPUT_SLOT]


def code_of(matrix: NDArray[np.uint8], digits: Sequence[int]) -> NDArray[np.uint8]:
    """Code (289,) uint8 of a graph with adjacency `matrix` [V, V]."""
    slots = np.array(slots_of(digits))
    square = np.zeros((SLOTS, SLOTS), dtype=np.uint8)
    square[np.ix_(slots, slots)] = matrix
    return square.reshape(-1)


def graph_of(code: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[int]]:
    """Matrix [V, V] in a topological order and inner operation digits of a code (289,).

    Raises:
        SensorscapeError: when the code has other entries than 0 and 1, another length, a cycle, edges into the input or out
            of the output, or leaves out a slot before a used one.
    """
    code = np.asarray(code)
    if code.shape != (BITS,) or not np.isin(code, (0, 1)).all():
        raise SensorscapeError(f"a code has {BITS} entries 0 or 1, this one has shape {code.shape}", "write the code as 289 digits 0 and 1")
    square = code.reshape(SLOTS, SLOTS).astype(np.uint8)
    used = [slot for slot in range(1, OUTPUT_SLOT) if square[slot].any() or square[:, slot].any()]
    if square[:, 0].any() or square[OUTPUT_SLOT].any():
        raise SensorscapeError("the code has an edge into the input or out of the output", "no cell has this code")
    for first in _FIRST_SLOT:
        block = [slot for slot in used if first <= slot < first + _PER_OPERATION]
        if block != list(range(first, first + len(block))):
            raise SensorscapeError(f"the code uses slots {block} but not all of the operation's earlier ones", "no cell has this code")
    order = [0]
    waiting = list(used)
    while waiting:
        ready = [slot for slot in waiting if not square[np.ix_([*set(waiting) - {slot}], [slot])].any() and not square[slot, slot]]
        if not ready:
            raise SensorscapeError(f"the code has a cycle through slots {waiting}", "no cell has this code")
        order.append(ready[0])
        waiting.remove(ready[0])
    order.append(OUTPUT_SLOT)
    digits = [next(digit for digit in range(3) if 0 <= slot - _FIRST_SLOT[digit] < _PER_OPERATION) for slot in order[1:-1]]
    return square[np.ix_(order, order)], digits


def pack(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Codes (..., 289) of 0/1 as uint64 words (..., 5): bit i of a code is bit i % 64 of word i // 64."""
    padded = np.zeros((*codes.shape[:-1], WORDS * 64), dtype=np.uint8)
    padded[..., :BITS] = codes
    return np.packbits(padded, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


def unpack(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The inverse of `pack`: words (..., 5) to codes (..., 289), uint8."""
    octets = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(octets, axis=-1, bitorder="little")[..., :BITS]
