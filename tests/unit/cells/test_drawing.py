from xml.etree import ElementTree

import pytest

from sensorscape.cells import Cell
from sensorscape.cells.drawing import draw, svg
from sensorscape.cells.space import space


@pytest.mark.parametrize("row", [0, 3, 60, 2000, 300_000])
def test_the_picture_shows_every_vertex_and_edge(row):
    cell = space().cell(row)
    root = ElementTree.fromstring(svg(cell))  # noqa: S314 - our own text
    name = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in root.iter(f"{name}text")]
    assert texts == ["input", *cell.operations, "output"]
    assert len(list(root.iter(f"{name}path"))) == 2 * cell.edges


def test_the_picture_as_png_is_the_same_every_time():
    cell = Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"])
    assert draw(cell) == draw(cell)
    assert draw(cell).startswith(b"\x89PNG")
