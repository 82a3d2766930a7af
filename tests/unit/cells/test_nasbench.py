"""NASBench-101's records become Parquet: a row per cell, epochs, repeat and evaluation."""

import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import nasbench
from sensorscape.cells.cell import Cell
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError

TRIVIAL = Cell.from_edges([(0, 1)], [])
CONV = Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_every_evaluation_is_a_row_and_repeats_are_counted_per_cell_and_epochs(record, write_records, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(nasbench, "_BATCH", batch)
    source = write_records(record(CONV, 0.5), record(TRIVIAL, 0.75), record(CONV, 0.625), record(CONV, 0.875, epochs=36))
    assert nasbench.convert(source, tmp_path / "out.parquet") == {"records": 4, "cells": 2}
    table = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert table["hash"][::3] == [CONV.hash, TRIVIAL.hash, CONV.hash, CONV.hash]
    assert table["evaluation"] == ["start", "half", "end"] * 4
    assert (table["epochs"][::3], table["repeat"][::3]) == ([4, 4, 4, 36], [0, 0, 1, 0])
    assert table["test"][2::3] == [0.5, 0.75, 0.625, 0.875]
    assert (table["epoch"][9:], table["seconds"][9:]) == ([0, 18, 36], [0, 0.5, 1])
    assert set(table["parameters"]) == {5}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 423_623), min_size=1, max_size=12))
def test_graphs_as_text_are_found_in_the_space(rows):
    cells = [space().cell(row) for row in rows]
    names = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool3x3": "maxpool3x3"}
    graphs = [
        ("".join(map(str, cell.matrix.reshape(-1))), ",".join(["input", *map(names.get, cell.operations), "output"])) for cell in cells
    ]
    assert nasbench._rows_of(graphs).tolist() == rows


@pytest.mark.parametrize(
    "graph",
    [
        ("", "input,output"),
        ("010", "input,output"),
        ("0200", "input,output"),
        ("0120", "input,output"),
        ("01é0", "input,output"),
        ("0000", "input,output"),
        ("0100", "input,conv3x3-bn-relu,output"),
        ("010001000", "input,conv5x5-bn-relu,output"),
        ("010001000", "output,conv3x3-bn-relu,input"),
        ("0" * 64, ",".join(["input", *["maxpool3x3"] * 6, "output"])),
        ("0111111001111100011110000111000001100000010000000", ",".join(["input", *["maxpool3x3"] * 5, "output"])),
    ],
)
def test_what_is_no_graph_is_not_found(graph):
    """Wrong lengths, entries, order, operations; no path; eight vertices; 21 edges."""
    assert nasbench._rows_of([graph]).tolist() == [-1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"more": 1}, "record 1 has not the five fields of NASBench-101's first version"),
        ({"hash": "0" * 32}, "record 1: the hash 0+ is not that of its graph"),
        ({"hash": "é"}, "record 1: the hash é is not that of its graph"),
        ({"matrix": "0000"}, "record 1: the hash .* is not that of its graph"),
        ({"metrics": "%%%"}, "record 1 is not one of NASBench-101"),
        ({"metrics": "////"}, "record 1 is not one of NASBench-101"),
        ({"metrics": 5}, "record 1 is not one of NASBench-101"),
        ({"metrics": ""}, "record 1 has 0 evaluations instead of 3"),
        ({"epochs": "many"}, "record 1 is not one of NASBench-101"),
    ],
)
def test_a_record_of_another_form_is_named_and_nothing_is_written(record, write_records, tmp_path, changes, reason):
    source = write_records(record(CONV), record(TRIVIAL, changes=changes))
    with pytest.raises(SensorscapeError, match=reason):
        nasbench.convert(source, tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["nasbench.tfrecord"]


def test_what_is_no_json_or_no_record_at_all_is_refused(write_records, tmp_path):
    with pytest.raises(SensorscapeError, match="record 0 is not one of NASBench-101"):
        nasbench.convert(write_records(b"\xff{"), tmp_path / "out.parquet")
    with pytest.raises(SensorscapeError, match="record 0 has not the five fields"):
        nasbench.convert(write_records(json.dumps({"hash": 1}).encode()), tmp_path / "out.parquet")
    with pytest.raises(SensorscapeError, match="holds no records"):
        nasbench.convert(write_records(), tmp_path / "out.parquet")
