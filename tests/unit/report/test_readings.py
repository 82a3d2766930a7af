from sensorscape.report.readings import digits_of, robust_lines


def test_a_reading_has_its_interval_and_its_n():
    found = {"value": -0.3592, "low": -0.4, "high": 0.3789, "n": 20}
    assert robust_lines(found, "mean") == ["robust −0.359 [−0.400, 0.379]", "n = 20"]
    assert robust_lines(found, "persistence_positive")[0] == "robust −0.4 [−0.4, 0.4]"


def test_what_is_not_known_is_left_out():
    assert robust_lines({}, "mean") == []
    assert robust_lines({"value": 0.5, "low": None, "high": None}, "mean", 12) == ["robust 0.500", "n = 12"]


def test_a_small_slope_keeps_its_digits():
    assert digits_of("fdc_slope") > digits_of("mean")


def test_an_interval_without_an_end_says_the_other():
    assert robust_lines({"value": 28.55, "low": 2.46, "high": None}, "ruggedness") == ["robust 28.55 (at least 2.46)"]
    assert robust_lines({"value": 0.5, "low": None, "high": 0.7}, "mean") == ["robust 0.500 (at most 0.700)"]
