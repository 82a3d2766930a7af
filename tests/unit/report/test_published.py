import pandas as pd
import pytest

from sensorscape.report.published import Published

TABLE = pd.DataFrame(
    [
        ("s1", 36, "mean", 0.47, ""),
        ("s1", 108, "mean_late", 0.64, ""),
        ("s2", 36, "mean", 0.94, ""),
        ("s2", 108, "mean", 0.97, ""),
        ("s1", 36, "best_density", float("nan"), "log-normal"),
    ],
    columns=["sensor", "budget", "metric", "value", "text"],
)


@pytest.mark.parametrize(("sensor", "late", "value"), [("s1", False, 0.47), ("s1", True, 0.64), ("s2", False, 0.94), ("s2", True, 0.97)])
def test_values_at_both_budgets_under_either_name(sensor, late, value):
    assert Published(TABLE).value(sensor, "mean", late=late) == value


def test_what_the_paper_does_not_state_is_none():
    found = Published(TABLE)
    assert found.value("rgb", "mean") is None
    assert found.value("s1", "ruggedness") is None
    assert found.value("s1", "best_density") is None
    assert found.word("s1", "best_density") == "log-normal"
    assert found.word("s2", "best_density") == ""


def test_an_empty_table_publishes_nothing():
    assert Published(TABLE.iloc[:0]).value("s1", "mean", late=True) is None
