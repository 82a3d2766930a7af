"""One point of the search space: a pruned, canonical NASBench-101 cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import codes, graph
from sensorscape.errors import SensorscapeError

_NAMES = {name: digit for digit, name in enumerate(graph.OPERATIONS)} | {"conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1}
_FORM = 'a cell is {"matrix": [[0, 1], …], "ops": [inner operations]}, operations out of conv1x1, conv3x3, maxpool3x3'


@dataclass(frozen=True, order=True)
class Cell:
    """A cell of NASBench-101, as the first of its labelled graphs in NASBench-101's enumeration.

    Equal cells are isomorphic pruned graphs; cells sort in the order of the enumeration. Make one with `of`, `from_dict`,
    `from_edges`, `from_code` or `from_key`: they validate, prune and choose the representative.

    Attributes:
        vertices: 2 to 7, input and output included.
        mask: edge bit mask of the representative (see `sensorscape.cells.graph`).
        label: operations of the inner vertices as a number in base 3.
    """

    vertices: int
    mask: int
    label: int

    @classmethod
    def of(cls, matrix: Any, operations: Sequence[str]) -> Self:
        """The cell of a labelled graph.

        Args:
            matrix: square, strictly upper-triangular, entries 0 or 1; vertex 0 is the input, the last the output.
            operations: of the inner vertices in order; NASBench-101's form with "input" and "output" around them is understood.

        Raises:
            SensorscapeError: with the reason why there is no such cell. As in NASBench-101, limits hold for the pruned graph.
        """
        square = _checked_matrix(matrix)
        digits = _checked_operations(operations, len(square))
        kept = graph.kept_vertices(square)
        if len(kept) < 2:
            raise SensorscapeError("no path leads from the cell's input to its output", "connect vertex 0 with the last vertex")
        pruned = square[np.ix_(kept, kept)]
        edges = int(pruned.sum())
        if len(kept) > graph.MAX_VERTICES:
            raise SensorscapeError(f"the cell has {len(kept)} vertices, NASBench-101 allows {graph.MAX_VERTICES}", "remove vertices")
        if edges > graph.MAX_EDGES:
            raise SensorscapeError(f"the cell has {edges} edges, NASBench-101 allows {graph.MAX_EDGES}", "remove edges")
        label = graph.label_of([digits[vertex - 1] for vertex in kept[1:-1]])
        return cls(len(kept), *graph.representative(len(kept), graph.mask_of(pruned), label))

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """The cell of ``{"matrix": [[…]], "ops": […]}``, or of NASBench-101's ``module_adjacency`` and ``module_operations``.

        Raises:
            SensorscapeError: when a key is missing or there is no such cell.
        """
        if not isinstance(value, Mapping):
            raise SensorscapeError(f"not a cell: {_short(value)}", _FORM)
        for matrix, operations in (("matrix", "ops"), ("module_adjacency", "module_operations")):
            if matrix in value and operations in value:
                return cls.of(value[matrix], value[operations])
        raise SensorscapeError(f"not a cell: it has the keys {', '.join(map(str, value)) or 'none'}", _FORM)

    @classmethod
    def from_edges(cls, edges: Iterable[tuple[int, int]], operations: Sequence[str]) -> Self:
        """The cell of an edge list; vertices are numbered from the input, 0, to the output, ``len(operations) + 1``.

        Raises:
            SensorscapeError: when an edge names a vertex that is not there, or there is no such cell.
        """
        vertices = len(operations) + 2
        matrix = np.zeros((vertices, vertices), dtype=np.uint8)
        for x, y in edges:
            if not (0 <= x < vertices and 0 <= y < vertices):
                raise SensorscapeError(f"edge {x} → {y} leaves the vertices 0 … {vertices - 1}", "give one operation per inner vertex")
            matrix[x, y] = 1
        return cls.of(matrix, operations)

    @classmethod
    def from_code(cls, code: Any) -> Self:
        """The cell of a 289-bit code: an array of 0 and 1, or a text of 289 digits.

        Raises:
            SensorscapeError: when it is no cell's code, that of another graph of a cell included.
        """
        array = np.array([int(digit) if digit in "01" else 2 for digit in code]) if isinstance(code, str) else np.asarray(code)
        matrix, digits = codes.graph_of(array)
        cell = cls.of(matrix, [graph.OPERATIONS[digit] for digit in digits])
        if not np.array_equal(cell.code, array):
            raise SensorscapeError(f"the code is not that of its cell {cell.hash}", "codes are of the first graph in the enumeration")
        return cell

    @classmethod
    def from_key(cls, key: int) -> Self:
        """The inverse of `key`; trusts its argument."""
        return cls(key >> 32, key >> 8 & 0xFFFFFF, key & 0xFF)

    @property
    def key(self) -> int:
        """Vertices, mask and label in one integer below 2³⁶, which sorts as the cells do."""
        return self.vertices << 32 | self.mask << 8 | self.label

    @cached_property
    def matrix(self) -> NDArray[np.uint8]:
        """Adjacency (V, V) of the representative, uint8, strictly upper-triangular, read-only."""
        return graph.matrix_of(self.vertices, self.mask)

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """Operations of the inner vertices as indices of `graph.OPERATIONS`."""
        return graph.digits_of(self.vertices, self.label)

    @cached_property
    def operations(self) -> tuple[str, ...]:
        """Names of the inner vertices' operations, in vertex order."""
        return tuple(graph.OPERATIONS[digit] for digit in self.digits)

    @cached_property
    def hash(self) -> str:
        """NASBench-101's graph hash, 32 hex digits: the identity of the cell."""
        return graph.graph_hash(self.matrix, self.digits)

    @cached_property
    def code(self) -> NDArray[np.uint8]:
        """The 289-bit code of the representative, (289,) uint8, read-only."""
        code = codes.code_of(self.matrix, self.digits)
        code.flags.writeable = False
        return code

    @property
    def edges(self) -> int:
        """Number of edges, 1 to 9."""
        return self.mask.bit_count()

    @cached_property
    def depth(self) -> int:
        """Edges on the longest path from input to output, 1 to 6."""
        return graph.depth_of(self.matrix)

    @cached_property
    def width(self) -> int:
        """Maximum directed cut: most edges that can be cut at once with none of them running back."""
        return graph.width_of(self.matrix)

    def to_dict(self) -> dict[str, Any]:
        """``{"matrix": [[…]], "ops": […]}`` of the representative, plain lists, as `from_dict` reads it."""
        return {"matrix": self.matrix.tolist(), "ops": list(self.operations)}


def _checked_matrix(matrix: Any) -> NDArray[np.uint8]:
    try:
        square = np.array(matrix)
    except ValueError as error:
        raise SensorscapeError(f"the matrix is not square: its rows differ in length: {_short(matrix)}", _FORM) from error
    if square.ndim != 2 or square.shape[0] != square.shape[1] or len(square) < 2:
        raise SensorscapeError(f"the matrix is not square with at least 2 rows: its shape is {square.shape}", _FORM)
    if square.dtype.kind not in "biuf" or not np.isin(square, (0, 1)).all():
        wrong = next((entry for entry in square.reshape(-1).tolist() if entry not in (0, 1)), square.dtype)
        raise SensorscapeError(f"the matrix holds {_short(wrong)}, entries are 0 and 1", _FORM)
    square = square.astype(np.uint8)
    backward = np.argwhere(np.tril(square))
    if len(backward):
        x, y = (int(end) for end in backward[0])
        what = "has a cycle" if _has_cycle(square) else "is not in topological order"
        raise SensorscapeError(
            f"the matrix {what}: edge {x} → {y} is not above the diagonal", "number the vertices so that every edge goes up"
        )
    return square


def _checked_operations(operations: Any, vertices: int) -> list[int]:
    if isinstance(operations, str) or not isinstance(operations, Iterable):
        raise SensorscapeError(f"the operations are not a list: {_short(operations)}", _FORM)
    names = list(operations)
    if len(names) == vertices and names[:1] == ["input"] and names[-1:] == ["output"]:
        names = names[1:-1]
    if len(names) != vertices - 2:
        raise SensorscapeError(f"{len(names)} operations for {vertices - 2} inner vertices", "give one operation per inner vertex")
    for name in names:
        if not isinstance(name, str) or name not in _NAMES:
            raise SensorscapeError(f"unknown operation {_short(name)}", f"one of: {', '.join(sorted(graph.OPERATIONS))}")
    return [_NAMES[name] for name in names]


def _has_cycle(square: NDArray[np.uint8]) -> bool:
    reach = square.astype(np.int64)
    for _ in range(len(square)):
        reach = np.minimum(reach + reach @ reach, 1)
    return bool(np.diagonal(reach).any())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
