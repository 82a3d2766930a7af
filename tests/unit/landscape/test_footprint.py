import json

import numpy as np
import pandas as pd
import pytest

from sensorscape.landscape.footprint import footprint_of
from sensorscape.landscape.schema import METRICS, PLOTS, TABLES, read_tables


def test_every_table_is_written_and_read_back(sample, settings, tmp_path):
    made = footprint_of([sample(seed=1), sample(seed=2, name="s2")], settings, study="x")
    made.write(tmp_path)
    found = read_tables(tmp_path / "footprint")
    read_tables(tmp_path / "plots", PLOTS)
    content = json.loads((tmp_path / "footprint" / "footprint.json").read_text())
    assert content["tables"] == {name: len(frame) for name, frame in found.items()}
    assert content["sensors"] == ["s1", "s2"]
    assert set(content["summary"]["s1"]) == set(METRICS)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    undefined = json.loads((tmp_path / "undefined.json").read_text())
    for sensor in ("s1", "s2"):
        assert set(metrics[sensor]) | set(undefined[sensor]) == set(METRICS)
        assert not set(metrics[sensor]) & set(undefined[sensor])


def test_the_same_input_gives_the_same_bytes(sample, settings, tmp_path):
    for name in ("one", "two"):
        footprint_of([sample(n=12)], settings).write(tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == len(TABLES) + len(PLOTS) + 3
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


def test_adding_a_sensor_changes_no_number_of_another(sample, settings):
    alone, both = footprint_of([sample()], settings), footprint_of([sample(), sample(seed=5, name="s2")], settings)
    assert alone.metrics["s1"] == both.metrics["s1"]
    pd.testing.assert_frame_equal(alone.tables["metrics"], both.tables["metrics"].query("sensor == 's1'"))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_survivors_still_give_a_footprint(sample, settings, tmp_path, n):
    made = footprint_of([sample(n=n), sample(seed=5, name="s2")], settings)
    made.write(tmp_path)
    assert made.undefined["s1"]["local_optima"]


def test_constant_missing_and_short(make, settings, tmp_path):
    from sensorscape.landscape.landscape import Walk

    values = np.random.default_rng(0).random((20, 4))
    values[:8, 3] = np.nan
    walk = Walk(np.array(["a", "b"]), np.array([[0.1] * 4, [0.2] * 4]))
    gaps, constant = make(values, walks=[walk]), make(np.full((20, 4), 0.5), name="s2", walks=[walk])
    made = footprint_of([gaps, constant], settings)
    made.write(tmp_path)
    assert "at least 3 needed" in made.undefined["s1"]["ruggedness"]
    assert made.tables["differences"]["reason"].ne("").any()


def test_names_must_differ(sample, settings):
    with pytest.raises(ValueError, match="distinct"):
        footprint_of([sample(), sample()], settings)
