"""The two optimisers against torch's SGD and TensorFlow's RMSProp, written out."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from sensorscape.training.optimiser import FlatParameters, Optimiser, cosine


def parameters():
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((4, 3, 3, 3), (4,), (2, 4))]


def gradients(step):
    generator = torch.Generator().manual_seed(100 + step)
    return [torch.randn(shape, generator=generator) for shape in ((4, 3, 3, 3), (4,), (2, 4))]


def train(ours, optimiser, steps=5):
    for step in range(steps):
        for tensor, gradient in zip(ours, gradients(step), strict=True):
            tensor.grad += gradient
        optimiser.step(0.1 / (step + 1))


def test_sgd_is_torch_s_with_nesterov_momentum_and_l2_on_everything():
    ours, theirs = parameters(), parameters()
    reference = torch.optim.SGD(theirs, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    for step in range(5):
        for tensor, gradient in zip(theirs, gradients(step), strict=True):
            tensor.grad = gradient
        reference.param_groups[0]["lr"] = 0.1 / (step + 1)
        reference.step()
    train(ours, Optimiser("sgd", FlatParameters(ours), momentum=0.9, weight_decay=0.01, epsilon=1.0))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


def test_rmsprop_is_tensorflow_s_with_epsilon_inside_the_root():
    ours = parameters()
    expected = [tensor.detach().numpy().astype(np.float64) for tensor in ours]
    squares, buffers = [np.ones_like(value) for value in expected], [np.zeros_like(value) for value in expected]
    for step in range(5):
        for i, gradient in enumerate(gradients(step)):
            g = gradient.numpy() + 0.01 * expected[i]
            squares[i] = 0.9 * squares[i] + 0.1 * g**2
            buffers[i] = 0.9 * buffers[i] + 0.1 / (step + 1) * g / np.sqrt(squares[i] + 1.0)
            expected[i] = expected[i] - buffers[i]
    train(ours, Optimiser("rmsprop", FlatParameters(ours), momentum=0.9, weight_decay=0.01, epsilon=1.0))
    for tensor, value in zip(ours, expected, strict=True):
        np.testing.assert_allclose(tensor.detach().numpy(), value, rtol=1e-4, atol=1e-6)


def test_flat_parameters_keep_values_and_lay_kernels_out_channels_last():
    ours, before = parameters(), parameters()
    flat = FlatParameters(ours)
    assert flat.value.numel() == sum(tensor.numel() for tensor in before)
    for a, b in zip(ours, before, strict=True):
        assert torch.equal(a, b)
    assert ours[0].is_contiguous(memory_format=torch.channels_last)
    flat.value.zero_()
    assert not any(tensor.any() for tensor in ours)


def test_an_update_leaves_no_gradient_behind():
    ours = parameters()
    flat = FlatParameters(ours)
    train(ours, Optimiser("sgd", flat, momentum=0.9, weight_decay=0.0, epsilon=1.0), steps=1)
    assert not flat.gradient.any()


@pytest.mark.parametrize(("step", "rate"), [(0, 0.2), (25, 0.1 * (1 + math.sqrt(0.5))), (50, 0.1), (100, 0.0)])
def test_the_rate_falls_along_half_a_cosine(step, rate):
    assert cosine(step, 100, 0.2) == pytest.approx(rate)
