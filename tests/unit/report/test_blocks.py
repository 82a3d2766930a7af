import dataclasses

import pytest

from sensorscape.report.blocks import Cell, Section, Words


def test_blocks_are_values_that_do_not_change():
    section = Section("a", "A", blocks=(Words(("one",)),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        section.title = "B"
    assert section == Section("a", "A", blocks=(Words(("one",)),))


def test_a_cell_is_plain_text_unless_said_otherwise():
    assert Cell("0.5") == Cell("0.5", under=(), href="", swatch="", why="", strong=False)
