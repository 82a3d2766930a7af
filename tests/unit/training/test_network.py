"""The network is NASBench-101's: parameter counts, values, gradients, statistics."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from training_runs import CELLS, DEEP, SMALL, TRIVIAL, PlainNetwork, network

from sensorscape.cells import Cell, parameters
from sensorscape.errors import SensorscapeError
from sensorscape.training.network import Network

PAPER = network(stem=128, stacks=3, cells=3, batch_norm_momentum=0.003)
PUBLISHED = [  # trainable parameters as NASBench-101 publishes them (3 channels, 10 classes)
    ([(0, 1)], [], 3, 10, 882570),
    (
        [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)],
        ["conv1x1", "conv3x3", "conv3x3", "conv3x3", "maxpool3x3"],
        3,
        10,
        2694282,
    ),
    (
        [(0, 1), (0, 4), (0, 5), (1, 2), (2, 3), (2, 6), (3, 5), (4, 5), (5, 6)],
        ["conv3x3", "maxpool3x3", "conv3x3", "conv3x3", "conv1x1"],
        3,
        10,
        8555530,
    ),
    (
        [(0, 1), (0, 2), (0, 5), (0, 6), (1, 5), (2, 3), (3, 4), (4, 5), (5, 6)],
        ["conv1x1", "conv3x3", "maxpool3x3", "conv3x3", "conv3x3"],
        3,
        10,
        32426634,
    ),
    ([(0, 1)], [], 10, 17, 894225),
    ([(0, 1), (1, 2)], ["conv1x1"], 10, 17, 1931793),
    ([(0, 1), (1, 2)], ["conv3x3"], 10, 17, 10189329),
    ([(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (3, 4)], ["conv1x1", "conv3x3", "maxpool3x3"], 10, 17, 12974353),
    ([(0, 1), (0, 2), (0, 4), (1, 3), (2, 4), (3, 4)], ["conv1x1", "maxpool3x3", "conv3x3"], 10, 17, 4353809),
    ([(0, 1), (0, 4), (1, 2), (1, 3), (1, 4), (2, 4), (3, 4)], ["conv3x3", "maxpool3x3", "maxpool3x3"], 10, 17, 2227379),
]


def count(network):
    return sum(tensor.numel() for tensor in network.parameters())


def double(cell, channels=4, shape=None, seed=0):
    """Our network and the textbook one with the same float64 weights and uneven running statistics."""
    shape = shape or network()
    ours = Network(cell, shape, [channels], 5)
    ours.initialise(seed, published=False)
    ours.double()
    generator = torch.Generator().manual_seed(seed)
    for layer in ours.layers():
        for tensor in (layer.scale, layer.shift, layer.mean):
            tensor.data.normal_(0.5, 0.5, generator=generator)
        layer.variance.uniform_(0.5, 2, generator=generator)
    plain = PlainNetwork(cell, shape, channels, 5).double()
    pairs = plain.like(ours)
    return ours, plain, pairs


def images(n=3, channels=4, side=8, seed=1):
    x = torch.randn(n, channels, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("edges", "operations", "channels", "classes", "published"), PUBLISHED)
def test_the_parameter_count_is_the_published_one(edges, operations, channels, classes, published):
    with torch.device("meta"):
        assert count(Network(Cell.from_edges(edges, operations), PAPER, [channels], classes)) == published


@pytest.mark.parametrize("channels", [3, 8, 10, 18])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_parameter_count_agrees_with_the_formula_for_every_sensor(cell, channels):
    with torch.device("meta"):
        assert count(Network(cell, network(stem=16), [channels], 17)) == parameters(cell, channels, 17, stem=16, stacks=2, cells=1)


def test_late_fusion_has_a_trunk_per_array_and_one_dense_layer():
    late = Network(SMALL, network(sensors="late"), [3, 4], 5)
    assert count(late) == parameters(SMALL, [3, 4], 5, stem=6, stacks=2, cells=1)
    late.initialise(0, published=False)
    late.eval()
    x = images(channels=7).float()
    with torch.no_grad():
        whole = late(x)
        features = torch.cat([late.trunks[0](x[:, :3]), late.trunks[1](x[:, 3:])], 1)
    assert torch.equal(whole, functional.linear(features, late.weight, late.bias))


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_values_gradients_and_statistics_are_those_of_the_textbook_network_for_any_cell(data):
    vertices = data.draw(st.integers(2, 7))
    pairs = [(i, j) for i in range(vertices) for j in range(i + 1, vertices)]
    edges = data.draw(st.sets(st.sampled_from(pairs), min_size=1, max_size=9))
    operations = data.draw(st.lists(st.sampled_from(["conv1x1", "conv3x3", "maxpool3x3"]), min_size=vertices - 2, max_size=vertices - 2))
    try:
        cell = Cell.from_edges(edges, operations) if vertices == 1 + max(j for _, j in edges) else None
    except SensorscapeError:
        cell = None
    if cell is None:
        return
    shape = network(stem=data.draw(st.integers(5, 9)), stacks=2, cells=data.draw(st.integers(1, 2)))
    ours, plain, tensors = double(cell, shape=shape, seed=data.draw(st.integers(0, 99)))
    x, y = images(), torch.tensor([0, 3, 4])
    functional.cross_entropy(ours(x), y).backward()
    functional.cross_entropy(plain(x), y).backward()
    ours.update_statistics(shape.batch_norm_momentum)
    for module, layer, part in tensors:
        torch.testing.assert_close(layer.weight.grad[part], module[0].weight.grad)
        torch.testing.assert_close(layer.scale.grad[part], module[1].weight.grad)
        torch.testing.assert_close(layer.mean[part], module[1].running_mean)
        torch.testing.assert_close(layer.variance[part], module[1].running_var)
    ours.eval()
    plain.eval()
    with torch.no_grad():
        torch.testing.assert_close(ours(x), plain(x))


def test_recomputed_activations_give_the_same_numbers_and_count_a_batch_once():
    (one, _, _), (two, _, _) = double(DEEP), double(DEEP)
    two.recompute_activations()
    for net in (one, two):
        functional.cross_entropy(net(images()), torch.tensor([0, 1, 2])).backward()
        net.update_statistics(0.1)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a.grad, b.grad)
    for a, b in zip(one.buffers(), two.buffers(), strict=True):
        assert torch.equal(a, b)


def test_a_forward_pass_alone_moves_no_statistics():
    ours, _, _ = double(SMALL)
    before = [tensor.clone() for tensor in ours.buffers()]
    ours(images())
    assert all(torch.equal(a, b) for a, b in zip(before, ours.buffers(), strict=True))


def test_initialisation_follows_its_seed_and_its_formula():
    one, two, other = (Network(TRIVIAL, network(stem=64), [10], 17) for _ in range(3))
    one.initialise(1, published=True)
    two.initialise(1, published=True)
    other.initialise(2, published=True)
    assert torch.equal(one.trunks[0].stem.weight, two.trunks[0].stem.weight)
    assert not torch.equal(one.trunks[0].stem.weight, other.trunks[0].stem.weight)
    weight = one.trunks[0].stem.weight
    deviation = (1 / 90) ** 0.5
    assert weight.std().item() == pytest.approx(deviation, rel=0.05)
    assert weight.abs().max().item() <= 2 * deviation / 0.8796256610342398 * 1.0001
    two.initialise(1, published=False)
    assert two.trunks[0].stem.weight.std().item() == pytest.approx((2 / 90) ** 0.5, rel=0.05)
