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
