"""Pooling is torch's, bit for bit, whatever the number of channels."""

import pytest
import torch
from torch.nn import functional

from sensorscape.training.pooling import max_pool


@pytest.mark.parametrize("channels", [1, 3, 8, 11])
@pytest.mark.parametrize(("kernel", "stride", "padding", "side"), [(3, 1, 1, 8), (3, 1, 1, 1), (2, 2, 0, 8), (2, 2, 0, 7)])
def test_values_and_gradients_are_those_of_torch(channels, kernel, stride, padding, side):
    generator = torch.Generator().manual_seed(channels)
    x = torch.randn(5, channels, side, side, generator=generator).relu().contiguous(memory_format=torch.channels_last)  # ties at 0
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    a, b = max_pool(ours, kernel, stride, padding), functional.max_pool2d(theirs, kernel, stride, padding)
    assert torch.equal(a, b)
    upstream = torch.randn(b.shape, generator=generator)
    a.backward(upstream)
    b.backward(upstream)
    assert torch.equal(ours.grad, theirs.grad)
    with torch.no_grad():
        assert torch.equal(max_pool(x, kernel, stride, padding), b)
