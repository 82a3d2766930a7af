import numpy as np
import pandas as pd
import pytest

from sensorscape.report.figures import parts
from sensorscape.report.palette import Palette
from sensorscape.report.style import UndefinedFigure, canvas, styled


def test_panels_fill_rows_and_leave_no_empty_frame():
    grid = parts.panels(5, columns=3)
    assert len(grid) == 5
    assert len(grid[0].figure.axes) == 5
    with pytest.raises(UndefinedFigure):
        parts.panels(0)


def test_rows_are_found_by_value_and_a_missing_integer_matches_nothing():
    frame = pd.DataFrame({"sensor": ["s1", "s1", "s2"], "budget": pd.array([1, pd.NA, 1], dtype="Int64")})
    assert list(parts.at(frame, sensor="s1", budget=1).index) == [0]


def test_what_is_required_gives_its_reasons():
    frame = pd.DataFrame({"value": [np.nan, np.nan], "reason": ["one seed", "one seed"]})
    with pytest.raises(UndefinedFigure, match=r"^one seed$"):
        parts.required(frame, "value", "nothing")
    with pytest.raises(UndefinedFigure, match=r"^nothing$"):
        parts.required(frame.iloc[:0], "value", "nothing")
    assert len(parts.required(pd.DataFrame({"value": [1.0, np.nan]}), "value", "nothing")) == 1


def test_dodged_marks_keep_their_order_and_lie_around_the_budget():
    places = [parts.dodge([9], place, 3)[0] for place in range(3)]
    assert places == sorted(places)
    assert places[1] == pytest.approx(9)
    assert max(places) < 9 * 1.3


def test_a_whisker_with_an_undefined_end_is_left_out():
    with styled():
        axes = canvas()[0, 0]
        parts.whiskers(axes, [1, 2], [0.1, np.nan], [0.2, 0.3], Palette(["s1"]), "s1")
    assert len(axes.collections[0].get_segments()) == 1


def test_few_points_are_linked_and_many_are_drawn_as_a_picture():
    cell = "0123456789abcdef0123456789abcdef"
    palette = Palette(["s1"])
    with styled():
        few, many, table = canvas(1, 3)[0]
        parts.dots(few, [1, 2], [3, 4], [cell] * 2, palette, "s1", linked=True)
        parts.dots(many, range(2000), range(2000), [cell] * 2000, palette, "s1", linked=True)
        parts.dots(table, [1], [2], [cell], palette, "s1", linked=False)
    assert few.collections[0].get_urls() == ["http://127.0.0.1:5000/#/models/cell-0123456789ab"] * 2
    assert many.collections[0].get_rasterized()
    assert len(many.collections[0].get_urls()) < 2000
    assert table.collections[0].get_urls() != ["http://127.0.0.1:5000/#/models/cell-0123456789ab"]


def test_the_axis_of_budgets_names_each_and_has_its_unit():
    with styled():
        axes = canvas()[0, 0]
        parts.budget_axis(axes, [1, 3, 9])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "3", "9"]
    assert "epochs" in axes.get_xlabel()
