"""The landscape L = (S, f, N) as arrays: what every measure works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Walk:
    """One walk through the cells.

    Attributes:
        cells: (L,) hashes, in the order of the walk; revisits allowed.
        fitness: (L, B) fitness at the landscape's budgets; NaN where a point was not trained to a budget or was pruned.
    """

    cells: NDArray[np.str_]
    fitness: Floats


@dataclass(frozen=True)
class Graph:
    """A neighbourhood among the cells of a landscape, as compressed sparse rows: both directions of every pair are stored.

    Attributes:
        first: (n + 1,) int64; the neighbours of cell i are ``neighbours[first[i]:first[i + 1]]``.
        neighbours: (pairs · 2,) int32 positions of cells.
    """

    first: NDArray[np.int64]
    neighbours: NDArray[np.int32]

    @property
    def degrees(self) -> NDArray[np.int64]:
        """(n,) number of neighbours."""
        return np.diff(self.first)

    def degrees_of(self, positions: NDArray[np.integer]) -> NDArray[np.int64]:
        """Number of neighbours of the cells at `positions`."""
        return np.asarray(self.first[positions + 1] - self.first[positions])

    @cached_property
    def sources(self) -> NDArray[np.int32]:
        """(pairs · 2,) the cell at the other end of each entry of `neighbours`."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.int32), self.degrees)

    @classmethod
    def of_pairs(cls, n: int, pairs: NDArray[np.integer]) -> Self:
        """From (pairs, 2) positions of neighbours, each unordered pair once."""
        both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int32)
        order = np.argsort(both[:, 0], kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]).astype(np.int64)
        return cls(first, np.ascontiguousarray(both[order, 1]))


@dataclass(frozen=True)
class Part:
    """A complete subspace inside a landscape: all cells of the space of at most so many vertices, each with a fitness at some budget.

    Attributes:
        vertices: at most.
        positions: (m,) of its cells in the landscape, ascending.
        graphs: neighbourhood → `Graph` among these cells, in their order.
    """

    vertices: int
    positions: NDArray[np.int64]
    graphs: Mapping[str, Graph]


@dataclass(frozen=True)
class Landscape:
    """The fitness of n cells on one sensor at B budgets, with S training seeds.

    Attributes:
        name: the sensor.
        budgets: B epochs, ascending.
        cells: (n,) distinct hashes, sorted: position is the order in which ties are broken.
        fitness: (S, n, B) fitness; NaN where not measured. A table has S = 1.
        seconds: (n, B) cumulative training seconds of the first seed; NaN where not known; None for tables without times.
        code: (n, W) unsigned integers, the bits of the code packed into words; None when not known.
        edit: (n, n) edit distances; None when not known.
        features: name → (n,) numbers of the cell (counts of operations, depth, width, parameters).
        flagged: (n,) cells that quality control kept with a flag.
        walks: the walks through this or a larger set of cells.
        neighbourhood: of the walks.
        graphs: neighbourhood → `Graph`, only where *every* neighbour (in the space or subspace that `complete` names) has a fitness.
        parts: complete subspaces, the smallest first.
        complete: the space of which every cell has a fitness (``all 423,624 cells``), or empty: the cells are a sample.
        shared: whether one run was evaluated at every budget (else a run per budget).
        table: the fitness was looked up, not trained.
        unit: of the fitness.
        scale: fitness of chance and of perfection: the ends of the radar's axis of the mean.
    """

    name: str
    budgets: tuple[int, ...]
    cells: NDArray[np.str_]
    fitness: Floats
    seconds: Floats | None = None
    code: NDArray[np.unsignedinteger] | None = None
    edit: NDArray[np.integer] | None = None
    features: Mapping[str, Floats] = field(default_factory=dict)
    flagged: NDArray[np.bool_] | None = None
    walks: tuple[Walk, ...] = ()
    neighbourhood: str = "hamming"
    graphs: Mapping[str, Graph] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    complete: str = ""
    shared: bool = True
    table: bool = False
    unit: str = "kappa"
    scale: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.fitness.ndim != 3 or self.fitness.shape[1:] != (len(self.cells), len(self.budgets)):
            raise ValueError(f"{self.name}: fitness {self.fitness.shape} for {len(self.cells)} cells and {len(self.budgets)} budgets")
        if len(self.cells) > 1 and not (self.cells[1:] > self.cells[:-1]).all():
            raise ValueError(f"{self.name}: cells must be distinct and sorted")

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.cells)

    @property
    def seeds(self) -> int:
        """Number of training seeds."""
        return len(self.fitness)

    def at(self, budget: int) -> int:
        """Position of a budget.

        Raises:
            KeyError: when the landscape has no such budget.
        """
        if budget not in self.budgets:
            raise KeyError(f"{self.name} has no budget {budget}")
        return self.budgets.index(budget)

    def measured(self, budget: int) -> tuple[NDArray[np.int64], Floats]:
        """Positions (m,) of the cells whose first seed has a fitness at `budget`, and that fitness (m,)."""
        values = self.fitness[0, :, self.at(budget)]
        present = np.flatnonzero(~np.isnan(values))
        return present, values[present]

    def keep(self, positions: NDArray[np.integer]) -> Self:
        """The landscape of some cells only (ascending positions): a sample, without neighbourhoods."""
        rows = np.asarray(positions)
        return replace(
            self,
            cells=self.cells[rows],
            fitness=self.fitness[:, rows],
            seconds=None if self.seconds is None else self.seconds[rows],
            code=None if self.code is None else self.code[rows],
            edit=None if self.edit is None else self.edit[np.ix_(rows, rows)],
            features={name: values[rows] for name, values in self.features.items()},
            flagged=None if self.flagged is None else self.flagged[rows],
            graphs={},
            parts=(),
            complete="",
        )


_SLAB = 1 << 22


def code_distances(code: NDArray[np.unsignedinteger], to: NDArray[np.integer]) -> NDArray[np.uint16]:
    """Hamming distances of packed codes (n, W) from the cells at positions `to` (k,) to all: (k, n), in bits 0 … 289."""
    to = np.asarray(to)
    found = np.empty((len(to), len(code)), dtype=np.uint16)
    step = max(1, _SLAB // max(1, code.size))
    for start in range(0, len(to), step):
        rows = code[to[start : start + step], None, :] ^ code[None, :, :]
        found[start : start + step] = np.bitwise_count(rows).sum(axis=2, dtype=np.uint16)
    return found
