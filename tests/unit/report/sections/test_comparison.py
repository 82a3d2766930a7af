from sensorscape.report.blocks import Missing
from sensorscape.report.sections import comparison


def test_the_table_says_which_differences_are_more_than_noise(block_of, section_of, material):
    section, _ = section_of(comparison.sensors, material)
    table = block_of(section, "difference_table")
    bold = [row[0].text for row in table.rows if row[0].strong or row[3].strong]
    assert bold == ["mean fitness", "mean fitness"]


def test_one_sensor_cannot_be_compared_and_the_page_says_so(section_of, make, page_of):
    section, _ = section_of(comparison.sensors, page_of(make(("s2",))))
    reasons = [block.reason for block in section.blocks if isinstance(block, Missing)]
    assert "A study of one sensor has no pair to compare." in reasons


def test_every_budget_has_its_mean(section_of, material):
    _, view = section_of(comparison.budgets, material)
    assert len(view.frames["means_by_budget"]) == 12


def test_one_seed_cannot_tell_noise_and_the_rows_say_why(section_of, words_of, material):
    text = words_of(section_of(comparison.noise, material)[0])
    assert "one seed per cell: several are needed (training.seeds)" in text
