import numpy as np
import pytest

from sensorscape.landscape.frames import FRAMES, sensitivity
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.schema import TABLES


@pytest.mark.parametrize("name", FRAMES)
def test_rows_have_the_columns_of_the_schema(sample, settings, name):
    landscape = sample(flagged=np.arange(40) < 3)
    rows = FRAMES[name](Measured(landscape, settings))
    assert rows
    for row in rows:
        assert set(row) <= set(TABLES[name].names)
        assert row["sensor"] == "s1"


def test_undefined_numbers_have_a_reason_wherever_the_table_has_one(sample, settings):
    measured = Measured(sample(n=2), settings)
    for name in ("metrics", "densities", "fdc_fits", "persistence", "auc", "optima", "radar"):
        for row in FRAMES[name](measured):
            key = {"densities": "aic", "fdc_fits": "pearson", "radar": "raw"}.get(name, "value")
            assert not np.isnan(row[key]) or row["reason"], (name, row)


def test_sensitivity_leaves_the_flagged_runs_out(sample, settings):
    landscape = sample(flagged=np.arange(40) < 3)
    rows = {row["metric"]: row for row in sensitivity(Measured(landscape, settings))}
    assert rows["mean"]["n"] == 40
    assert rows["mean"]["n_unflagged"] == 37
    assert rows["mean"]["value_unflagged"] == pytest.approx(landscape.fitness[0, 3:, 2].mean())
    assert sensitivity(Measured(sample(), settings)) == []


def test_edit_distances_of_many_cells_are_undefined_with_their_reason(sample, settings):
    rows = [row for row in FRAMES["fdc_fits"](Measured(sample(n=121), settings)) if row["distance"] == "edit"]
    assert [row["budget"] for row in rows] == [4, 12, 36, 108]
    assert {row["reason"] for row in rows} == {"edit distances are computed of at most 120 cells, here are 121"}
