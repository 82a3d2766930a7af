import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorscape.errors import SensorscapeError
from sensorscape.patches.split import blocks, draw_share, overlap_share, split_groups, split_random

# patches per class of So2Sat's training file
SO2SAT = (5068, 24431, 31693, 8651, 16493, 35290, 3269, 39326, 13584, 11954, 42902, 9514, 9165, 41377, 2392, 7898, 49359)


def test_the_papers_shares_give_the_papers_numbers() -> None:
    classes = np.repeat(np.arange(17), SO2SAT)
    split = split_random(np.arange(352_366), classes, test_share=0.2, train_share=0.35, rng=np.random.default_rng(0))
    assert (len(split.train), len(split.test)) == (98_662, 70_473)
    shares = np.bincount(classes[split.test]) / len(split.test)
    np.testing.assert_allclose(shares, np.array(SO2SAT) / 352_366, atol=2e-5)


@given(st.lists(st.integers(2, 40), min_size=1, max_size=6), st.floats(0.05, 0.9), st.floats(0.05, 1), st.integers(0, 2**32 - 1))
def test_a_random_split_is_disjoint_and_holds_every_class_twice(
    counts: list[int], test_share: float, train_share: float, seed: int
) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    rows = 7 + 3 * np.arange(len(classes))
    split = split_random(rows, classes, test_share=test_share, train_share=train_share, rng=np.random.default_rng(seed))
    assert not set(split.train) & set(split.test)
    assert set(split.train) | set(split.test) <= set(rows)
    for part in (split.train, split.test):
        assert (np.diff(part) > 0).all()
        assert set(classes[(part - 7) // 3]) == set(range(len(counts)))
    if test_share * len(rows) >= len(counts) and train_share * (len(rows) - len(split.test)) >= len(counts):
        assert abs(len(split.test) - int(test_share * len(rows))) <= len(counts)
        assert len(split.train) <= max(int(train_share * (len(rows) - len(split.test))), len(counts))


def test_a_class_with_one_patch_is_named_with_its_row() -> None:
    with pytest.raises(SensorscapeError, match=r"class 2 has one accepted patch \(row 40\)"):
        split_random(np.array([10, 20, 30, 40]), np.array([0, 0, 0, 2]), test_share=0.5, train_share=1, rng=np.random.default_rng(0))


def test_whole_groups_are_test_and_their_share_is_the_nearest_there_is() -> None:
    groups = np.repeat(np.array(["a", "b", "c", "d"]), [10, 20, 30, 40])
    classes = np.tile([0, 1], 50)
    for seed in range(10):
        split = split_groups(np.arange(100), classes, groups, test_share=0.3, train_share=1, rng=np.random.default_rng(seed))
        assert not set(groups[split.train]) & set(groups[split.test])
        assert len(split.train) + len(split.test) == 100
        assert len(split.test) in (20, 30, 40)


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(SensorscapeError, match=r"all patches lie in one group \(Graz\)"):
        split_groups(np.arange(4), np.zeros(4, int), np.array(["Graz"] * 4), test_share=0.5, train_share=1, rng=np.random.default_rng(0))


def test_a_share_keeps_the_classes_shares() -> None:
    classes = np.repeat([0, 3], [30, 10])
    drawn = draw_share(np.arange(40), classes, share=0.5, rng=np.random.default_rng(0))
    assert np.bincount(classes[drawn]).tolist() == [15, 0, 0, 5]
    assert draw_share(np.arange(40), classes, share=1.0, rng=np.random.default_rng(0)).tolist() == list(range(40))


def test_blocks_are_squares_of_their_own_city() -> None:
    names = blocks(np.array([0, 1999, 2000, -1.0]), np.array([0, 0, 0, 0.0]), np.array([1, 1, 1, 1]), size=2000)
    assert names[0] == names[1]
    assert len(set(names)) == 3
    both = blocks(np.zeros(2), np.zeros(2), np.array(["Graz", "Wien"]), size=2000)
    assert both[0] != both[1]
    assert blocks(np.zeros(2), np.zeros(2), None, size=2000).tolist() == ["0/0", "0/0"]


def test_overlap_is_the_share_of_test_patches_that_cover_trained_ground() -> None:
    x = np.array([0.0, 319.0, 320.0, 100.0, 0.0])
    y = np.array([0.0, 319.0, 0.0, -400.0, 0.0])
    city = np.array(["a", "a", "a", "a", "b"])
    train, test = np.array([0]), np.array([1, 2, 3, 4])
    # patch 1 shares a corner of one metre, 2 touches, 3 is south, 4 lies in another city
    assert overlap_share(x, y, city, train, test, width=320, height=320) == 0.25
    assert overlap_share(x, y, None, train, test, width=320, height=320) == 0.5
    assert overlap_share(x, y, city, train, test, width=320, height=401) == 0.5


def test_overlap_agrees_with_all_pairs() -> None:
    rng = np.random.default_rng(5)
    x, y, city = rng.integers(0, 30, 80) * 100.0, rng.integers(0, 30, 80) * 100.0, rng.integers(0, 2, 80)
    train, test = np.arange(50), np.arange(50, 80)
    hit = [any(abs(x[t] - x[r]) < 320 and abs(y[t] - y[r]) < 320 and city[t] == city[r] for r in train) for t in test]
    assert overlap_share(x, y, city, train, test, width=320, height=320) == pytest.approx(np.mean(hit))
