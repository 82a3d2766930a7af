"""The subset that is trained on: one contiguous file of standardised float32 patches, drawn and written in bounded memory.

The raw file is read once, in slabs: chosen rows are written as float32 while the statistics of the train rows accumulate in
float64; then the (smaller) subset is standardised where it lies, before it gets its name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from sensorscape.errors import SensorscapeError
from sensorscape.patches import standardise
from sensorscape.patches.finishing import Place, finish
from sensorscape.patches.layout import Layout, check_same, open_raw, read_classes, read_column
from sensorscape.patches.slabs import slabs
from sensorscape.patches.split import Split, blocks, draw_share, overlap_share, split_groups, split_random
from sensorscape.patches.writing import new_hdf5

_CHUNK_BYTES = 32 << 20


@dataclass(frozen=True)
class Plan:
    """How to draw and standardise a subset; the attributes are the keys of params.yaml, section `subset`.

    Attributes:
        split: ``random`` (Traoré et al.), ``city`` or ``block``.
        test_share: share of all accepted patches, in (0, 1); without meaning where there is a test file.
        train_share: share of the train part, in (0, 1].
        standardise: ``zscore``, ``robust`` or ``log``.
        block_size: metres; the side of a block of the split ``block``.
        seed: of everything drawn.
    """

    split: Literal["random", "city", "block"] = "random"
    test_share: float = 0.2
    train_share: float = 0.35
    standardise: Literal["zscore", "robust", "log"] = "zscore"
    block_size: float = 2000.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, share, most in (("test_share", self.test_share, 1 - 1e-12), ("train_share", self.train_share, 1.0)):
            if not 0 < share <= most:
                raise SensorscapeError(f"subset.{name} is out of range: {share}", "use a share above 0 and at most 1 (test_share: below 1)")


def write_subset(
    target: Path, layout: Layout, plan: Plan, *, accepted: np.ndarray, test: Layout | None = None, test_accepted: np.ndarray | None = None
) -> dict[str, Any]:
    """Draw, standardise and write a subset; the same inputs give the same bytes.

    Args:
        target: the HDF5 file to write: groups ``train`` and ``test``, each with one float32 array (n, H, W, C) per image array,
            ``label`` (n,) int64 class indices and ``row`` (n,) int64 row numbers in the raw file.
        layout: the raw file with the image arrays to keep.
        plan: split, shares, standardisation, seed.
        accepted: which rows may be used (N,) bool; rows whose label is not one-hot never are.
        test: a separate test file in the same layout: then all its accepted rows are the test, and `split` only names the draw.
        test_accepted: which of its rows may be used.

    Returns:
        What subset.json holds: SHA-256, arrays with their standardisation, classes and counts, split, overlap, pruned rows.

    Raises:
        SensorscapeError: a class with one patch, no city or coordinates for the split, a share out of range, values that are not
            finite in accepted rows, no space on the disk, a damaged file.
    """
    classes = read_classes(layout)
    split = _draw(layout, plan, classes, _usable(layout, accepted, classes), separate=test is not None)
    test_layout, test_classes = layout, classes
    if test is not None:
        check_same(layout, test)
        test_layout, test_classes = test, read_classes(test)
        split = Split(split.train, np.flatnonzero(_usable(test, test_accepted, test_classes)))
        if not len(split.test):
            raise SensorscapeError(f"{test.path} has no accepted patches", "see the checks' results for the reasons")
    places: list[Place] = []
    digest: list[str] = []
    room = _bytes(layout, len(split.train) + len(split.test))
    with new_hdf5(target, need=room, then=lambda part: digest.append(finish(part, places))) as out:
        _create(out, layout, split, classes, test_classes)
        moments = _copy(layout, out, plan, {"train": split.train} | ({} if test else {"test": split.test}))
        if test is not None:
            _copy(test, out, plan, {"test": split.test})
        arrays = _standardisation(out, layout, plan, moments)
        places += [Place.of(out[group][name], numbers) for group in ("train", "test") for name, numbers in arrays.items()]
    overlap, reason = _overlap(layout, test_layout, split)
    counts = {name: np.bincount(labels, minlength=layout.classes).tolist() for name, labels in _labels(split, classes, test_classes)}
    pruned = int(layout.rows - _usable(layout, accepted, classes).sum())
    if test is not None:
        pruned += int(test.rows - len(split.test))
    return {
        "sha256": digest[0],
        "arrays": arrays,
        "classes": layout.classes,
        "class_counts": counts,
        "train": len(split.train),
        "test": len(split.test),
        "split": plan.split if test is None else "test file",
        "overlap": overlap,
        "overlap_reason": reason,
        "pruned": pruned,
    }


def _draw(layout: Layout, plan: Plan, classes: np.ndarray, usable: np.ndarray, *, separate: bool) -> Split:
    rows = np.flatnonzero(usable).astype(np.int64)
    if not len(rows):
        raise SensorscapeError(f"{layout.path} has no accepted patches", "see the checks' results for the reasons")
    rng = np.random.default_rng(plan.seed)
    if separate:
        return Split(draw_share(rows, classes[rows], share=plan.train_share, rng=rng), rows[:0])
    shares: dict[str, Any] = {"test_share": plan.test_share, "train_share": plan.train_share, "rng": rng}
    if plan.split == "random":
        return split_random(rows, classes[rows], **shares)
    city = read_column(layout, "city")
    if plan.split == "city":
        if city is None:
            raise SensorscapeError(f"{layout.path} has no array `city` (N,): the split `city` needs it", "use subset.split: random")
        return split_groups(rows, classes[rows], city[rows], **shares)
    x, y = read_column(layout, "x"), read_column(layout, "y")
    if x is None or y is None:
        raise SensorscapeError(f"{layout.path} has no arrays `x` and `y` (N,): the split `block` needs them", "use subset.split: random")
    return split_groups(rows, classes[rows], blocks(x, y, city, size=plan.block_size)[rows], **shares)


def _usable(layout: Layout, accepted: np.ndarray | None, classes: np.ndarray) -> np.ndarray:
    if accepted is None:
        return classes >= 0
    if accepted.shape != (layout.rows,):
        raise SensorscapeError(
            f"there are verdicts on {len(accepted):,} rows, {layout.path} has {layout.rows:,}",
            "check the patches again: dvc repro check_patches",
        )
    return np.asarray(accepted, bool) & (classes >= 0)


def _bytes(layout: Layout, rows: int) -> int:
    return rows * sum(4 * image.height * image.width * image.channels for image in layout.arrays.values())


def _labels(split: Split, classes: np.ndarray, test_classes: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "train", classes[split.train]
    yield "test", test_classes[split.test]


def _create(out: h5py.File, layout: Layout, split: Split, classes: np.ndarray, test_classes: np.ndarray) -> None:
    for name, labels in _labels(split, classes, test_classes):
        rows = split.train if name == "train" else split.test
        group = out.create_group(name)
        group.create_dataset("label", data=labels.astype("<i8"))
        group.create_dataset("row", data=rows.astype("<i8"))
        for image in layout.arrays.values():
            group.create_dataset(image.name, (len(rows), image.height, image.width, image.channels), dtype="<f4")


def _copy(layout: Layout, out: h5py.File, plan: Plan, parts: Mapping[str, np.ndarray]) -> dict[str, "_Statistics"]:
    """Stream the rows of `parts` into their groups; the moments of the part ``train``, by array."""
    statistics = {name: _Statistics.of(image.channels, plan, image.intensities) for name, image in layout.arrays.items()}
    with open_raw(layout.path) as file:
        for slab in slabs(file, list(layout.arrays)):
            for part, rows in parts.items():
                first, last = np.searchsorted(rows, (slab.start, slab.stop))
                if first == last:
                    continue
                chosen = rows[first:last] - slab.start
                for name, array in slab.arrays.items():
                    taken = np.empty((len(chosen), *array.shape[1:]), np.float32)
                    for block in standardise.blocks(taken):
                        values = array[chosen[block]]
                        taken[block] = values
                        if part == "train":
                            statistics[name].add(values)
                    out[part][name][first:last] = taken
    return statistics


@dataclass
class _Statistics:
    """Moments of raw values, and of the values in decibels where the transform asks for them."""

    kinds: list[str]
    raw: standardise.Moments
    scaled: standardise.Moments

    @classmethod
    def of(cls, channels: int, plan: Plan, intensities: tuple[int, ...]) -> "_Statistics":
        kinds = standardise.kinds_of(plan.standardise, channels, intensities)
        raw = standardise.Moments.of(channels)
        return cls(kinds, raw, standardise.Moments.of(channels) if "log" in kinds else raw)

    def add(self, values: np.ndarray) -> None:
        self.raw.add(values)
        if self.scaled is not self.raw:
            self.scaled.add(standardise.to_scale(values, self.kinds))


def _standardisation(out: h5py.File, layout: Layout, plan: Plan, statistics: Mapping[str, _Statistics]) -> dict[str, Any]:
    """What subset.json says of every array: shape, moments of the raw train values, and how it is standardised."""
    arrays = {}
    for name, image in layout.arrays.items():
        found = statistics[name]
        if not (np.isfinite(found.raw.mean).all() and np.isfinite(found.raw.std).all()):
            raise SensorscapeError(
                f"{layout.path}: accepted patches of {name!r} hold NaN or Inf", "check the patches again: dvc repro check_patches"
            )
        quartiles = standardise.quartiles_of(_chunks(out["train"][name]), image.channels) if plan.standardise == "robust" else None
        arrays[name] = {
            "channels": image.channels,
            "height": image.height,
            "width": image.width,
            "mean": found.raw.mean.tolist(),
            "std": found.raw.std.tolist(),
        } | standardise.parameters(plan.standardise, found.kinds, found.scaled, quartiles)
    return arrays


def _chunks(array: h5py.Dataset) -> Callable[[], Iterator[np.ndarray]]:
    step = max(1, _CHUNK_BYTES // (array.dtype.itemsize * int(np.prod(array.shape[1:]))))
    return lambda: (array[start : start + step] for start in range(0, len(array), step))


def _overlap(layout: Layout, test: Layout, split: Split) -> tuple[float | None, str | None]:
    """Share of test patches that overlap a train patch, or None and why."""
    sides = [(read_column(one, "x"), read_column(one, "y"), read_column(one, "city")) for one in (layout, test)]
    if any(x is None or y is None for x, y, _ in sides):
        return None, "the file has no coordinates (arrays x and y)"
    (x, y, city), (test_x, test_y, test_city) = sides
    image = next(iter(layout.arrays.values()))
    both = [np.concatenate([here[split.train], there[split.test]]) for here, there in ((x, test_x), (y, test_y))]  # type: ignore[index]
    cities = (
        None if city is None or test_city is None else np.concatenate([city[split.train].astype(str), test_city[split.test].astype(str)])
    )
    first = np.arange(len(split.train))
    second = len(first) + np.arange(len(split.test))
    width, height = image.width * layout.pixel_size, image.height * layout.pixel_size
    return overlap_share(both[0], both[1], cities, first, second, width=width, height=height), None
