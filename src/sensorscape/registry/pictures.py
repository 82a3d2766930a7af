"""The pictures of one run, its cell, confusion matrix and learning curve, as SVG written by hand.

A study adds thousands of runs to its store; matplotlib takes 50 ms a picture, these take one. MLflow shows SVG.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from typing import Any

from sensorscape.registry.record import Record

_INK, _GREY, _TRAIN, _TEST = "#222", "#999", "#E69F00", "#0072B2"  # the last two are colour-blind safe (Okabe, Ito)
_FILLS = {"conv3x3": "#9ecae1", "conv1x1": "#c7e9c0", "maxpool3x3": "#fdd0a2"}
_STYLE = "<style>text{font:12px sans-serif;fill:#222}.small{font-size:10px}.middle{text-anchor:middle}.end{text-anchor:end}</style>"


def of_record(record: Record) -> dict[str, bytes]:
    """The pictures that a record has the numbers for, by file name."""
    found = {"cell.svg": cell(record["cell"]).encode()}
    title = f"{record['sensor']}, cell {record['cell']['hash'][:12]}, seed {record['seed']}"
    last = max(record["evaluations"], key=int, default=None)
    if last is not None:
        matrix = (record["evaluations"][last].get("test") or {}).get("confusion")
        if matrix:
            found["confusion.svg"] = confusion(matrix, f"{title}: test split after {last} epochs").encode()
    if record["history"].get("epoch"):
        found["curve.svg"] = curve(record, title).encode()
    return found


def cell(description: Mapping[str, Any]) -> str:
    """A cell as SVG: its graph from input (top) to output (bottom), vertices in the layer of their longest path from the input.

    Args:
        description: ``hash``, ``matrix`` (V, V) upper-triangular and ``ops`` of the inner vertices (or of all).
    """
    matrix, names = description["matrix"], [str(name) for name in description.get("ops") or []]
    last = len(matrix) - 1
    labels = names if len(names) == last + 1 else ["input", *names, "output"]
    layers = [0] * (last + 1)
    for vertex in range(1, last + 1):
        layers[vertex] = 1 + max((layers[source] for source in range(vertex) if matrix[source][vertex]), default=0)
    rows: dict[int, list[int]] = {}
    for vertex, layer in enumerate(layers):
        rows.setdefault(layer, []).append(vertex)
    widest = max(map(len, rows.values()))
    # an edge that passes k layers bends 1.5·(62 + 14 k) aside
    width, height = 130 * widest + 2 * (93 + 21 * max(rows)) + 40, 70 * (max(rows) + 1) + 60
    place = {
        vertex: (width / 2 + 130 * (index - (len(row) - 1) / 2), 70 + 70 * layer)
        for layer, row in rows.items()
        for index, vertex in enumerate(row)
    }
    parts = [_open(width, height), _text(16, 20, f"cell {description['hash']}", "small")]
    parts.append(
        '<defs><marker id="tip" orient="auto" markerWidth="7" markerHeight="7" refX="6" refY="3"><path d="M0 0L6 3L0 6z"/></marker></defs>'
    )
    for source in range(last + 1):
        for target in range(source + 1, last + 1):
            if matrix[source][target]:
                parts.append(_arrow(place[source], place[target], layers[target] - layers[source]))
    for vertex, (x, y) in place.items():
        fill = _FILLS.get(labels[vertex], "#eee")
        parts.append(f'<rect x="{x - 48}" y="{y - 15}" width="96" height="30" rx="5" fill="{fill}" stroke="{_INK}"/>')
        parts.append(_text(x, y + 4, labels[vertex], "middle"))
    return "".join(parts) + "</svg>\n"


def _arrow(start: tuple[float, float], end: tuple[float, float], layers: int) -> str:
    """An edge; one that passes layers bends aside so that it does not run behind the boxes between."""
    (x0, y0), (x1, y1) = (start[0], start[1] + 15), (end[0], end[1] - 16)
    bend = 0 if layers == 1 else 62 + 14 * layers
    middle = (y0 + y1) / 2
    path = (
        f"M{x0} {y0}C{x0 + 2 * bend} {middle - (0 if layers == 1 else 20)} {x1 + 2 * bend} {middle + (0 if layers == 1 else 20)} {x1} {y1}"
    )
    return f'<path d="{path}" fill="none" stroke="{_INK}" marker-end="url(#tip)"/>'


def confusion(matrix: Sequence[Sequence[int]], title: str) -> str:
    """A confusion matrix as SVG: rows are true classes, columns predicted ones, shade is the share of the row.

    Args:
        matrix: (K, K) counts.
        title: one line above.
    """
    size = len(matrix)
    side = max(16, min(28, 560 // size))
    left, top = 56, 44
    width, height = max(left + size * side + 16, 360), top + size * side + 46
    parts = [_open(width, height), _text(left, 20, title)]
    for row, counts in enumerate(matrix):
        total = sum(counts)
        y = top + row * side
        parts.append(_text(left - 6, y + side / 2 + 4, str(row + 1), "small end"))
        parts.append(_text(left + row * side + side / 2, top - 6, str(row + 1), "small middle"))
        for column, value in enumerate(counts):
            share = value / total if total else 0.0
            x = left + column * side
            parts.append(f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="{_shade(share)}" stroke="#eee"/>')
            if value:
                colour = "#fff" if share > 0.55 else _INK
                parts.append(f'<text class="small middle" style="fill:{colour}" x="{x + side / 2}" y="{y + side / 2 + 4}">{value}</text>')
    middle = left + size * side / 2
    parts.append(_text(middle, top + size * side + 20, "predicted class", "middle"))
    parts.append(_text(middle, top + size * side + 36, f"n = {sum(map(sum, matrix))}", "small middle"))
    parts.append(f'<text class="middle" transform="translate(16 {top + size * side / 2}) rotate(-90)">true class</text>')
    return "".join(parts) + "</svg>\n"


def curve(record: Record, title: str) -> str:
    """The learning curve as SVG: loss per epoch on the left, kappa of train and test split per budget on the right."""
    history, evaluations = record["history"], record["evaluations"]
    loss = _pairs(history["epoch"], history.get("loss") or [])
    budgets = sorted(evaluations, key=int)
    epochs = [int(evaluations[budget]["epoch"]) for budget in budgets]
    series = {
        split: _pairs(epochs, [(evaluations[budget].get(split) or {}).get("kappa") for budget in budgets]) for split in ("train", "test")
    }
    parts = [_open(760, 300), _text(56, 20, title)]
    parts += _panel(56, "loss on the training batches", [(loss, _INK, "")])
    parts += _panel(436, "kappa", [(series["train"], _TRAIN, "train"), (series["test"], _TEST, "test")])
    return "".join(parts) + "</svg>\n"


def _panel(left: float, name: str, lines: list[tuple[list[tuple[float, float]], str, str]]) -> list[str]:
    top, width, height = 52, 290, 190
    everything = [point for points, _, _ in lines for point in points]
    parts = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="{_GREY}"/>',
        _text(left + width / 2, top + height + 36, "epoch", "middle"),
        _text(left, top - 8, name),
    ]
    if not everything:
        return [*parts, _text(left + width / 2, top + height / 2, "undefined", "middle")]
    x_low, x_high = min(x for x, _ in everything), max(x for x, _ in everything)
    y_low, y_high = min(0.0, min(y for _, y in everything)), max(y for _, y in everything)
    x_span, y_span = (x_high - x_low) or 1.0, (y_high - y_low) or 1.0

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return left + 10 + (width - 20) * (point[0] - x_low) / x_span, top + height - 10 - (height - 20) * (point[1] - y_low) / y_span

    for tick in _ticks(y_low, y_high):
        y = place((x_low, tick))[1]
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eee"/>')
        parts.append(_text(left - 5, y + 4, f"{tick:g}", "small end"))
    for tick in sorted({int(tick) for tick in _ticks(x_low, x_high) if tick == int(tick)} | {int(x_high)}):
        parts.append(_text(place((tick, 0))[0], top + height + 16, str(tick), "small middle"))
    for number, (points, colour, label) in enumerate(lines):
        spots = [place(point) for point in points]
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in spots)}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in spots if len(spots) < 40]
        if label:
            y = top + height - 34 + 16 * number
            parts.append(f'<circle cx="{left + width - 60}" cy="{y}" r="4" fill="{colour}"/>' + _text(left + width - 50, y + 4, label))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    span = (high - low) or 1.0
    step = 10.0 ** floor(log10(span))
    step = next(step * factor for factor in (0.1, 0.2, 0.5, 1.0) if span / (step * factor) <= 6 or factor == 1.0)
    first = int(-(-low // step))
    return [round(number * step, 10) for number in range(first, int(high // step) + 1)]


def _pairs(xs: Sequence[float], ys: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=False) if y is not None]


def _shade(share: float) -> str:
    red, green, blue = (round(255 + share * (end - 255)) for end in (8, 64, 129))
    return f"rgb({red},{green},{blue})"


def _open(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'{_STYLE}<rect width="{width}" height="{height}" fill="#fff"/>'
    )


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'
