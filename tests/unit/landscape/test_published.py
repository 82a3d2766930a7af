import pytest

from sensorscape.landscape.persistence import cuts
from sensorscape.landscape.published import rows
from sensorscape.landscape.schema import FAMILIES, METRICS, TABLES


def test_the_published_values():
    found = {(row["sensor"], row["metric"]): row for row in rows()}
    assert found["s1", "ruggedness"]["value"] == 17.84
    assert found["s2", "persistence_negative"]["value"] == 31.82
    assert found["fusion", "accepted"]["value"] == 75
    assert found["s1", "best_density"]["text"] == "log-normal"
    assert found["s2", "log_likelihood_beta"]["value"] == 165.18


def test_rows_are_of_the_schema_and_the_best_density_has_the_largest_likelihood():
    known = {*METRICS, "accepted", "best_density", *(f"log_likelihood_{family}" for family in FAMILIES)}
    for row in rows():
        assert set(row) == set(TABLES["published"].names)
        assert row["metric"] in known
    values = {(row["sensor"], row["metric"]): row for row in rows()}
    for sensor in ("s1", "s2", "fusion"):
        best = max(FAMILIES, key=lambda family: values[sensor, f"log_likelihood_{family}"]["value"])
        assert values[sensor, "best_density"]["text"] == best


def test_published_persistence_is_whole_models_of_the_published_samples():
    """P at 25 % is k of round(n/4) models: one of 25 (s1), seven and three of 22 (s2), one of 19 (fusion)."""
    values = {(row["sensor"], row["metric"]): row["value"] for row in rows()}
    for sensor, metric, models in (
        ("s1", "persistence_negative", 1),
        ("s2", "persistence_negative", 7),
        ("s2", "persistence_positive", 3),
        ("fusion", "persistence_negative", 1),
    ):
        start = cuts(int(values[sensor, "accepted"]))[25]
        assert values[sensor, metric] == pytest.approx(100 * models / start, abs=0.07)
