"""Edit distances between trained cells, where there are few enough to compute every pair's."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from sensorscape.landscape.landscape import Landscape

MOST = 120
"""Cells up to which every pair's distance is computed: some 7,000 pairs, or five seconds."""
Cell = TypeVar("Cell")


def with_edits(landscapes: Sequence[Landscape], cell: Callable[[str], Cell], distance: Callable[[Cell, Cell], int]) -> list[Landscape]:
    """The landscapes with the edit distances of their cells; those of more than 120 cells as they are.

    Args:
        landscapes: of one study: they share most cells, so every pair is computed once.
        cell: the cell of a hash.
        distance: symmetric, 0 for equal cells.
    """
    few = [one.n <= MOST for one in landscapes]
    names = sorted({str(name) for one, kept in zip(landscapes, few, strict=True) if kept for name in one.cells})
    place = {name: i for i, name in enumerate(names)}
    cells = [cell(name) for name in names]
    found = np.zeros((len(names), len(names)), dtype=np.int64)
    for i in range(len(names)):
        for j in range(i):
            found[i, j] = found[j, i] = distance(cells[i], cells[j])
    rows = [[place[str(name)] for name in one.cells] if kept else [] for one, kept in zip(landscapes, few, strict=True)]
    return [replace(one, edit=found[np.ix_(row, row)]) if row else one for one, row in zip(landscapes, rows, strict=True)]
