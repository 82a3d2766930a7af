"""Splits of the accepted patches into train and test, the share that is trained on, and how much of the test overlaps it."""

from dataclasses import dataclass

import numpy as np

from sensorscape.errors import SensorscapeError


@dataclass(frozen=True)
class Split:
    """Row numbers (int64, ascending) of the train and test patches."""

    train: np.ndarray
    test: np.ndarray


def split_random(rows: np.ndarray, classes: np.ndarray, *, test_share: float, train_share: float, rng: np.random.Generator) -> Split:
    """The publication's split: patches drawn at random, the same share of every class (Traoré et al., Section 4).

    ⌊test_share · n⌋ of the n patches are the test, ⌊train_share · rest⌋ of the rest are trained on: 352,366 patches with
    0.2 and 0.35 give 70,473 and 98,662. A class of two patches or more has at least one in each.

    Args:
        rows: row numbers (n,).
        classes: their class indices (n,).
        test_share: share of all patches, in (0, 1).
        train_share: share of the patches that are not test, in (0, 1].
        rng: source of the draw.

    Raises:
        SensorscapeError: when a class has one patch only, which cannot be both learned and tested, or nothing is left to train on.
    """
    present, counts = np.unique(classes, return_counts=True)
    for label, count in zip(present, counts, strict=True):
        if count == 1:
            row = int(rows[classes == label][0])
            raise SensorscapeError(
                f"class {label} has one accepted patch (row {row}): it cannot be both learned and tested",
                "bring more patches of it, or a separate test file (params.yaml, dataset.test_path)",
            )
    tests = _shares(counts, int(test_share * len(rows)), counts - 1)
    trains = _shares(counts - tests, int(train_share * (len(rows) - tests.sum())), counts - tests)
    train, test = [], []
    for label, n_test, n_train in zip(present, tests, trains, strict=True):
        shuffled = rng.permutation(rows[classes == label])
        test.append(shuffled[:n_test])
        train.append(shuffled[n_test : n_test + n_train])
    return _checked(np.concatenate(train), np.concatenate(test))


def split_groups(
    rows: np.ndarray, classes: np.ndarray, groups: np.ndarray, *, test_share: float, train_share: float, rng: np.random.Generator
) -> Split:
    """Whole groups (cities, blocks) are test, drawn at random until the test holds as close to `test_share` as groups allow.

    Args:
        rows: row numbers (n,).
        classes: their class indices (n,); the share that is trained on is drawn class by class.
        groups: the group of each row (n,), any type that sorts.
        test_share: share of all patches, in (0, 1).
        train_share: share of the patches outside the test groups, in (0, 1].
        rng: source of the draw.

    Raises:
        SensorscapeError: when there is one group only.
    """
    names, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise SensorscapeError(
            f"all patches lie in one group ({names[0]}): no group is left to test on", "use `split: random`, or smaller blocks"
        )
    order = rng.permutation(len(names))
    wanted = test_share * len(rows)
    chosen: list[int] = []
    held = 0
    for group in order:
        if len(chosen) < len(names) - 1 and abs(held + sizes[group] - wanted) < abs(held - wanted):
            chosen.append(int(group))
            held += int(sizes[group])
    if not chosen:
        chosen = [int(min(order, key=lambda group: sizes[group]))]
    in_test = np.isin(members.reshape(-1), chosen)
    rest, rest_classes = rows[~in_test], classes[~in_test]
    return _checked(draw_share(rest, rest_classes, share=train_share, rng=rng), rows[in_test])


def draw_share(rows: np.ndarray, classes: np.ndarray, *, share: float, rng: np.random.Generator) -> np.ndarray:
    """⌊share · n⌋ of the n rows, the same share of every class and at least one patch of each; all of them for a share of 1."""
    present, counts = np.unique(classes, return_counts=True)
    wanted = _shares(counts, int(share * len(rows)), counts)
    drawn = [rng.permutation(rows[classes == label])[:number] for label, number in zip(present, wanted, strict=True)]
    return np.sort(np.concatenate(drawn)) if drawn else rows[:0]


def blocks(x: np.ndarray, y: np.ndarray, city: np.ndarray | None, *, size: float) -> np.ndarray:
    """Names of the square blocks of `size` metres in which patch centres lie, per city where cities are known; text (n,)."""
    names = np.char.add(np.char.add(np.floor(x / size).astype(np.int64).astype(str), "/"), np.floor(y / size).astype(np.int64).astype(str))
    return names if city is None else np.char.add(np.char.add(city.astype(str), ":"), names)


def overlap_share(
    x: np.ndarray, y: np.ndarray, city: np.ndarray | None, train: np.ndarray, test: np.ndarray, *, width: float, height: float
) -> float:
    """Share of the test patches that cover ground of at least one train patch, in [0, 1].

    Args:
        x: metres of all patch centres (N,).
        y: metres of all patch centres (N,).
        city: cities of all patches (N,), or None; patches of different cities never overlap.
        train: row numbers of the train patches.
        test: row numbers of the test patches; at least one.
        width: side of a patch along x in metres.
        height: side of a patch along y in metres.
    """
    from scipy.spatial import cKDTree

    code = np.zeros(len(x)) if city is None else np.unique(city.astype(str), return_inverse=True)[1].reshape(-1).astype(np.float64)
    # in units of the patch's sides two patches overlap when both distances are below 1; cities are put 10 apart on an axis of their own
    points = np.column_stack([x / width, y / height, 10 * code])
    distance, _ = cKDTree(points[train]).query(points[test], k=1, p=np.inf)
    return float((distance < 1 - 1e-9).mean())


def _shares(counts: np.ndarray, total: int, limits: np.ndarray) -> np.ndarray:
    """Whole numbers that add up to `total` in proportion to `counts`, at least 1 where there is room, at most `limits`.

    Largest remainders, ties to the lower class; a `total` below the number of classes is raised to it.
    """
    share = counts * (total / max(counts.sum(), 1))
    numbers = np.clip(np.floor(share).astype(np.int64), np.minimum(1, limits), limits)
    order = np.lexsort((np.arange(len(counts)), -(share - np.floor(share))))
    while numbers.sum() < min(total, int(limits.sum())):
        free = [index for index in order if numbers[index] < limits[index]]
        for index in free[: min(total, int(limits.sum())) - int(numbers.sum())]:
            numbers[index] += 1
    while numbers.sum() > total and (numbers > 1).any():
        numbers[int(np.argmax(np.where(numbers > 1, numbers - share, -np.inf)))] -= 1
    return np.asarray(numbers)


def _checked(train: np.ndarray, test: np.ndarray) -> Split:
    for name, rows in (("train", train), ("test", test)):
        if not len(rows):
            raise SensorscapeError(f"the split leaves no patch to {name}", "change subset.test_share or subset.train_share in params.yaml")
    return Split(np.sort(train), np.sort(test))
