"""The ledger is sorted, whole, and names the line that is damaged."""

import json

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import ledger


@pytest.fixture
def written(tmp_path, record):
    path = tmp_path / "runs.jsonl"
    ledger.write(path, [record(cell=cell) for cell in "cab"])
    return path


def test_what_is_written_is_read_back_in_the_order_of_fingerprints(written, record):
    records = ledger.read(written)
    assert sorted(records) == list(records)
    assert {one["fingerprint"]: one for one in (record(cell=cell) for cell in "abc")} == records


def test_equal_records_give_equal_bytes(written, record, tmp_path):
    ledger.write(tmp_path / "again.jsonl", [record(cell=cell) for cell in "bca"])
    assert written.read_bytes() == (tmp_path / "again.jsonl").read_bytes()


def test_a_torn_last_line_is_refused_or_left_out_on_request(written):
    content = written.read_bytes()
    written.write_bytes(content[:-10])
    with pytest.raises(SensorscapeError, match="line 3: the last line is torn"):
        ledger.read(written)
    assert len(ledger.read(written, torn=True)) == 2


def test_a_corrupt_middle_line_is_an_error_even_where_a_torn_one_is_not(written):
    lines = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(lines[0] + lines[1][: len(lines[1]) // 2] + b"\n" + lines[2])
    with pytest.raises(SensorscapeError, match="line 2"):
        ledger.read(written, torn=True)


def test_a_number_altered_in_a_line_is_found(written):
    written.write_bytes(written.read_bytes().replace(b'"kappa":0.5', b'"kappa":0.9', 1))
    with pytest.raises(SensorscapeError, match="altered"):
        ledger.read(written)


def test_a_duplicate_is_an_error_when_read_and_when_written(written, record):
    first = written.read_bytes().splitlines(keepends=True)[0]
    written.write_bytes(first + written.read_bytes())
    with pytest.raises(SensorscapeError, match="appears twice"):
        ledger.read(written)
    with pytest.raises(SensorscapeError, match="two records"):
        ledger.write(written, [record(kappa=0.5), record(kappa=0.6)])


def test_a_record_that_was_altered_is_not_written(written, record):
    before = written.read_bytes()
    with pytest.raises(SensorscapeError, match="altered"):
        ledger.write(written, [record() | {"seed": 9}])
    assert written.read_bytes() == before


def test_a_path_in_a_name_is_refused(written):
    value = json.loads(written.read_bytes().splitlines()[0])
    value["sensor"] = "../../outside"
    written.write_text(json.dumps(value) + "\n")
    with pytest.raises(SensorscapeError, match="plain file name"):
        ledger.read(written)


def test_a_missing_ledger_says_how_to_get_it(tmp_path):
    with pytest.raises(SensorscapeError, match="dvc pull"):
        ledger.read(tmp_path / "none.jsonl")


def test_no_cut_of_a_ledger_yields_a_wrong_record(written):
    content, whole = written.read_bytes(), ledger.read(written)
    for cut in range(0, len(content), 97):
        found = ledger.parse(content[:cut], "a cut ledger", torn=True)
        assert found.items() <= whole.items()
