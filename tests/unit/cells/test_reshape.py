"""Any table of fitness becomes one that is read without options."""

import pytest

from sensorscape.cells import tables
from sensorscape.cells.cell import Cell
from sensorscape.cells.reshape import convert
from sensorscape.errors import SensorscapeError

CELLS = [Cell.from_edges([(0, 1)], []), Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])]
CODES = ["".join(map(str, cell.code)) for cell in CELLS]
NOT_LONG = ("", "")


@pytest.fixture
def make(tmp_path):
    """Converts lines of CSV and reads what came of it."""

    def run(lines, columns=None, divide=1.0, long=NOT_LONG, where=None):
        source, target = tmp_path / "source.csv", tmp_path / "target.parquet"
        source.write_text("\n".join(lines) + "\n")
        rows = convert(source, target, columns or {}, divide, long, where or {})
        table = tables.load(target)
        assert rows == len(table.hashes)
        return table

    return run


def test_columns_are_named_by_their_budgets_and_divided(make):
    table = make([f"code,hits,more,noise\n{CODES[0]},5,8,x", f"{CODES[1]},,6,y"], {108: "more", 4: "hits"}, divide=10)
    assert table.hashes == (CELLS[0].hash, CELLS[1].hash)
    assert table.budgets == (4, 108)
    assert table.fitness[:, 1].tolist() == [0.8, 0.6]
    assert table.missing == {4: 1, 108: 0}


def test_without_options_the_columns_with_numbers_are_the_budgets(make):
    assert make(["code,4,note,36", f"{CODES[0]},0.5,x,0.75"]).budgets == (4, 36)


def test_a_row_per_budget_becomes_a_column_per_budget(make):
    lines = ["code,epochs,seed,kappa", f"{CODES[0]},4,1,0.25", f"{CODES[0]},12,1,0.5", f"{CODES[1]},4,1,0.125", f"{CODES[0]},4,2,0.75"]
    table = make(lines, long=("epochs", "kappa"), where={"seed": "1"})
    assert dict(zip(table.hashes, table.fitness[:, 0].tolist(), strict=True)) == {CELLS[0].hash: 0.25, CELLS[1].hash: 0.125}
    assert (table.budgets, table.missing) == ((4, 12), {4: 0, 12: 1})
    with pytest.raises(SensorscapeError, match=r"cell .* stands twice at 4 epochs"):
        make(lines, long=("epochs", "kappa"))


@pytest.mark.parametrize(
    ("head", "options", "reason"),
    [
        ("code,kappa", {"columns": {4: "accuracy"}}, "has no column accuracy; it has code, kappa"),
        ("code,kappa", {"where": {"seed": "1"}}, "has no column seed"),
        ("code,kappa", {"long": ("epochs", "kappa")}, "has no column epochs"),
        ("code,kappa", {"long": ("", "kappa")}, "needs both a budget column and a fitness column"),
        ("name,kappa", {"columns": {4: "kappa"}}, "no column hash, matrix and ops, or code"),
        ("code,kappa", {"columns": {4: "kappa"}, "where": {"kappa": "7"}}, "has no rows left"),
        ("code,kappa", {}, "no column named by a number of epochs"),
        ("kappa,code", {"columns": {4: "kappa"}}, "column kappa is not of numbers"),
        ("code,kappa", {"long": ("kappa", "kappa")}, "kappa holds 0.5, which is no number of epochs"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(make, tmp_path, head, options, reason):
    with pytest.raises(SensorscapeError, match=reason):
        make([head, f"{'x' if head.startswith('kappa') else CODES[1]},0.5"], **options)
    assert not (tmp_path / "target.parquet").exists()


def test_a_fitness_that_is_nan_is_no_missing_value(make, tmp_path):
    with pytest.raises(SensorscapeError, match=r"kappa of cell 0.* is NaN .row 1"):
        make(["code,kappa", f"{CODES[0]},", f"{CODES[1]},nan"], {4: "kappa"})
    assert not (tmp_path / "target.parquet").exists()


def test_cells_by_matrix_differ_by_their_operations_too(make):
    matrix = '"[[0,1,0],[0,0,1],[0,0,0]]"'
    lines = ["matrix,ops,epochs,kappa", *(f'{matrix},"[""{name}""]",4,0.5' for name in ("conv1x1", "conv3x3"))]
    assert make(lines, long=("epochs", "kappa")).fitness.tolist() == [[0.5], [0.5]]


def test_every_row_is_checked_to_be_a_cell_that_comes_once(make, tmp_path):
    with pytest.raises(SensorscapeError, match=r"source.csv: cell 0.* stands in rows 0 and 1"):
        make([f"code,4\n{CODES[0]},0.5", f"{CODES[0]},0.75"])
    with pytest.raises(SensorscapeError, match=r"source.csv: row 1 is no cell"):
        make([f"code,4\n{CODES[0]},0.5", f"{CODES[0][:-1]}1,0.75"])
    assert not (tmp_path / "target.parquet").exists()
