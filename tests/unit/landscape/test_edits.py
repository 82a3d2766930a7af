import numpy as np
import pytest

from sensorscape.cells import Cell
from sensorscape.cells.distances import edit
from sensorscape.landscape import edits
from sensorscape.landscape.landscape import Landscape

CELLS = [
    Cell.from_dict({"matrix": [[0, 1], [0, 0]], "ops": []}),
    Cell.from_dict({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]}),
    Cell.from_dict({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv1x1"]}),
]


def landscape(cells, **more):
    names = np.array(sorted(cell.hash for cell in cells))
    return Landscape("s1", (4,), names, np.full((1, len(names), 1), 0.5), **more)


KNOWN = {cell.hash: cell for cell in CELLS}


def test_trained_cells_and_those_of_tables_get_their_edit_distances():
    trained, table = edits.with_edits([landscape(CELLS), landscape(CELLS, table=True)], KNOWN.__getitem__, edit)
    place = {name: i for i, name in enumerate(trained.cells.tolist())}
    direct, deep, narrow = (place[cell.hash] for cell in CELLS)
    assert trained.edit[deep, narrow] == 1
    assert trained.edit[direct, deep] == trained.edit[deep, direct] == 4  # a vertex, its two edges, and the direct edge
    assert np.diag(trained.edit).tolist() == [0, 0, 0]
    np.testing.assert_array_equal(table.edit, trained.edit)


def test_sensors_with_different_cells_get_their_own_distances():
    one, two = edits.with_edits([landscape(CELLS[:2]), landscape(CELLS[1:])], KNOWN.__getitem__, edit)
    assert one.edit[0, 1] == one.edit[1, 0] == edit(CELLS[0], CELLS[1])
    assert two.edit[0, 1] == two.edit[1, 0] == edit(CELLS[1], CELLS[2])


def test_many_cells_stay_without_edit_distances(monkeypatch):
    monkeypatch.setattr(edits, "MOST", 2)
    (found,) = edits.with_edits([landscape(CELLS)], KNOWN.__getitem__, lambda *_: pytest.fail("no distance is wanted"))
    assert found.edit is None
