import numpy as np
import pandas as pd
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.landscape.schema import EIGHT, METRICS, PLOTS, TABLES, read_table, read_tables, write_table


def test_the_eight_metrics_of_the_footprint():
    assert EIGHT == (
        "mean",
        "sd",
        "ruggedness",
        "local_optima",
        "persistence_positive",
        "persistence_negative",
        "auc_positive",
        "auc_negative",
    )
    assert set(EIGHT) <= set(METRICS)


@pytest.mark.parametrize("table", [*TABLES.values(), *PLOTS.values()], ids=lambda table: f"{table.folder}-{table.name}")
def test_empty_tables_come_back_empty(tmp_path, table):
    write_table(tmp_path, table, pd.DataFrame())
    found = read_table(tmp_path, table)
    assert list(found.columns) == table.names
    assert len(found) == 0


def test_what_is_undefined_is_an_empty_field(tmp_path):
    table = TABLES["ruggedness"]
    row = dict.fromkeys(table.names, None) | {"sensor": "s1", "budget": 36, "rho": np.nan, "white_noise": False, "reason": "no walk"}
    write_table(tmp_path, table, pd.DataFrame([row]))
    found = read_table(tmp_path, table).iloc[0]
    assert np.isnan(found["rho"])
    assert found["white_noise"] == "no"
    assert found["estimate"] == ""
    assert found["reason"] == "no walk"


def test_a_table_that_lacks_a_column_is_a_fault(tmp_path):
    with pytest.raises(ValueError, match="fitness"):
        write_table(tmp_path, TABLES["fitness"], pd.DataFrame({"sensor": ["s1"]}))


def test_missing_and_foreign_tables_are_named(tmp_path):
    with pytest.raises(SensorscapeError, match="missing"):
        read_tables(tmp_path)
    (tmp_path / "fitness.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SensorscapeError, match=r"fitness\.csv"):
        read_table(tmp_path, TABLES["fitness"])
