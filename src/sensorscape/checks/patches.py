"""Quality control of patches: a broken layout stops the study, a bad patch is pruned, too many bad patches stop it too.

Tables that are looked at: the *survey* of a file (one row per array), the *summary* of its patches (one row each) and, when the
bad ones are out, the *coverage* (one row per class) and the file as a whole (one row).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.checks.suite import Expectation, Result, none_of, validate
from sensorscape.errors import SensorscapeError

ACCEPTED = "accepted"
_TRUE = {"value_set": [True]}


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on one file.

    Attributes:
        codes: (N,) uint8, by row: 0 accepted, else the position in `reasons` of the first reason to prune the patch.
        reasons: what the codes mean, ``accepted`` first.
        flags: what is odd about the classes, in words.
        results: the table of results, one dict per expectation.
    """

    codes: np.ndarray[Any, np.dtype[np.uint8]]
    reasons: tuple[str, ...]
    flags: tuple[str, ...]
    results: tuple[dict[str, Any], ...]

    def to_dict(self, layout: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Counts and the table of results, that of the `layout` first, as the page shows them."""
        counts = {reason: int((self.codes == code).sum()) for code, reason in enumerate(self.reasons) if code}
        pruned = int((self.codes > 0).sum())
        return {
            "rows": len(self.codes),
            "accepted": len(self.codes) - pruned,
            "pruned": pruned,
            "pruned_share": pruned / len(self.codes),
            "reasons": {reason: count for reason, count in counts.items() if count},
            "flags": list(self.flags),
            "expectations": [*layout, *self.results],
        }


def layout_expectations() -> list[Expectation]:
    """The suite over a survey: every array is there, with the right rank, a numeric type, and as many rows as there are labels."""
    numbers = {"value_set": ["i", "u", "f", "b"]}
    return [
        Expectation("arrays_are_there", "found", "stop", "absent", "is not in the file", "ExpectColumnValuesToBeInSet", _TRUE),
        none_of(
            "ranks_are_right",
            "rank_off",
            "stop",
            "rank",
            "should be (N, height, width, channels) for patches, (N, K) for labels (one-hot: numpy.eye(K)[labels])",
        ),
        Expectation("types_are_numbers", "kind", "stop", "type", "should hold numbers", "ExpectColumnValuesToBeInSet", numbers),
        none_of("as_many_rows_as_labels", "rows_off", "stop", "rows", "has {value:+d} rows against the labels"),
        Expectation("has_rows", "rows", "stop", "empty", "has no rows", arguments={"min_value": 1}),
        Expectation("sides_are_not_empty", "least_side", "stop", "side", "has a side of {value}", arguments={"min_value": 1}),
    ]


def patch_expectations(arrays: Sequence[str], value_range: tuple[float, float], *, of_test_file: bool = False) -> list[Expectation]:
    """The suite over a summary of patches.

    Args:
        arrays: names of the image arrays.
        value_range: the values that are possible, [low, high], in the file's units.
        of_test_file: also expect that no patch is one of the main file's (column ``in_main_file``).
    """
    low, high = value_range
    suite: list[Expectation] = []
    for array in arrays:
        suite += [
            none_of(f"no_nan_in_{array}", f"{array}_nan", "prune", "nan", f"{{value}} values of {array} are NaN"),
            none_of(f"no_infinity_in_{array}", f"{array}_inf", "prune", "infinite", f"{{value}} values of {array} are infinite"),
            Expectation(
                f"not_below_range_in_{array}",
                f"{array}_min",
                "prune",
                "out-of-range",
                f"{array} goes down to {{value}}",
                arguments={"min_value": low},
            ),
            Expectation(
                f"not_above_range_in_{array}",
                f"{array}_max",
                "prune",
                "out-of-range",
                f"{array} goes up to {{value}}",
                arguments={"max_value": high},
            ),
            none_of(
                f"no_constant_band_in_{array}",
                f"{array}_constant_bands",
                "prune",
                "constant-band",
                f"{{value}} bands of {array} are constant",
            ),
        ]
    suite += [
        Expectation(
            "not_constant", "constant", "prune", "constant", "all bands are constant", "ExpectColumnValuesToBeInSet", {"value_set": [False]}
        ),
        Expectation("label_one_hot", "label_one_hot", "prune", "label", "the label is not one-hot", "ExpectColumnValuesToBeInSet", _TRUE),
        none_of("no_copy", "earlier_copies", "prune", "copy", "the same patch is in {value} rows before"),
    ]
    if of_test_file:
        suite.append(none_of("not_in_main_file", "in_main_file", "prune", "copy-of-main", "the same patch is in the main file"))
    return suite


def coverage_expectations() -> list[Expectation]:
    """The suite over the accepted patches of each class: an empty class or one of a single patch is told, not pruned."""
    return [
        Expectation("class_has_patches", "patches", "flag", "empty-class", "has no patch", arguments={"min_value": 1}),
        Expectation(
            "class_has_several_patches",
            "patches",
            "flag",
            "single-patch",
            "has one patch",
            "ExpectColumnValuesToNotBeInSet",
            {"value_set": [1]},
        ),
    ]


def file_expectations(max_pruned: float) -> list[Expectation]:
    """The suite over a file as a whole: at most a share `max_pruned` of its patches is pruned, and patches of several classes are left."""
    return [
        Expectation("few_are_pruned", "pruned_share", "stop", "too-many-pruned", "{value:.1%} pruned", arguments={"max_value": max_pruned}),
        Expectation("several_classes", "classes_left", "stop", "one-class", "{value} classes", arguments={"min_value": 2}),
    ]


def check_layout(survey: pd.DataFrame, source: str) -> list[dict[str, Any]]:
    """Check the survey of a file; returns its part of the table of results.

    Args:
        survey: one row per array: see `sensorscape.patches.survey`.
        source: the file, as the user knows it.

    Raises:
        SensorscapeError: with every fault of the layout, each naming its array.
    """
    results = validate(survey, layout_expectations())
    faults = [
        f"{survey['seen'].iloc[row]} {result.expectation.says.format(value=value)}"
        for result in results
        for row, value in zip(result.rows, result.values, strict=True)
    ]
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise SensorscapeError(
            f"{source} does not have the layout of a file of patches:\n{lines}",
            "correct `dataset` or `sensors` in params.yaml, or bring another file",
        )
    return [result.to_dict() for result in results]


def check_patches(
    summary: pd.DataFrame,
    arrays: Sequence[str],
    *,
    classes: int,
    value_range: tuple[float, float],
    max_pruned: float,
    source: str,
    main_hashes: pd.Series | None = None,
) -> Verdicts:
    """Judge every patch of a file.

    Args:
        summary: one row per patch: see `sensorscape.patches.summary`.
        arrays: names of the image arrays.
        classes: number of classes K.
        value_range: the values that are possible, [low, high].
        max_pruned: the share of patches that may be pruned, in [0, 1).
        source: the file, as the user knows it.
        main_hashes: for a separate test file, the content hashes of the main file's patches.

    Returns:
        Verdicts by row. Of exact duplicates the first row stays, whatever its own verdict.

    Raises:
        SensorscapeError: when more than `max_pruned` of the patches would be pruned (with rows and reasons), or fewer than two
            classes are left.
    """
    table = summary.assign(earlier_copies=summary.groupby("hash", sort=False).cumcount())
    if main_hashes is not None:
        table["in_main_file"] = table["hash"].isin(main_hashes).astype("int64")
    results = validate(table, patch_expectations(arrays, value_range, of_test_file=main_hashes is not None))
    reasons = (ACCEPTED, *dict.fromkeys(result.expectation.reason for result in results))
    codes = np.zeros(len(table), dtype=np.uint8)
    for result in reversed(results):  # the first reason has the last word
        codes[result.rows] = reasons.index(result.expectation.reason)
    counts = np.bincount(table["class"].to_numpy()[codes == 0], minlength=classes)
    coverage = pd.DataFrame({"class": np.arange(classes), "patches": counts})
    file_results = _judge_file(results, codes, coverage, max_pruned, source)
    class_results = validate(coverage, coverage_expectations())
    flags = tuple(f"class {row}, {reason}" for result in class_results for row, reason in zip(result.rows, result.reasons(), strict=True))
    return Verdicts(codes, reasons, flags, tuple(result.to_dict() for result in (*results, *class_results, *file_results)))


def _judge_file(
    results: Sequence[Result], codes: np.ndarray[Any, Any], coverage: pd.DataFrame, max_pruned: float, source: str
) -> list[Result]:
    """Check the file as a whole: few patches pruned, several classes left."""
    pruned = int((codes > 0).sum())
    table = pd.DataFrame({"pruned_share": [pruned / len(codes)], "classes_left": [int((coverage["patches"] > 0).sum())]})
    file_results = validate(table, file_expectations(max_pruned))
    few, several = (len(result.rows) == 0 for result in file_results)
    if not few:
        lines = "\n".join(f"  - {_failed(result)}" for result in results if len(result.rows))
        raise SensorscapeError(
            f"{source}: {pruned:,} of {len(codes):,} patches ({pruned / len(codes):.1%}) are bad, more than {max_pruned:.1%}:\n{lines}",
            "mend the file, or raise quality.patches.max_pruned or value_range in params.yaml if these patches may go",
        )
    if not several:
        raise SensorscapeError(
            f"{source}: all accepted patches are of class {coverage['patches'].idxmax()}: there is nothing to tell apart",
            "bring a file with patches of at least two classes",
        )
    return file_results


def _failed(result: Result) -> str:
    """An expectation that failed: reason, number of rows, the first rows and what is wrong in the first."""
    first = result.expectation.says.format(value=result.values.iloc[0])
    shown = ", ".join(str(row) for row in result.rows[:5]) + (", …" if len(result.rows) > 5 else "")
    return f"{result.expectation.reason}: {len(result.rows):,} rows ({shown}); in row {result.rows[0]}: {first}"
