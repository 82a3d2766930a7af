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


def test_the_number_of_processes_changes_no_byte(sample, settings, tmp_path):
    several = [sample(n=12, name=name, seed=seed) for seed, name in enumerate(("s1", "s2", "fusion"))]
    for processes in (1, 2):
        footprint_of(several, settings, processes=processes).write(tmp_path / str(processes))
    files = [path for path in (tmp_path / "1").rglob("*") if path.is_file()]
    assert len(files) == len(TABLES) + len(PLOTS) + 3
    for path in files:
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes(), path


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


def beyond(make, sample):
    values = 0.5 + 0.3 * np.random.default_rng(3).standard_normal((40, 4))
    values[0], values[1], values[2] = 0, 1, -0.2
    return [make(values)]


def no_cell_in_common(make, sample):
    return [make(np.random.default_rng(0).random((12, 4))), make(np.random.default_rng(1).random((12, 4)), name="s2", first=100)]


def one_sensor(make, sample):
    return [sample()]


def one_budget(make, sample):
    return [make(np.random.default_rng(0).random((20, 1)), (36,)), make(np.random.default_rng(1).random((20, 1)), (36,), name="s2")]


def a_budget_of_few(make, sample):
    values = np.random.default_rng(0).random((20, 4))
    values[2:, 3] = np.nan
    return [make(values), sample(n=20, name="s2")]


def no_footprint_budget(make, sample):
    return [make(np.random.default_rng(0).random((20, 2)), (1, 2))]


def nobody_survived(make, sample):
    return [sample(n=0), sample(n=0, name="s2")]


def seeds_missing(make, sample):
    values = np.random.default_rng(0).random((3, 20, 4))
    values[1, :10], values[2, 5:], values[0, 7] = np.nan, np.nan, np.nan
    return [make(values), make(np.random.default_rng(1).random((3, 20, 4)), name="s2")]


@pytest.mark.parametrize(
    ("bad", "table", "reason"),
    [
        (beyond, "densities", "off the support"),
        (no_cell_in_common, "differences", "0 cells that both trained"),
        (one_budget, "persistence", "at least two budgets"),
        (a_budget_of_few, "fdc_fits", "2 models left"),
        (no_footprint_budget, "metrics", "has no budget of 36 epochs"),
        (nobody_survived, "metrics", "0 models left"),
        (seeds_missing, "reliability", "cells with several seeds"),
        (one_sensor, "replay", "no surrogate stands in"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_bad_input_gives_every_table_and_its_reason(make, sample, settings, tmp_path, bad, table, reason):
    made = footprint_of(bad(make, sample), settings)
    made.write(tmp_path)
    assert read_tables(tmp_path / "footprint")[table]["reason"].str.contains(reason).any()


def test_what_cannot_be_said_is_said(make, sample, settings):
    alone = footprint_of(one_sensor(make, sample), settings).content["cannot"]
    assert any("nothing to compare" in one["text"] for one in alone)
    apart = footprint_of(no_cell_in_common(make, sample), settings).content["cannot"]
    assert any("no cell in common" in one["text"] for one in apart)


def test_names_must_differ(sample, settings):
    with pytest.raises(ValueError, match="distinct"):
        footprint_of([sample(), sample()], settings)
