import numpy as np
import pandas as pd
import pytest

from sensorscape import explore
from sensorscape.cells.samplers import sample
from sensorscape.errors import SensorscapeError
from sensorscape.explore import Landscape, figure, footprint


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "made-up.csv"
    cells = sample("uniform", 12, seed=1).cells
    values = np.random.default_rng(0).random((12, 2))
    pd.DataFrame({"hash": [cell.hash for cell in cells], "4": values[:, 0], "12": values[:, 1]}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def landscape(table):
    return Landscape.from_table(table)


def test_a_table_becomes_a_landscape(landscape, table):
    assert (landscape.name, landscape.budgets, landscape.n, landscape.table) == ("made-up", (4, 12), 12, True)
    values = pd.read_csv(table).set_index("hash")["12"]
    assert landscape.fitness[0, :, 1].tolist() == pytest.approx([values[cell] for cell in landscape.cells])


def test_its_footprint_and_a_figure(landscape):
    made = footprint(landscape, bootstrap=200)
    assert made.content["budget"] == 4
    assert made.content["late_budget"] == 12
    assert made.metrics["made-up"]["mean"] == pytest.approx(landscape.fitness[0, :, 0].mean())
    _, plotted = figure("means", made)
    assert len(plotted)
    with pytest.raises(SensorscapeError, match="no figure 'nosuch'"):
        figure("nosuch", made)
    with pytest.raises(SensorscapeError, match="cannot give the figure walk"):
        figure("walk", made)


def test_nothing_has_no_footprint():
    with pytest.raises(SensorscapeError, match="at least one landscape"):
        footprint([])


def test_a_project_without_a_study_and_a_sensor_that_is_not_in_it(tmp_path):
    from sensorscape.files import write_json

    with pytest.raises(SensorscapeError, match="study"):
        Landscape.from_store(tmp_path, "s1")
    write_json(tmp_path / "models" / "study.json", {"study": "x", "sensors": {"s2": {}}, "entries": [], "tables": {"s2": {}}})
    with pytest.raises(SensorscapeError, match="no sensor 's1'"):
        Landscape.from_store(tmp_path, "s1")
    with pytest.raises(SensorscapeError, match="is a table"):
        Landscape.from_store(tmp_path, "s2")


def test_the_interface_is_what_the_documentation_names():
    assert set(explore.__all__) == {"Footprint", "Landscape", "figure", "footprint"}
