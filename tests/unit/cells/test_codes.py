"""The 289-bit code by hand, and its packed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import Cell, codes
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError

ROWS = st.integers(0, 423_623)


def code_with(*edges):
    """A code with edges between slots."""
    code = np.zeros(codes.BITS, dtype=np.uint8)
    for x, y in edges:
        code[x * codes.SLOTS + y] = 1
    return code


def test_slots_are_the_input_five_of_every_operation_and_the_output():
    conv3x3, conv1x1, pool = 0, 1, 2
    assert codes.slots_of([]) == [0, 16]
    assert codes.slots_of([conv3x3, conv1x1, conv3x3, pool, conv1x1]) == [0, 6, 1, 7, 11, 2, 16]


def test_an_edge_may_run_backwards_in_the_order_of_the_slots():
    cell = Cell.from_edges([(0, 1), (1, 2), (2, 3)], ["maxpool3x3", "conv1x1"])
    assert np.array_equal(cell.code, code_with((0, 11), (11, 1), (1, 16)))


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_the_code_of_a_cell_leads_back_to_it_and_has_a_bit_per_edge(row):
    cell = space().cell(row)
    matrix, digits = codes.graph_of(cell.code)
    assert Cell.of(matrix, [("conv3x3", "conv1x1", "maxpool3x3")[digit] for digit in digits]) == cell
    assert Cell.from_code(cell.code) == Cell.from_code("".join(map(str, cell.code))) == cell
    assert cell.code.sum() == cell.edges
    assert np.array_equal(codes.pack(cell.code), space().words[row])


@given(st.lists(st.integers(0, 288), max_size=12), st.integers(1, 3))
def test_packing_keeps_every_bit_in_its_place(bits, copies):
    code = np.zeros((copies, codes.BITS), dtype=np.uint8)
    code[:, bits] = 1
    words = codes.pack(code)
    assert words.shape == (copies, codes.WORDS)
    assert [int(words[0, bit // 64]) >> bit % 64 & 1 for bit in range(codes.BITS)] == code[0].tolist()
    assert np.array_equal(codes.unpack(words), code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (np.zeros(288, dtype=np.uint8), "289 entries"),
        (np.full(289, 2), "289 entries"),
        (code_with((1, 0)), "edge into the input"),
        (code_with((16, 1)), "out of the output"),
        (code_with((0, 2), (2, 16)), r"slots \[2\] but not all of the operation's earlier ones"),
        (code_with((0, 1), (1, 6), (6, 1), (6, 16)), "cycle"),
        (code_with((0, 1), (1, 1), (1, 16)), "cycle"),
        (code_with(), "no path"),
        (code_with((0, 2), (2, 1), (1, 16)), "not that of its cell"),
    ],
)
def test_what_is_no_cells_code_is_refused_with_its_reason(code, reason):
    with pytest.raises(SensorscapeError, match=reason):
        Cell.from_code(code)
    with pytest.raises(SensorscapeError, match=reason):
        Cell.from_code("".join(map(str, code)))


def test_of_289_bits_only_121_are_ever_set():
    """Two operations share five inner vertices: slot k of one and slot m of another exist together only if k + m ≤ 5."""
    inner = 3 * 10 + 3 * 2 * 10  # within an operation upwards, between two in both directions
    assert int(codes.unpack(np.bitwise_or.reduce(space().words)).sum()) == inner + 15 + 15 + 1 == 121
