import json

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.report.material import read_footprint


def test_the_footprint_is_read_as_it_was_written(make, tmp_path):
    made = make()
    footprint, tables = read_footprint(made.write(tmp_path))
    assert footprint == made.footprint
    assert {name: len(frame) for name, frame in tables.items()} == {name: len(frame) for name, frame in made.tables.items()}
    assert tables["fitness"]["fitness"].to_numpy() == pytest.approx(made.tables["fitness"]["fitness"].to_numpy())


def test_a_missing_footprint_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(SensorscapeError, match="dvc repro footprint"):
        read_footprint(tmp_path)


def test_a_table_of_another_version_is_refused(make, tmp_path):
    reports = make().write(tmp_path)
    path = reports / "footprint" / "means.csv"
    path.write_text(path.read_text().replace("mean_low", "mean_lower"))
    with pytest.raises(SensorscapeError, match="other columns"):
        read_footprint(reports)


def test_budgets_sensors_and_tables_come_from_the_footprint(make, page_of):
    made = make(("s2", "cifar10"))
    made.footprint["conditions"]["tables"] = {"cifar10": {"path": "x.csv", "unit": "accuracy"}}
    material = page_of(made)
    assert material.sensors == ["s2", "cifar10"]
    assert (material.budget, material.late_budget) == (9, 27)
    assert material.table_sensors == {"cifar10"}
    assert json.dumps(material.conditions["training"]["budgets"]) == "[1, 3, 9, 27]"


@pytest.mark.parametrize(("tables", "unit"), [((), "kappa"), (("s1", "s2"), "accuracy"), (("s2",), "kappa or accuracy")])
def test_fitness_is_counted_in_kappa_or_in_the_unit_of_its_table(make, page_of, tables, unit):
    made = make(("s1", "s2"))
    made.footprint["conditions"]["tables"] = {name: {"path": "x.csv", "unit": "accuracy"} for name in tables}
    assert page_of(made).unit == unit
