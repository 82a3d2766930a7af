from sensorscape.report.patches import Data
from sensorscape.report.sections import data


def test_split_overlap_and_pruned_patches(section_of, words_of, material):
    text = words_of(section_of(data.section, material)[0])
    assert "31 % of the test patches overlap a training patch" in text
    assert "2 pruned: not_finite (2)" in text
    assert "300 patches, tested on 600" in text


def test_the_linear_baseline_stands_per_sensor(section_of, material):
    _, view = section_of(data.section, material)
    assert list(view.frames["baseline"]["sensor"]) == ["s1", "s2", "fusion"]
    assert set(view.frames["baseline"]["kappa"]) == {0.41}


def test_an_undefined_baseline_and_an_unknown_overlap_say_why(section_of, words_of, make, page_of):
    subset = {
        "train": 9,
        "test": 9,
        "split": "random",
        "overlap": None,
        "overlap_reason": "the file has no coordinates",
        "class_counts": {"train": [9], "test": [9]},
    }
    odd = Data(source="x.h5", subset=subset, baseline={"s1": {"kappa": None, "reason": "one class only"}})
    text = words_of(section_of(data.section, page_of(make(), data=odd))[0])
    assert "not known: the file has no coordinates" in text
    assert "one class only" in text
    assert "synthetic" not in text.lower()


def test_classes_and_checks_have_tables(section_of, words_of, material):
    _, view = section_of(data.section, material)
    assert list(view.frames["classes"]["train"]) == [17] * 17
    assert list(view.frames["patch_checks"]["found"]) == ["2 unexpected"]
