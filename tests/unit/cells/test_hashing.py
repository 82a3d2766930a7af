"""Hashes of many cells at once against NASBench-101's own function."""

import numpy as np
import pytest
from nasbench_pytorch.model.graph_util import hash_module

from sensorscape.cells import hashing
from sensorscape.cells.hashing import hashes, hashes_of
from sensorscape.cells.space import Space, space


def part_of(rows):
    cells = space()
    return Space(cells.vertices[rows], cells.masks[rows], cells.labels[rows])


@pytest.mark.parametrize("at_once", [50, 16384])
def test_hashes_of_many_cells_are_nasbench_101s(monkeypatch, at_once):
    monkeypatch.setattr(hashing, "_CELLS", at_once)
    part = part_of(np.unique([*range(91), *np.random.default_rng(2).integers(0, len(space()), 60)]))
    cells = [part.cell(row) for row in range(len(part))]
    expected = [hash_module(cell.matrix, [-1, *cell.digits, -2]) for cell in cells]
    assert hashes(part).astype(str).tolist() == expected == [cell.hash for cell in cells]


def test_hashes_of_a_list_come_in_its_order_also_twice():
    cells = [space().cell(row) for row in (300_000, 0, 70_000, 0)]
    assert hashes_of(cells) == [cell.hash for cell in cells]


def test_no_cells_have_no_hashes():
    assert hashes(part_of(np.empty(0, dtype=np.int64))).tolist() == []
    assert hashes_of([]) == []


@pytest.mark.slow
def test_all_hashes_are_distinct():
    assert len(np.unique(hashes(space()))) == 423624
