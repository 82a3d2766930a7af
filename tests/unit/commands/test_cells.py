import json
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sensorscape.cells import cache, tables
from sensorscape.cells.cell import Cell
from sensorscape.cells.space import space
from sensorscape.commands.cells import app
from sensorscape.errors import SensorscapeError
from sensorscape.params import read_yaml

CONV = Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


def test_describe_tells_hash_code_parameters_and_neighbours_in_every_sense(call, tmp_path):
    (tmp_path / "cell.json").write_text(json.dumps({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]}))
    told = json.loads(call("describe", "cell.json", "--json", "--picture", "cell.svg"))
    assert told["hash"] == CONV.hash
    assert len(told["code"]) == 289
    assert told["code"].count("1") == 2
    assert told["parameters"]["s2"] == 10189329
    assert [len(told["neighbours"][name]) for name in ("hamming", "edge")] == [1, 1]  # the edge from input to output
    assert Cell.from_edges([(0, 1), (1, 2)], ["conv1x1"]).hash in told["neighbours"]["edit"]
    assert (tmp_path / "cell.svg").read_text().startswith("<svg")
    assert "0 input → conv3x3 (1)" in call("describe", "cell.json")


def test_describe_says_what_is_wrong_with_a_file(call, tmp_path):
    (tmp_path / "cell.json").write_text('{"matrix": [[0, 0], [0, 0]], "ops": []}')
    with pytest.raises(SensorscapeError, match=r"cell.json: no path leads"):
        call("describe", "cell.json")
    with pytest.raises(SensorscapeError, match=r"other.json is missing"):
        call("describe", "other.json")


NAME = "28cfc7874f6d200472e1a9dcd8650aa0"
CELL = {
    "edges": [(0, 1), (0, 2), (0, 3), (0, 5), (1, 6), (2, 6), (3, 4), (4, 6), (5, 6)],
    "operations": ["conv1x1", "conv3x3", "conv3x3", "conv3x3", "maxpool3x3"],
}


@pytest.fixture
def cell_file(tmp_path):
    (tmp_path / "cell.json").write_text(json.dumps(Cell.from_edges(**CELL).to_dict()))
    return "cell.json"


@pytest.fixture
def project(tmp_path):
    """Makes the current folder a project with these sensors."""

    def make(sensors, network="stack", subset=None):
        values = read_yaml(Path(__file__).parents[3] / "params.yaml")
        values["sensors"], values["sensor"] = sensors, list(sensors)
        values["network"] |= {"stem": 128, "stacks": 3, "cells": 3, "sensors": network}
        YAML(typ="safe").dump(values, tmp_path / "params.yaml")
        (tmp_path / "dvc.yaml").write_text("{}")
        if subset:
            (tmp_path / "data" / "subset").mkdir(parents=True)
            (tmp_path / "data" / "subset" / "subset.json").write_text(json.dumps(subset))

    return make


def test_parameters_outside_a_project_are_so2sats_and_say_so(call, cell_file):
    told = json.loads(call("describe", cell_file, "--json"))
    assert (told["hash"], told["parameters"]["s2"]) == (NAME, 2694282 + 11655)
    assert ["NASBench-101's network" in told["assumed"][0], "So2Sat's 17 classes" in told["assumed"][1]] == [True, True]
    assert "assumed: So2Sat's 17 classes" in call("describe", cell_file)


def test_parameters_for_given_channels_and_classes_assume_no_data(call, cell_file):
    told = json.loads(call("describe", cell_file, "--channels", "3", "--classes", "10", "--json"))
    assert told["parameters"] == {"3 channels": 2694282}
    assert len(told["assumed"]) == 1


def test_parameters_are_of_the_projects_sensors_arrays_and_classes(call, cell_file, project):
    subset = {"arrays": {"rgb": {"channels": 3}, "sen1": {"channels": 8}}, "classes": 10}
    project({"one": {"rgb": "all"}, "two": {"rgb": [0, 1, 2], "sen1": [3]}, "nb": {"table": "data/external/tables/t.csv"}}, subset=subset)
    told = json.loads(call("describe", cell_file, "--json"))
    assert (told["parameters"], told["assumed"]) == ({"one": 2694282, "two": 2694282 + 9 * 128}, [])


def test_a_late_network_is_counted_per_array(call, cell_file, project):
    project({"both": {"sen1": "all", "sen2": "all"}}, network="late")
    told = json.loads(call("describe", cell_file, "--json"))
    assert told["parameters"]["both"] == 2 * 2694282 + 9351 + 11655 - 17
    assert told["assumed"] == [
        "So2Sat's 17 classes, 8 channels of sen1 and 10 of sen2, as there is no data/subset/subset.json (dvc repro subset)"
    ]


def test_a_sensor_whose_channels_are_not_known_is_left_out_and_named(call, cell_file, project):
    project({"lcz": {"winter": "all", "sen1": "all"}, "s1": {"sen1": "all"}})
    told = json.loads(call("describe", cell_file, "--json"))
    assert list(told["parameters"]) == ["s1"]
    assert told["assumed"][1].startswith("nothing about lcz: how many channels winter has is not known")


def test_a_picture_is_svg_or_png_and_nothing_else(call, cell_file, tmp_path):
    call("describe", cell_file, "--picture", "cell.png")
    assert (tmp_path / "cell.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SensorscapeError, match=r"cell.jpg is neither .svg nor .png"):
        call("describe", cell_file, "--picture", "cell.jpg")
    assert not (tmp_path / "cell.jpg").exists()


def test_count_and_neighbourhood_print_the_published_numbers(call):
    assert json.loads(call("count", "--json"))["cells"] == 423624
    told = json.loads(call("neighbourhood", "hamming", "--json"))
    assert (told["pairs"], told["components"], told["component_sizes"][0]) == (1065502, 4373, 43460)
    assert "isolated: 577" in call("neighbourhood", "edge")


def test_a_sample_is_written_as_a_list_for_a_population(call, tmp_path):
    call("sample", "--sampler", "uniform", "--size", "4", "-o", "list.json")
    cells = [Cell.from_dict(entry) for entry in json.loads((tmp_path / "list.json").read_text())]
    assert len(set(cells)) == 4


def test_a_long_table_is_converted_to_a_column_per_budget(call, tmp_path):
    code = "".join(map(str, CONV.code))
    rows = [f"{code},{epochs},{repeat},{hits}" for epochs, repeat, hits in ((4, 1, 10), (4, 2, 90), (12, 1, 20))]
    (tmp_path / "long.csv").write_text("\n".join(["code,epochs,repeat,hits", *rows]) + "\n")
    arguments = ("table", "convert", "long.csv", "wide.parquet", "--budget-column", "epochs", "--fitness-column", "hits", "--divide", "100")
    with pytest.raises(SensorscapeError, match="stands twice at 4 epochs"):
        call(*arguments)
    assert "1 cells" in call(*arguments, "--where", "repeat=1")
    table = tables.load(tmp_path / "wide.parquet")
    assert (table.hashes, table.budgets, table.fitness.tolist()) == ((CONV.hash,), (4, 12), [[0.1, 0.2]])


@pytest.mark.parametrize("column", ["late=hits", "0=hits", "hits"])
def test_a_column_needs_its_number_of_epochs(call, tmp_path, column):
    (tmp_path / "hits.csv").write_text("code,hits\n0,1\n")
    with pytest.raises(SensorscapeError, match="--column"):
        call("table", "convert", "hits.csv", "out.parquet", "--column", column)


@pytest.mark.parametrize("number", ["0", "-1", "nan"])
def test_hits_are_divided_by_what_they_are_out_of(call, tmp_path, number):
    (tmp_path / "hits.csv").write_text("code,4\n0,1\n")
    with pytest.raises(SensorscapeError, match="is not above 0"):
        call("table", "convert", "hits.csv", "out.parquet", "--divide", number)


def test_records_are_converted_whole(call, tmp_path):
    (tmp_path / "some.tfrecord").write_bytes(b"")
    with pytest.raises(SensorscapeError, match="converted whole"):
        call("table", "convert", "some.tfrecord", "out.parquet", "--where", "repeat=1")
    with pytest.raises(SensorscapeError, match="holds no records"):
        call("table", "convert", "some.tfrecord", "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_a_sample_of_a_table_has_values_at_every_budget(call, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "space_hashes", lambda: np.array([space().cell(row).hash.encode() for row in range(7)]))
    (tmp_path / "table.csv").write_text('matrix,ops,4,36\n"[[0,1],[0,0]]",[],0.1,\n"[[0,1,0],[0,0,1],[0,0,0]]","[""conv3x3""]",0.1,0.2\n')
    told = json.loads(call("sample", "--size", "1", "--table", "table.csv", "--json"))
    assert [entry["hash"] for entry in told["cells"]] == [CONV.hash]
    with pytest.raises(SensorscapeError, match="2 distinct cells were asked for, there are 1 to draw from"):
        call("sample", "--size", "2", "--table", "table.csv")
    with pytest.raises(SensorscapeError, match=r"none.csv is missing"):
        call("sample", "--table", "none.csv")


def test_a_sample_of_a_table_sensor_has_values_at_the_studys_budgets(call, tmp_path, monkeypatch, project):
    monkeypatch.setattr(cache, "space_hashes", lambda: np.array([space().cell(row).hash.encode() for row in range(7)]))
    project({"nb": {"table": "data/external/tables/t.csv", "range": [0, 100], "columns": {1: "one", 3: "three", 9: "nine", 27: "last"}}})
    (tmp_path / "data" / "external" / "tables").mkdir(parents=True)
    code = "".join(map(str, CONV.code))
    (tmp_path / "data" / "external" / "tables" / "t.csv").write_text(f"code,one,three,nine,last,more\n{code},50,60,70,80,\n")
    assert json.loads(call("sample", "--size", "1", "--table", "nb", "--json"))["diagnostics"]["drawn_from"] == 1
    with pytest.raises(SensorscapeError, match="s9 is neither a file nor a table sensor"):
        call("sample", "--table", "s9")
