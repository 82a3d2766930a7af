"""A small picture of a cell's graph: from left to right, a vertex in the column of its longest path from the input.

`svg` is text without any library, for pages; `draw` is the same picture as PNG, for stores that show files.
"""

from io import BytesIO
from typing import TYPE_CHECKING

from sensorscape.cells.cell import Cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"input": "#d9d9d9", "output": "#d9d9d9", "conv1x1": "#9ecae1", "conv3x3": "#fdc086", "maxpool3x3": "#b2df8a"}
"""Fill of a vertex by what it does; black text has a contrast of at least 10 on each."""
_COLUMN, _ROW = 116, 56
_WIDTH, _HEIGHT = 82, 26
_MARGIN = 14
_CLEAR = 25

Point = tuple[float, float]


def layout(cell: Cell) -> list[Point]:
    """Centre (x, y) of every vertex in pixels, y downwards, as compact as the columns allow; without margins from (0, 0)."""
    columns: list[list[int]] = []
    level = [0] * cell.vertices
    for vertex in range(cell.vertices):
        level[vertex] = max((level[source] + 1 for source in range(vertex) if cell.matrix[source, vertex]), default=0)
        while len(columns) <= level[vertex]:
            columns.append([])
        columns[level[vertex]].append(vertex)
    tallest = max(len(column) for column in columns)
    places: dict[int, Point] = {}
    for number, column in enumerate(columns):
        sources = {v: [places[u][1] for u in range(v) if cell.matrix[u, v]] for v in column}
        column.sort(key=lambda v: (sum(sources[v]) / max(len(sources[v]), 1), v))
        top = (tallest - len(column)) / 2
        for row, vertex in enumerate(column):
            places[vertex] = (number * _COLUMN, (top + row) * _ROW)
    return [places[vertex] for vertex in range(cell.vertices)]


def curves(cell: Cell, places: list[Point]) -> list[tuple[Point, Point, Point]]:
    """Start, control and end point of every edge: straight to the next column, bent around what lies between otherwise."""
    found = []
    for source in range(cell.vertices):
        for target in range(source + 1, cell.vertices):
            if cell.matrix[source, target]:
                start = (places[source][0] + _WIDTH / 2, places[source][1])
                end = (places[target][0] - _WIDTH / 2, places[target][1])
                found.append((start, ((start[0] + end[0]) / 2, _control(start, end, places)), end))
    return found


def _control(start: Point, end: Point, places: list[Point]) -> float:
    """Height of the control point: the curve passes above or below all vertices between its ends, whichever is the smaller bend."""
    straight = (start[1] + end[1]) / 2
    between = [y for x, y in places if start[0] < x < end[0]]
    if not between:
        return straight
    above, below = min(between) - _CLEAR, max(between) + _CLEAR
    middle = above if straight - above <= below - straight else below
    return 2 * middle - straight


def svg(cell: Cell) -> str:
    """The picture as an SVG element of its natural size, with a title that says what the cell is; the same text every time."""
    places = layout(cell)
    lines = curves(cell, places)
    left, top, width, height = _box(places, lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        f' role="img" font-family="sans-serif" font-size="12"><title>{describe(cell)}</title>'
    ]
    for start, control, end in lines:
        path = f"M{start[0]:g} {start[1]:g}Q{control[0]:g} {control[1]:g} {end[0] - 5:g} {end[1]:g}"
        parts.append(f'<path d="{path}" fill="none" stroke="#555"/>')
        parts.append(f'<path d="M{end[0]:g} {end[1]:g}l-8 -3.5v7z" fill="#555"/>')
    for (x, y), name in zip(places, _names(cell), strict=True):
        box = f'x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" width="{_WIDTH}" height="{_HEIGHT}"'
        parts.append(f'<rect {box} rx="5" fill="{COLOURS[name]}" stroke="#555"/>')
        parts.append(f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle">{name}</text>')
    return "".join([*parts, "</svg>"])


def draw(cell: Cell) -> bytes:
    """The picture as PNG at 100 dpi, with the cell's hash and size under it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure(cell)
    stream = BytesIO()
    FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None, "Title": describe(cell)})
    return stream.getvalue()


def describe(cell: Cell) -> str:
    """One line: hash, vertices, edges, operations."""
    operations = ", ".join(cell.operations) or "no operation"
    return f"cell {cell.hash[:12]}: {_size(cell)}, {operations}"


def _figure(cell: Cell) -> "Figure":
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path

    places = layout(cell)
    lines = curves(cell, places)
    left, top, width, height = _box(places, lines)
    height += 22
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, left + width), ylim=(top + height, top))
    axes.set_axis_off()
    for start, control, end in lines:
        path = Path([start, control, (end[0] - 5, end[1])], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(PathPatch(path, fill=False, edgecolor="#555555", linewidth=0.8))
        axes.add_patch(Polygon([end, (end[0] - 8, end[1] - 3.5), (end[0] - 8, end[1] + 3.5)], facecolor="#555555"))
    for (x, y), name in zip(places, _names(cell), strict=True):
        corner, size = (x - _WIDTH / 2 + 5, y - _HEIGHT / 2 + 5), (_WIDTH - 10, _HEIGHT - 10)
        axes.add_patch(FancyBboxPatch(corner, *size, boxstyle="round,pad=5", facecolor=COLOURS[name], edgecolor="#555555", linewidth=0.8))
        axes.text(x, y, name, ha="center", va="center", fontsize=8)
    label = f"{cell.hash[:12]} · {_size(cell)}"
    axes.text(left + width / 2, top + height - 12, label, ha="center", va="center", fontsize=7, color="#333333")
    return figure


def _size(cell: Cell) -> str:
    return f"{cell.vertices} vertices, {cell.edges} {'edge' if cell.edges == 1 else 'edges'}"


def _names(cell: Cell) -> list[str]:
    return ["input", *cell.operations, "output"]


def _box(places: list[Point], lines: list[tuple[Point, Point, Point]]) -> tuple[float, float, float, float]:
    """Left, top, width and height of everything drawn, margins included; wide enough for the line of text under it."""
    tops = [y - _HEIGHT / 2 for _, y in places] + [(start[1] + 2 * control[1] + end[1]) / 4 for start, control, end in lines]
    bottoms = [y + _HEIGHT / 2 for _, y in places] + [(start[1] + 2 * control[1] + end[1]) / 4 for start, control, end in lines]
    left, right = min(x for x, _ in places) - _WIDTH / 2 - _MARGIN, max(x for x, _ in places) + _WIDTH / 2 + _MARGIN
    top, bottom = min(tops) - _MARGIN, max(bottoms) + _MARGIN
    return left, top, right - left, bottom - top
