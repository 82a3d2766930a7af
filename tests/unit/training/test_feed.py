"""Batches by permutation: the same patches in the same order, resident or streamed, whatever the channels."""

import h5py
import numpy as np
import pytest
import torch
from training_runs import SIZES, sensor, write_subset

from sensorscape.errors import SensorscapeError
from sensorscape.patches.load import load
from sensorscape.training.feed import Augmentation, epoch_order, open_feed

CPU = torch.device("cpu")
DEFINITIONS = [{"sen2": "all"}, {"sen2": [2, 0]}, {"sen1": [1, 2], "sen2": "all"}, {"sen1": [1]}]


@pytest.fixture(scope="module")
def subset(tmp_path_factory):
    return write_subset(tmp_path_factory.mktemp("subset") / "subset.h5")


def feed_of(subset, definition=None, precision="float32", room=1 << 30, slab=1 << 30):
    return open_feed(subset, sensor(definition), CPU, precision, room=room, slab=slab)


def collect(feed, order, batch, start=0):
    parts = list(feed.batches(feed.train, order, batch, start))
    return [len(y) for _, y in parts], torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts])


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
def test_batches_hold_the_patches_of_the_subset_in_the_order_asked_for(subset, definition):
    data = load(subset, dict(sorted(definition.items())))
    order = epoch_order(3, 0, 40)
    sizes, x, y = collect(feed_of(subset, definition), order, 16)
    assert sizes == [16, 16, 8]
    np.testing.assert_array_equal(x.permute(0, 2, 3, 1).numpy(), data.train[order])
    np.testing.assert_array_equal(y.numpy(), data.train_labels[order])


@pytest.mark.parametrize("definition", DEFINITIONS, ids=str)
@pytest.mark.parametrize("slab", [1, 10_000])
def test_streamed_batches_are_the_resident_ones(subset, definition, slab):
    order = epoch_order(3, 1, 40)
    resident, streamed = feed_of(subset, definition), feed_of(subset, definition, room=0, slab=slab)
    assert resident.resident
    assert not streamed.resident
    for start in (0, 2):
        (a, x, y), (b, v, w) = collect(resident, order, 12, start), collect(streamed, order, 12, start)
        assert a == b
        assert torch.equal(x, v)
        assert torch.equal(y, w)


def test_patches_are_channels_last_in_memory(subset):
    x, _ = next(iter(feed_of(subset).batches(feed_of(subset).train, torch.arange(40), 8)))
    assert x.shape == (8, SIZES["sen2"], 8, 8)
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_nothing_is_left_of_an_epoch_whose_batches_are_done(subset):
    feed = feed_of(subset)
    assert list(feed.batches(feed.train, torch.arange(40), 8, start=5)) == []


def test_orders_are_permutations_that_follow_seed_and_epoch():
    orders = [epoch_order(seed, epoch, 50) for seed in (0, 1) for epoch in (0, 1)]
    assert all(torch.equal(order.sort().values, torch.arange(50)) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) == 4
    assert torch.equal(orders[0], epoch_order(0, 0, 50))


def test_bfloat16_recipes_keep_patches_in_float16_where_every_value_fits(tmp_path, subset):
    assert feed_of(subset, precision="bfloat16").dtype == torch.float16
    large = write_subset(tmp_path / "large.h5")
    with h5py.File(large, "r+") as file:
        file["train/sen2"][3, 2, 2, 1] = -70000.0
    assert feed_of(large, precision="bfloat16").dtype == torch.bfloat16
    assert feed_of(large).dtype == torch.float32


def test_a_missing_subset_and_another_file_are_named(tmp_path):
    with pytest.raises(SensorscapeError, match="is missing"):
        feed_of(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(SensorscapeError, match="is not a subset"):
        feed_of(tmp_path / "text.h5")


def test_an_empty_split_is_named(tmp_path):
    with pytest.raises(SensorscapeError, match="has no test patches"):
        feed_of(write_subset(tmp_path / "subset.h5", test=0))


def batch(n=6, side=5):
    return torch.arange(n * 2 * side * side, dtype=torch.float32).reshape(n, 2, side, side).contiguous(memory_format=torch.channels_last)


def test_no_augmentation_is_the_batch_itself():
    x = batch()
    assert Augmentation("none", 0, 0, 6, CPU)(x, 0) is x


def test_flips_turn_each_patch_by_draws_of_its_own():
    x, augment = batch(64), Augmentation("flips", 1, 2, 64, CPU)
    y = augment(x, 0)
    kinds = []
    for before, after in zip(x, y, strict=True):
        turned = {(v, h): before.flip([axis for axis, on in ((1, v), (2, h)) if on]) for v in (0, 1) for h in (0, 1)}
        kinds.append(next(kind for kind, image in turned.items() if torch.equal(image, after)))
    assert set(kinds) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert torch.equal(augment(x[10:20], 10), y[10:20])


def test_crops_shift_a_patch_over_zeros():
    x = batch(40) + 1
    augment = Augmentation("flips+crops", 5, 0, 40, CPU)
    augment.flips[:] = False
    y = augment(x, 0)
    padded = torch.nn.functional.pad(x, [4] * 4)
    for i in range(40):
        row, column = (int(offset) for offset in augment.offsets[:, i])
        assert torch.equal(y[i], padded[i, :, row : row + 5, column : column + 5])
    assert len({tuple(pair) for pair in augment.offsets.T.tolist()}) > 10
