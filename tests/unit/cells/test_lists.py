"""Lists of cells in files, published or written by hand."""

import json

import pytest

from sensorscape.cells.lists import read_cell, read_list
from sensorscape.errors import SensorscapeError

TRIVIAL = {"matrix": [[0, 1], [0, 0]], "ops": []}
SKIP = {"matrix": [[0, 1, 1], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]}
NAME = "043721b9c7fe8c5fad811d47d83132ec"


@pytest.fixture
def write(tmp_path):
    def make(value):
        path = tmp_path / "cells.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return make


def test_cells_come_in_the_order_of_the_list_and_duplicates_are_named(write):
    drawn = read_list(write([SKIP, TRIVIAL, SKIP]))
    assert [cell.vertices for cell in drawn.cells] == [3, 2]
    assert (drawn.diagnostics["entries"], drawn.diagnostics["distinct"]) == (3, 2)
    assert [(entry["entry"], entry["same_as"]) for entry in drawn.diagnostics["duplicates"]] == [(2, 0)]
    assert read_list(write({"cells": [SKIP, TRIVIAL]})).cells == drawn.cells


def test_a_stated_hash_is_checked(write):
    assert read_cell(write(TRIVIAL | {"hash": NAME})).hash == NAME
    with pytest.raises(SensorscapeError, match=f"entry 1: its hash is {NAME}, its matrix and operations give"):
        read_list(write([TRIVIAL, SKIP | {"hash": NAME}]))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([TRIVIAL, {"matrix": [[0, 0], [0, 0]], "ops": []}], "entry 1: no path"),
        ([TRIVIAL, [0, 1]], "entry 1: not a cell"),
        ([{"matrix": [[0, 1], [0, 0]]}], "entry 0: not a cell: it has the keys matrix"),
        ([], "not a list of cells"),
        ({"matrix": []}, "not a list of cells"),
        ("[", "cannot be read"),
    ],
)
def test_what_is_no_list_of_cells_is_refused_with_the_entry_and_the_reason(write, value, reason):
    with pytest.raises(SensorscapeError, match=reason):
        read_list(write(value))


def test_a_missing_file_is_named(tmp_path):
    for read in (read_list, read_cell):
        with pytest.raises(SensorscapeError, match=r"none.json is missing"):
            read(tmp_path / "none.json")
