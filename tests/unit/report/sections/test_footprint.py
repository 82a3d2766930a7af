from sensorscape.landscape.schema import EIGHT
from sensorscape.report.sections import footprint


def test_the_eight_metrics_with_intervals_and_published_values(block_of, section_of, material):
    section, _ = section_of(footprint.section, material)
    table = block_of(section, "metrics")
    assert table.columns == ("metric", "s1", "s2", "fusion")
    assert len(table.rows) == len(EIGHT)
    mean = table.rows[0][1]
    assert any(line.startswith("robust ") and line.endswith("]") for line in mean.under)
    assert "n = 24" in mean.under
    assert "published 0.47" in mean.under


def test_published_late_values_stand_with_the_late_metrics(block_of, section_of, material):
    section, _ = section_of(footprint.section, material)
    table = block_of(section, "companions")
    late = next(row for row in table.rows if row[0].text == "late mean fitness")
    assert "published 0.97" in late[2].under


def test_an_undefined_metric_is_a_dash_with_its_reason(block_of, section_of, material):
    section, _ = section_of(footprint.section, material)
    table = block_of(section, "metrics")
    optima = table.rows[EIGHT.index("local_optima")][1]
    assert (optima.text, optima.why) == ("–", "33 models are needed, there are 24")


def test_a_condition_of_a_metric_is_noted(block_of, section_of, material):
    section, _ = section_of(footprint.section, material)
    table = block_of(section, "metrics")
    assert "note: the interval of ρ̂ holds 0" in table.rows[EIGHT.index("ruggedness")][1].under


def test_the_csv_holds_both_readings(section_of, material):
    _, view = section_of(footprint.section, material)
    assert set(view.frames["metrics"]["reading"]) == {"paper", "robust"}
    assert len(view.frames["sensitivity"]) == 24
