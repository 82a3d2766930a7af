import numpy as np
import pytest

from sensorscape.report.figures import data_shown
from sensorscape.report.style import UndefinedFigure

RED = np.zeros((4, 4, 3), np.uint8)
RED[:, :, 0] = 255


def test_pictures_stand_side_by_side_unchanged():
    axes, table = data_shown.draw({"radar": [RED, None], "optical": [RED // 5, None]}, ["water", "forest"], [7, None])
    shown = axes.images[0].get_array()
    assert (shown == (255, 0, 0)).all(axis=2).sum() == 16 * data_shown._SCALE**2
    assert (shown == (51, 0, 0)).all(axis=2).sum() == 16 * data_shown._SCALE**2
    assert list(table["row"]) == [7, 7]
    assert list(table["mean_red"]) == [255, 51]


def test_a_class_without_a_patch_says_none():
    axes, table = data_shown.draw({"optical": [RED, None]}, ["water", "forest"], [7, None])
    assert [text.get_text() for text in axes.texts] == ["water", "forest", "none"]
    assert list(table["class"]) == ["water"]


def test_a_kind_without_pictures_takes_no_room():
    _, table = data_shown.draw({"radar": [None], "optical": [RED]}, ["water"], [0])
    assert list(table["kind"]) == ["optical"]
    assert data_shown.describe(table) == "One patch for each of 1 classes as optical picture."


def test_no_patch_at_all_cannot_be_shown():
    with pytest.raises(UndefinedFigure, match="no class has an accepted patch"):
        data_shown.draw({"radar": [None]}, ["water"], [None])
