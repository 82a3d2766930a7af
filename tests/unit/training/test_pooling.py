"""Pooling is torch's, bit for bit, whatever the number of channels."""

import pytest
import torch
from torch.nn import functional

from sensorscape.training.pooling import max_pool

SETTINGS = {3: (3, 1, 1), 2: (2, 2, 0)}


def values(shape, dtype, seed):
    """With many ties: rounded to halves, most of them zero, not only positive."""
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return ((drawn * 2).round() / 2).clamp(min=-0.5).to(dtype).contiguous(memory_format=torch.channels_last)


def gradients(x, kernel, upstream):
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    a, b = max_pool(ours, kernel), functional.max_pool2d(theirs, *SETTINGS[kernel])
    assert torch.equal(a, b)
    a.backward(upstream(b))
    b.backward(upstream(b))
    return ours.grad, theirs.grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("channels", [1, 3, 8, 11])
@pytest.mark.parametrize(("kernel", "side"), [(3, 8), (3, 2), (3, 1), (2, 8), (2, 7)])
def test_values_and_gradients_are_those_of_torch(channels, kernel, side, dtype):
    x = values((5, channels, side, side), dtype, channels)
    assert torch.equal(*gradients(x, kernel, lambda out: values(out.shape, dtype, channels + 1) * 0.3))
    with torch.no_grad():
        assert torch.equal(max_pool(x, kernel), functional.max_pool2d(x, *SETTINGS[kernel]))


@pytest.mark.parametrize(("kernel", "height", "width"), [(3, 3, 7), (2, 6, 5)])
def test_patches_need_not_be_square(kernel, height, width):
    x = values((2, 4, height, width), torch.float32, 0)
    assert torch.equal(*gradients(x, kernel, lambda out: values(out.shape, torch.float32, 1)))


@pytest.mark.parametrize("channels", [3, 16])
@pytest.mark.parametrize("kernel", [2, 3])
def test_bfloat16_gradients_are_added_up_in_float32(channels, kernel):
    x = values((4, channels, 8, 8), torch.bfloat16, 2)
    ours = x.clone().requires_grad_()
    exact = x.float().requires_grad_()
    out, expected = max_pool(ours, kernel), functional.max_pool2d(exact, *SETTINGS[kernel])
    assert torch.equal(out.float(), expected)
    upstream = torch.randn(out.shape, generator=torch.Generator().manual_seed(3)).bfloat16()
    out.backward(upstream)
    expected.backward(upstream.float())
    assert torch.equal(ours.grad, exact.grad.bfloat16())


@pytest.mark.parametrize("kernel", [2, 3])
def test_values_in_rows_of_channels_and_gradients_in_another_layout_are_understood(kernel):
    x = values((3, 5, 6, 6), torch.float32, 4).contiguous()
    assert torch.equal(*gradients(x, kernel, lambda out: values(out.shape, torch.float32, 5).contiguous()))


@pytest.mark.parametrize("kernel", [2, 3])
def test_what_is_not_a_number_is_passed_on_from_every_place_of_a_window(kernel):
    for place in range(36):
        x = values((1, 2, 6, 6), torch.float32, 6)
        x[0, 1, place // 6, place % 6] = torch.nan
        torch.testing.assert_close(max_pool(x, kernel), functional.max_pool2d(x, *SETTINGS[kernel]), rtol=0, atol=0, equal_nan=True)
