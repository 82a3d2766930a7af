"""The compiled loops against NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sensorscape.training import kernels

FINITE = st.floats(-(2.0**127), 2.0**127, width=32)


def bits(values):
    return torch.from_numpy(values).bfloat16().view(torch.int16).numpy()


def numbers(stored):
    return torch.from_numpy(stored).view(torch.bfloat16).float().numpy()


@settings(deadline=None)  # the first example compiles
@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 9)), elements=FINITE))
def test_bfloat16_is_rounded_as_torch_rounds_it(x):
    ones, zeros = np.ones(x.shape[1], np.float32), np.zeros(x.shape[1], np.float32)
    like, out = np.zeros(x.shape, np.int16), np.zeros(x.shape, np.int16)
    kernels.scale_relu(like, ones, zeros, out)
    assert (out == 0).all()
    kernels.gradient_input(like, bits(np.ones_like(x)), bits(x), ones, zeros, zeros, out)
    assert (numbers(out) == numbers(bits(x))).all()
    # one row at a time, the float32 value comes in as the constant
    for row, value in enumerate(x):
        kernels.scale_relu(like[row : row + 1], ones, np.abs(value), out[row : row + 1])
    assert (numbers(out) == numbers(bits(np.abs(x)))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_are_numpys(dtype):
    rng = np.random.default_rng(0)
    x, out, gradient = (rng.standard_normal((50, 7)).astype(dtype) for _ in range(3))
    total, squares = np.zeros(7), np.zeros(7)
    kernels.sums(x, total, squares)
    np.testing.assert_allclose(total, x.astype(float).sum(0), rtol=1e-12)
    np.testing.assert_allclose(squares, (x.astype(float) ** 2).sum(0), rtol=1e-12)
    kernels.sums(x, total, squares)
    np.testing.assert_allclose(total, 2 * x.astype(float).sum(0), rtol=1e-12)
    total, products = np.zeros(7), np.zeros(7)
    kernels.gradient_sums(x, out, gradient, total, products)
    let_through = np.where(out > 0, gradient, 0).astype(float)
    np.testing.assert_allclose(total, let_through.sum(0), rtol=1e-12)
    np.testing.assert_allclose(products, (let_through * x).sum(0), rtol=1e-12, atol=1e-12)


def test_of_equals_the_first_in_reading_order_is_taken():
    x = np.ones((1, 3, 3), np.float32)
    out, where = np.empty_like(x), np.empty(x.shape, np.uint8)
    kernels.pool3(x, 1, out, where)
    assert where[0].tolist() == [[4, 3, 3], [1, 0, 0], [1, 0, 0]]
    x = np.ones((1, 2, 2, 1), np.float32)
    out, where = np.empty((1, 1, 1, 1), np.float32), np.empty((1, 1, 1, 1), np.uint8)
    kernels.pool2(x, out, where)
    assert where.item() == 0


def test_a_folder_that_cannot_be_written_is_no_error(monkeypatch):
    def no_cache(**options):
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(kernels, "njit", no_cache)
    assert kernels._compiled(len) is len
