import numpy as np

from sensorscape.cells import Cell
from sensorscape.landscape.landscape import Landscape
from sensorscape.stages import footprint

CELLS = [
    Cell.from_dict({"matrix": [[0, 1], [0, 0]], "ops": []}),
    Cell.from_dict({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"]}),
    Cell.from_dict({"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["conv1x1"]}),
]


def landscape(cells, **more):
    names = np.array(sorted(cell.hash for cell in cells))
    return Landscape("s1", (4,), names, np.full((1, len(names), 1), 0.5), **more)


def test_trained_cells_get_their_edit_distances_and_tables_do_not():
    trained, table = footprint._with_edits([landscape(CELLS), landscape(CELLS, table=True)], {cell.hash: cell for cell in CELLS})
    place = {name: i for i, name in enumerate(trained.cells.tolist())}
    direct, deep, narrow = (place[cell.hash] for cell in CELLS)
    assert trained.edit[deep, narrow] == 1
    assert trained.edit[direct, deep] == trained.edit[deep, direct] == 4  # a vertex, its two edges, and the direct edge
    assert np.diag(trained.edit).tolist() == [0, 0, 0]
    assert table.edit is None


def test_sensors_with_different_cells_get_their_own_distances():
    known = {cell.hash: cell for cell in CELLS}
    one, two = footprint._with_edits([landscape(CELLS[:2]), landscape(CELLS[1:])], known)
    assert one.edit.tolist() == [[0, 4], [4, 0]]
    assert two.edit.tolist() == [[0, 1], [1, 0]]


def test_many_cells_stay_without_edit_distances(monkeypatch):
    monkeypatch.setattr(footprint, "_EDITS", 2)
    (found,) = footprint._with_edits([landscape(CELLS)], {cell.hash: cell for cell in CELLS})
    assert found.edit is None
