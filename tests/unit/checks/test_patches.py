"""Quality control of patches: each expectation has the test `test_<its name>…`; layout stops, content prunes row by row."""

import json

import numpy as np
import pandas as pd
import pytest

from sensorscape.checks import patches
from sensorscape.errors import SensorscapeError

ROWS = 30


def make_summary(rows=ROWS):
    """A summary of sound patches of one array `a`, three classes in turn."""
    summary = pd.DataFrame({"row": np.arange(rows), "a_min": -1.0, "a_max": 1.0, "a_nan": 0, "a_inf": 0, "a_constant_bands": 0})
    summary["constant"], summary["label_sum"], summary["label_one_hot"] = False, 1.0, True
    summary["class"] = np.arange(rows) % 3
    summary["hash"] = [f"{row:032x}" for row in range(rows)]
    return summary


def make_survey(**changes):
    """A survey of a file with labels and one image array, whose row is changed."""
    sound = {"found": True, "seen": "'a' (30, 4, 4, 2) float32", "kind": "f", "rank_off": 0, "rows": 30, "least_side": 2, "rows_off": 0}
    return pd.DataFrame([{"name": "label", "role": "label", **sound}, {"name": "a", "role": "image", **sound, **changes}])


def check(summary, max_pruned=0.5, **keywords):
    keywords = {"classes": 3, "value_range": (-10.0, 10.0), "max_pruned": max_pruned, "source": "data/raw/file.h5"} | keywords
    return patches.check_patches(summary, ["a"], **keywords)


def failures(results):
    return {result["name"]: result["unexpected"] for result in results if result["unexpected"]}


def assert_pruned(column, value, *, name, reason, more=()):
    """Rows 4 and 7 are pruned for `reason`, by the expectation `name` (and `more`), when `column` is `value` there."""
    summary = make_summary()
    summary[column] = summary[column].astype(object)
    summary.loc[[4, 7], column] = value
    summary[column] = summary[column].infer_objects()
    verdicts = check(summary)
    assert np.flatnonzero(verdicts.codes).tolist() == [4, 7]
    assert {verdicts.reasons[code] for code in verdicts.codes[[4, 7]]} == {reason}
    assert failures(verdicts.results) == dict.fromkeys([name, *more], 2)


def test_sound_patches_are_all_accepted():
    verdicts = check(make_summary(), max_pruned=0)
    assert verdicts.codes.dtype == np.uint8
    assert verdicts.codes.tolist() == [0] * ROWS
    assert verdicts.reasons[0] == "accepted"
    assert failures(verdicts.results) == {}
    assert verdicts.flags == ()


def assert_stops(says, **changes):
    with pytest.raises(SensorscapeError) as caught:
        patches.check_layout(make_survey(**changes), "data/raw/file.h5")
    assert caught.value.message.startswith("data/raw/file.h5 does not have the layout of a file of patches:\n")
    assert [line.strip(" -") for line in caught.value.message.splitlines()[1:]] == [says]


def test_arrays_are_there():
    assert_stops("'a' is not in the file", found=False, seen="'a'")


def test_ranks_are_right():
    says = "'a' (30, 16) uint8 should be (N, height, width, channels) for patches, (N, K) for labels (one-hot: numpy.eye(K)[labels])"
    assert_stops(says, rank_off=-2, seen="'a' (30, 16) uint8")


@pytest.mark.parametrize("kind", ["S", "O", "c", "V"])
def test_types_are_numbers(kind):
    assert_stops("'a' (30, 4, 4, 2) float32 should hold numbers", kind=kind)


def test_as_many_rows_as_labels():
    assert_stops("'a' (30, 4, 4, 2) float32 has -1 rows against the labels", rows_off=-1)


def test_has_rows():
    assert_stops("'a' (0, 4, 4, 2) float32 has no rows", rows=0, seen="'a' (0, 4, 4, 2) float32")


def test_sides_are_not_empty():
    assert_stops("'a' (30, 4, 0, 2) float32 has a side of 0", least_side=0, seen="'a' (30, 4, 0, 2) float32")


def test_all_faults_of_a_layout_come_at_once():
    with pytest.raises(SensorscapeError) as caught:
        patches.check_layout(make_survey(kind="S", rows_off=2, rank_off=1), "data/raw/file.h5")
    assert len(caught.value.message.splitlines()) == 4


def test_a_sound_layout_gives_its_part_of_the_table_of_results():
    results = patches.check_layout(make_survey(), "data/raw/file.h5")
    assert [result["name"] for result in results] == [each.name for each in patches.layout_expectations()]
    assert failures(results) == {}
    assert {result["consequence"] for result in results} == {"stop"}


def test_no_nan_in_():
    assert_pruned("a_nan", 3, name="no_nan_in_a", reason="nan")


def test_no_infinity_in_():
    assert_pruned("a_inf", 1, name="no_infinity_in_a", reason="infinite")


def test_not_below_range_in_():
    assert_pruned("a_min", -10.5, name="not_below_range_in_a", reason="out-of-range")


def test_not_above_range_in_():
    assert_pruned("a_max", 10.5, name="not_above_range_in_a", reason="out-of-range")


def test_values_at_the_ends_of_the_range_are_possible():
    summary = make_summary()
    summary["a_min"], summary["a_max"] = -10.0, 10.0
    assert not check(summary, max_pruned=0).codes.any()


def test_no_constant_band_in_():
    assert_pruned("a_constant_bands", 1, name="no_constant_band_in_a", reason="constant-band")


def test_not_constant():
    assert_pruned("constant", True, name="not_constant", reason="constant")


def test_label_one_hot():
    assert_pruned("label_one_hot", False, name="label_one_hot", reason="label")


def test_no_copy():
    """Rows 4 and 7 repeat row 2, the first of the three, which stays."""
    assert_pruned("hash", f"{2:032x}", name="no_copy", reason="copy")


def test_not_in_main_file():
    main = pd.Series([f"{row:032x}" for row in (4, 7)])
    summary = make_summary()
    verdicts = check(summary, main_hashes=main)
    assert np.flatnonzero(verdicts.codes).tolist() == [4, 7]
    assert {verdicts.reasons[code] for code in verdicts.codes[[4, 7]]} == {"copy-of-main"}
    assert failures(verdicts.results) == {"not_in_main_file": 2}
    assert check(summary).reasons == verdicts.reasons[:-1]  # so that one list of reasons explains the codes of both files


def test_a_patch_without_finite_values_is_pruned_although_it_has_no_extremes():
    summary = make_summary()
    summary.loc[5, ["a_min", "a_max"]] = np.nan
    assert np.flatnonzero(check(summary).codes).tolist() == [5]


def test_class_has_patches():
    verdicts = check(make_summary(), classes=5)
    assert verdicts.flags == ("class 3, empty-class: has no patch", "class 4, empty-class: has no patch")
    assert failures(verdicts.results) == {"class_has_patches": 2}


def test_class_has_several_patches():
    summary = make_summary()
    summary.loc[summary["class"] == 2, "class"] = 1
    summary.loc[5, "class"] = 2
    verdicts = check(summary)
    assert verdicts.flags == ("class 2, single-patch: has one patch",)
    assert failures(verdicts.results) == {"class_has_several_patches": 1}


def test_coverage_counts_accepted_patches_only():
    summary = make_summary()
    summary.loc[summary["class"] == 2, "a_nan"] = 1
    assert check(summary).flags == ("class 2, empty-class: has no patch",)


def test_few_are_pruned():
    summary = make_summary()
    summary.loc[[4, 5, 6], "label_one_hot"] = False
    assert check(summary, max_pruned=0.1).codes.sum() > 0  # exactly at the limit
    with pytest.raises(SensorscapeError) as caught:
        check(summary, max_pruned=0.09)
    assert caught.value.message.splitlines() == [
        "data/raw/file.h5: 3 of 30 patches (10.0%) are bad, more than 9.0%:",
        "  - label: 3 rows (4, 5, 6); in row 4: the label is not one-hot",
    ]
    assert "quality.patches.max_pruned" in caught.value.hint


def test_several_classes():
    summary = make_summary()
    summary["class"] = 1
    with pytest.raises(SensorscapeError, match="all accepted patches are of class 1"):
        check(summary)


def test_every_expectation_has_a_test_of_its_name():
    suites = [
        *patches.layout_expectations(),
        *patches.patch_expectations([""], (0, 1), of_test_file=True),
        *patches.coverage_expectations(),
        *patches.file_expectations(0.01),
    ]
    names = {each.name for each in suites}
    tests = {name for name in globals() if name.startswith("test_")}
    assert {f"test_{name}" for name in names} <= tests
    assert len(names) == len(suites) == 19


def test_every_array_has_its_own_expectations():
    one, two = (len(patches.patch_expectations(arrays, (0, 1))) for arrays in (["a"], ["a", "b"]))
    assert two - one == 5


def test_a_patch_with_several_faults_carries_the_first_and_is_counted_once():
    summary = make_summary()
    summary.loc[3, ["a_nan", "a_constant_bands"]] = 1
    summary.loc[3, "label_one_hot"] = False
    verdicts = check(summary)
    assert verdicts.reasons[verdicts.codes[3]] == "nan"
    assert failures(verdicts.results) == {"no_nan_in_a": 1, "no_constant_band_in_a": 1, "label_one_hot": 1}
    table = verdicts.to_dict()
    assert (table["rows"], table["accepted"], table["pruned"], table["reasons"]) == (30, 29, 1, {"nan": 1})


def test_the_table_puts_the_layout_first_and_is_plain_json():
    layout = patches.check_layout(make_survey(), "f")
    table = check(make_summary()).to_dict(layout)
    assert table["expectations"][: len(layout)] == layout
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert table["pruned_share"] == 0
