import pandas as pd

from sensorscape.report.blocks import Cell, Missing
from sensorscape.report.palette import Palette
from sensorscape.report.tables import ROWS_SHOWN, Column, tabulate

FRAME = pd.DataFrame(
    {
        "sensor": ["s1", "s2"],
        "cell": ["0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"],
        "value": [0.5, float("nan")],
        "low": [0.25, float("nan")],
        "high": [0.75, float("nan")],
        "p": [0.0001, float("nan")],
        "n": pd.array([24, pd.NA], dtype="Int64"),
        "share": [0.314, 1.0],
        "reason": ["", "all fitness is equal"],
    }
)
COLUMNS = (
    Column("sensor", "sensor", kind="sensor"),
    Column("cell", "model", kind="cell"),
    Column("value", "value", 2, "low", "high"),
    Column("p", "p", kind="p"),
    Column("n", "n", 0),
    Column("share", "share", kind="share"),
    Column("reason", "why", kind="text"),
)


def test_numbers_intervals_links_and_colours():
    table = tabulate("t", "T", FRAME, COLUMNS, Palette(["s1", "s2"]))
    first = table.rows[0]
    assert first[0] == Cell("s1", swatch="#0072B2")
    assert first[1] == Cell("cell-0123456789ab", href="http://127.0.0.1:5000/#/models/cell-0123456789ab")
    assert first[2] == Cell("0.50", under=("[0.25, 0.75]",))
    assert [cell.text for cell in first[3:]] == ["< 0.001", "24", "31 %", "–"]
    assert table.numeric == (False, False, True, True, True, True, False)


def test_an_undefined_number_says_why():
    second = tabulate("t", "T", FRAME, COLUMNS, Palette(["s1", "s2"])).rows[1]
    assert second[2] == Cell("–", why="all fitness is equal")
    assert second[4].why == "all fitness is equal"


def test_cells_of_a_table_sensor_lead_nowhere():
    rows = tabulate("t", "T", FRAME, COLUMNS, Palette(["s1", "s2"]), unlinked=["s1"]).rows
    assert rows[0][1].href == ""
    assert rows[1][1].href


def test_an_empty_table_is_a_reason():
    assert tabulate("t", "T", FRAME.iloc[:0], COLUMNS, Palette([]), empty="no run was pruned") == Missing(
        "t", "T", "No run was pruned.", lead=""
    )


def test_a_long_table_is_cut_and_says_so():
    long = pd.concat([FRAME] * ROWS_SHOWN, ignore_index=True)
    table = tabulate("t", "T", long, COLUMNS, Palette(["s1", "s2"]), caption="Rows.")
    assert len(table.rows) == ROWS_SHOWN
    assert "of 120 rows" in table.caption


def test_strong_rows_are_marked():
    table = tabulate("t", "T", FRAME, COLUMNS, Palette([]), strong=lambda row: row["sensor"] == "s2")
    assert not table.rows[0][2].strong
    assert table.rows[1][2].strong
