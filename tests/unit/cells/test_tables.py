import json

import numpy as np
import pytest

from sensorscape.cells import cache, nasbench, tables
from sensorscape.cells.cell import Cell
from sensorscape.errors import SensorscapeError

TRIVIAL = Cell.from_edges([(0, 1)], [])
CONV = Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])
HEAD = "matrix,ops,4,36\n"


def row(cell, *values):
    """A line of CSV: matrix and operations as quoted JSON, then the values."""
    graph = [json.dumps(part).replace('"', '""') for part in cell.to_dict().values()]
    return ",".join([f'"{part}"' for part in graph] + list(values)) + "\n"


@pytest.fixture
def write(tmp_path):
    def make(text, name="table.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return make


def test_a_table_by_graph_gives_hashes_budgets_and_missing_values(write):
    table = tables.load(write(HEAD + row(TRIVIAL, "0.1", "0.5") + row(CONV, "0.2", "")))
    assert table.hashes == (TRIVIAL.hash, CONV.hash)
    assert table.budgets == (4, 36)
    assert table.missing == {4: 0, 36: 1}
    assert table.complete() == (TRIVIAL.hash,)
    looked = table.lookup([CONV.hash, "absent", TRIVIAL.hash], [36, 4])
    np.testing.assert_array_equal(looked, [[np.nan, 0.2], [np.nan, np.nan], [0.5, 0.1]])


def test_columns_name_the_budgets_of_any_table_with_a_code(write):
    code = "".join(map(str, CONV.code))
    table = tables.load(write(f"code,accuracy\n{code},0.75\n"), columns={12: "accuracy"})
    assert (table.hashes, table.budgets, table.fitness.tolist()) == ((CONV.hash,), (12,), [[0.75]])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (row(TRIVIAL, "0.1", "0.5") + row(TRIVIAL, "0.2", "0.4"), f"cell {TRIVIAL.hash} stands in rows 0 and 1"),
        (row(TRIVIAL, "0.1", "nan"), f"{TRIVIAL.hash} .row 0. at 36 epochs is NaN"),
        (row(TRIVIAL, "0.1", "1.5"), f"1.5 of cell {TRIVIAL.hash} .row 0. at 36 epochs is outside"),
        (row(TRIVIAL, "0.1", "good"), "column 36 is not of numbers"),
        ('"[[0,0],[0,0]]","[]",0.1,0.2\n', "row 0 is no cell: no path"),
    ],
)
def test_bad_rows_are_named_with_their_reason(write, rows, reason):
    with pytest.raises(SensorscapeError, match=reason):
        tables.load(write(HEAD + rows))


def test_a_budget_that_is_not_there_is_named(write):
    table = tables.load(write(HEAD + row(TRIVIAL, "0.1", "0.5")))
    with pytest.raises(SensorscapeError, match="no fitness at 108 epochs, it has 4, 36"):
        table.at([4, 108])
    with pytest.raises(SensorscapeError, match="no column top1"):
        tables.load(write(HEAD + row(TRIVIAL, "0.1", "0.5")), columns={4: "top1"})


def test_an_unknown_hash_is_refused(write, monkeypatch):
    monkeypatch.setattr(cache, "space_hashes", lambda: np.array([TRIVIAL.hash.encode()]))
    assert tables.load(write(f"hash,4\n{TRIVIAL.hash},0.3\n")).fitness.tolist() == [[0.3]]
    with pytest.raises(SensorscapeError, match="row 0 has the hash 'ffff'"):
        tables.load(write("hash,4\nffff,0.3\n"))


@pytest.fixture
def published(record, write_records):
    return write_records(*(record(cell, value) for cell in (TRIVIAL, CONV) for value in (0.5, 0.625, 0.75)))


def test_published_records_are_read_without_tensorflow(published):
    table = tables.load(published)
    assert table.hashes == (TRIVIAL.hash, CONV.hash)
    assert (table.budgets, table.fitness.tolist()) == ((4,), [[0.625], [0.625]])
    assert tables.load(published, repeat=2).fitness.tolist() == [[0.75], [0.75]]
    assert tables.load(published, repeat=0, evaluation="half").fitness.tolist() == [[0.25], [0.25]]
    assert tables.load(published, repeat=0, split="validation").fitness.tolist() == [[0.4], [0.4]]
    with pytest.raises(SensorscapeError, match="no repeat 3"):
        tables.load(published, repeat=3)


def test_a_cell_without_the_wanted_repeat_or_epochs_is_missing(record, write_records):
    records = [record(TRIVIAL, 0.5), record(TRIVIAL, 0.75, epochs=36), record(CONV, 0.5), record(TRIVIAL, 0.875)]
    table = tables.load(write_records(*records))
    assert (table.budgets, table.missing) == ((4, 36), {4: 0, 36: 1})
    np.testing.assert_array_equal(table.fitness, [[0.6875, 0.75], [0.5, np.nan]])
    second = tables.load(write_records(*records), repeat=1)
    np.testing.assert_array_equal(second.fitness, [[0.875, np.nan], [np.nan, np.nan]])


def test_records_are_converted_once_and_a_conversion_is_read_as_they_are(published, tmp_path, monkeypatch):
    first = tables.load(published)
    (converted,) = (tmp_path / "cache").glob("table-*.parquet")
    monkeypatch.setattr(nasbench, "convert", None)
    assert tables.load(published).fitness.tolist() == first.fitness.tolist()
    assert tables.load(converted, repeat=2, split="train").fitness.tolist() == [[0.9], [0.9]]
    with pytest.raises(SensorscapeError, match="no other accuracy"):
        tables.load(published, split="other")


def test_damaged_records_are_named_and_not_kept(published, tmp_path):
    published.write_bytes(published.read_bytes()[:-3])
    with pytest.raises(SensorscapeError, match="ends in the middle of record 5"):
        tables.load(published)
    assert list((tmp_path / "cache").glob("*.parquet")) == []


def test_the_ledgers_entry_says_how_many_cells_and_which(write):
    table = tables.load(write(HEAD + row(CONV, "0.2", "") + row(TRIVIAL, "0.1", "0.5")))
    told = table.used()
    assert (told["cells"], told["complete"], told["missing"]) == (2, 1, {"4": 0, "36": 1})
    again = tables.load(write(HEAD + row(TRIVIAL, "0.3", "0.5") + row(CONV, "0.2", "")))
    assert told["cells_sha256"] == again.used()["cells_sha256"] != tables.load(write(HEAD + row(TRIVIAL, "1", "1"))).used()["cells_sha256"]


def test_a_missing_or_unreadable_file_is_named(write, tmp_path):
    with pytest.raises(SensorscapeError, match=r"none.csv is missing"):
        tables.load(tmp_path / "none.csv")
    for text, name in (("not Parquet", "table.parquet"), ("a,b\n1\n", "table.csv")):
        with pytest.raises(SensorscapeError, match=f"{name} cannot be read"):
            tables.load(write(text, name))
    with pytest.raises(SensorscapeError, match="does not say which cells it has"):
        tables.load(write("4,36\n0.1,0.2\n"))
    with pytest.raises(SensorscapeError, match="no column named by a number of epochs"):
        tables.load(write("hash\nffff\n"))
