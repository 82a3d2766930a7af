import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from sensorscape.training.normalise import EPSILON, BatchNormRelu, quick_for


def images(n, channels, height, width, seed=0, dtype=torch.float64):
    values = torch.randn(n, height, width, channels, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    return values.permute(0, 3, 1, 2)


def plain(x, scale, shift):
    return functional.relu(functional.batch_norm(x, None, None, scale, shift, training=True, eps=EPSILON))


@settings(deadline=None)
@given(st.integers(2, 5), st.integers(1, 33), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_values_and_gradients_are_those_of_batch_norm_and_relu(n, channels, height, width, seed):
    x = images(n, channels, height, width, seed) * 3 + 1
    scale, shift = images(1, channels, 1, 2, seed + 1).reshape(2, channels)
    gradient = images(n, channels, height, width, seed + 2)
    ours = [t.clone().requires_grad_() for t in (x, scale, shift)]
    theirs = [t.clone().requires_grad_() for t in (x, scale, shift)]
    out, _, _ = BatchNormRelu.apply(*ours)
    expected = plain(*theirs)
    torch.testing.assert_close(out, expected)
    for mine, reference in zip(torch.autograd.grad(out, ours, gradient), torch.autograd.grad(expected, theirs, gradient), strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("channels", [3, 5, 8, 21])
def test_mean_and_inverse_deviation_are_those_of_the_batch(channels):
    x = images(4, channels, 6, 5)
    _, mean, inverse = BatchNormRelu.apply(x, torch.ones(channels, dtype=x.dtype), torch.zeros(channels, dtype=x.dtype))
    torch.testing.assert_close(mean, x.mean((0, 2, 3)))
    torch.testing.assert_close(inverse, (x.var((0, 2, 3), correction=0) + EPSILON).rsqrt())


def test_float32_keeps_its_digits_where_the_mean_is_far_from_zero():
    x = images(8, 5, 16, 16) + 1000
    scale, shift = torch.ones(5, dtype=x.dtype), torch.zeros(5, dtype=x.dtype)
    expected, found = plain(x, scale, shift), BatchNormRelu.apply(x.float(), scale.float(), shift.float())[0]
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=2e-3)


def test_a_gradient_in_another_memory_layout_is_understood():
    x = images(2, 3, 4, 4).requires_grad_()
    scale, shift = torch.ones(3, dtype=x.dtype), torch.zeros(3, dtype=x.dtype)
    out, _, _ = BatchNormRelu.apply(x, scale, shift)
    gradient = images(2, 3, 4, 4, 1)
    one, two = (torch.autograd.grad(out, x, g, retain_graph=True)[0] for g in (gradient, gradient.contiguous()))
    assert torch.equal(one, two)


def test_of_one_channel_every_value_beside_counts():
    x = images(3, 1, 8, 8).requires_grad_()
    scale = torch.ones(1, dtype=x.dtype, requires_grad=True)
    gradient = images(3, 1, 8, 8, 1)
    out, _, _ = BatchNormRelu.apply(x, scale, torch.full((1,), 0.3, dtype=x.dtype))
    expected = plain(x, scale, torch.full((1,), 0.3, dtype=x.dtype))
    for mine, reference in zip(
        torch.autograd.grad(out, (x, scale), gradient), torch.autograd.grad(expected, (x, scale), gradient), strict=True
    ):
        torch.testing.assert_close(mine, reference)


@pytest.mark.parametrize("channels", [3, 16])
def test_bfloat16_is_the_exact_result_rounded_once(channels):
    x = images(4, channels, 8, 8, dtype=torch.float32).bfloat16().requires_grad_()
    exact = x.detach().double().requires_grad_()
    scale, shift = torch.full((channels,), 1.5), torch.full((channels,), 0.25)
    out, mean, _ = BatchNormRelu.apply(x, scale, shift)
    expected = plain(exact, scale.double(), shift.double())
    assert out.dtype == torch.bfloat16
    assert mean.dtype == torch.float32
    torch.testing.assert_close(out, expected.bfloat16(), rtol=2**-7, atol=1e-6)
    assert (out == expected.bfloat16()).float().mean() > 0.99
    gradient = images(4, channels, 8, 8, 1, dtype=torch.float32).bfloat16()
    (mine,), (reference,) = torch.autograd.grad(out, x, gradient), torch.autograd.grad(expected, exact, gradient.double())
    torch.testing.assert_close(mine.double(), reference, rtol=2**-7, atol=1e-4)


def test_what_is_not_a_number_stays_so():
    x = images(2, 3, 4, 4)
    x[0, 1, 2, 2] = torch.nan
    out, _, _ = BatchNormRelu.apply(x, torch.ones(3, dtype=x.dtype), torch.zeros(3, dtype=x.dtype))
    assert out[:, 1].isnan().all()
    assert out[:, ::2].isfinite().all()


def test_torchs_own_serves_other_layouts():
    assert quick_for(images(2, 5, 4, 4))
    assert quick_for(images(2, 16, 4, 4))
    assert not quick_for(images(2, 5, 4, 4).contiguous())
    assert not quick_for(images(2, 5, 4, 4).to("meta"))
