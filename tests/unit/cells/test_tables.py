import base64
import json

import numpy as np
import pytest

from sensorscape.cells import cache, nasbench, tables, tfrecord
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


def metrics(accuracy):
    """ModelMetrics as NASBench-101 publishes it: three evaluations, of which the last has `accuracy` on test."""
    made = nasbench.messages()[0](trainable_parameters=5, total_time=9.0)
    for share in (0.0, 0.5, 1.0):
        made.evaluation_data.add(
            current_epoch=4 * share,
            training_time=share,
            train_accuracy=0.9,
            validation_accuracy=accuracy - 0.1,
            test_accuracy=accuracy * share,
        )
    return base64.b64encode(made.SerializeToString()).decode()


def record(cell, accuracy, epochs=4, **changes):
    digits = "".join(map(str, cell.matrix.reshape(-1)))
    operations = ",".join(["input", *(f"{name}-bn-relu" if name.startswith("conv") else name for name in cell.operations), "output"])
    fields = {"hash": cell.hash, "epochs": epochs, "matrix": digits, "ops": operations, "metrics": metrics(accuracy)} | changes
    return json.dumps(list(fields.values())).encode()


def write_records(path, records):
    path.write_bytes(b"".join(map(tfrecord.frame, records)))
    return path


@pytest.fixture
def published(tmp_path, monkeypatch):
    monkeypatch.setenv("SENSORSCAPE_CACHE", str(tmp_path / "cache"))
    return write_records(tmp_path / "nasbench.tfrecord", [record(cell, value) for cell in (TRIVIAL, CONV) for value in (0.5, 0.625, 0.75)])


def test_crc32c_has_its_published_values():
    assert tfrecord.crc32c([b"123456789", b"\x00" * 32, b"\xff" * 32]).tolist() == [0xE3069283, 0x8A9136AA, 0x62A8AB43]


def test_published_records_are_read_without_tensorflow(published):
    table = tables.load(published)
    assert table.hashes == (TRIVIAL.hash, CONV.hash)
    assert (table.budgets, table.fitness.tolist()) == ((4,), [[0.625], [0.625]])
    assert tables.load(published, repeat=2).fitness.tolist() == [[0.75], [0.75]]
    assert tables.load(published, repeat=0, evaluation="half").fitness.tolist() == [[0.25], [0.25]]
    assert tables.load(published, repeat=0, split="validation").fitness.tolist() == [[0.4], [0.4]]
    with pytest.raises(SensorscapeError, match="no repeat 3"):
        tables.load(published, repeat=3)


def test_damaged_records_are_named(published, tmp_path):
    whole = published.read_bytes()
    published.write_bytes(whole[:-3])
    with pytest.raises(SensorscapeError, match="ends in the middle of record 5"):
        tables.load(published)
    published.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    with pytest.raises(SensorscapeError, match="checksum of record 0 is wrong"):
        tables.load(published)
    fields = [*json.loads(record(TRIVIAL, 0.5)), "one more"]
    write_records(published, [json.dumps(fields).encode()])
    with pytest.raises(SensorscapeError, match="record 0 has not the five fields"):
        tables.load(published)
    write_records(published, [record(TRIVIAL, 0.5, hash="0" * 32)])
    with pytest.raises(SensorscapeError, match="is not that of its graph"):
        tables.load(published)
