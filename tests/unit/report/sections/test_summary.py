from sensorscape.report.sections import summary


def test_synthetic_data_are_a_warning_before_anything_else(section_of, material):
    section, _ = section_of(summary.section, material)
    assert section.blocks[0].kind == "warning"
    assert "synthetic" in section.blocks[0].paragraphs[0]


def test_real_data_are_not_called_synthetic(section_of, words_of, make, page_of):
    from sensorscape.report.patches import Data

    section, _ = section_of(summary.section, page_of(make(), data=Data(source="data/external/training.h5")))
    assert "synthetic" not in words_of(section)


def test_what_the_data_support_and_what_they_cannot_tell(section_of, words_of, material):
    section, _ = section_of(summary.section, material)
    text = words_of(section)
    assert "by more than noise" in text
    assert "16.7 percent" in text


def test_a_partial_study_says_what_is_missing(section_of, words_of, make, page_of):
    section, _ = section_of(summary.section, page_of(make(), partial="12 of 78 runs have ended."))
    assert "12 of 78 runs have ended." in words_of(section.blocks[0])
