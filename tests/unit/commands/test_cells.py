import json

import pytest
from typer.testing import CliRunner

from sensorscape.cells import tables
from sensorscape.cells.cell import Cell
from sensorscape.commands.cells import app
from sensorscape.errors import SensorscapeError

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
