"""Lists of cells in files: a published or hand-written population, JSON of matrices and operations."""

import json
from pathlib import Path
from typing import Any

from sensorscape.cells.cell import Cell
from sensorscape.cells.samplers import Sample
from sensorscape.errors import SensorscapeError


def read_list(path: Path) -> Sample:
    """The distinct cells of a JSON list, in its order; the diagnostics name the duplicates.

    Args:
        path: ``[{"matrix": …, "ops": …}, …]``, or such a list under ``cells``; a ``hash`` beside them is checked.

    Raises:
        SensorscapeError: when the file is missing, is not such a list or is empty, or an entry is no cell (which and why).
    """
    entries = _entries(path)
    first: dict[Cell, int] = {}
    duplicates: list[dict[str, Any]] = []
    for number, entry in enumerate(entries):
        cell = _cell(path, number, entry)
        if cell in first:
            duplicates.append({"entry": number, "same_as": first[cell], "hash": cell.hash})
        else:
            first[cell] = number
    return Sample(tuple(first), {"entries": len(entries), "distinct": len(first), "duplicates": duplicates})


def read_cell(path: Path) -> Cell:
    """The one cell of a JSON file ``{"matrix": …, "ops": …}``.

    Raises:
        SensorscapeError: when the file is missing or is no cell.
    """
    return _cell(path, None, _json(path, "give the path of a JSON file, or a NASBench-101 hash"))


def _entries(path: Path) -> list[Any]:
    value = _json(path, "bring the file, or set population.sampler to lhs")
    entries = value.get("cells") if isinstance(value, dict) else value
    if not isinstance(entries, list) or not entries:
        raise SensorscapeError(f"{path} is not a list of cells", 'write [{"matrix": [[0, 1], …], "ops": […]}, …]')
    return entries


def _cell(path: Path, number: int | None, entry: Any) -> Cell:
    place = f"{path}" if number is None else f"{path}: entry {number}"
    try:
        cell = Cell.from_dict(entry)
    except SensorscapeError as error:
        raise SensorscapeError(f"{place}: {error.message}", error.hint) from error
    if entry.get("hash", cell.hash) != cell.hash:
        raise SensorscapeError(f"{place}: its hash is {entry['hash']}, its matrix and operations give {cell.hash}", "correct one of them")
    return cell


def _json(path: Path, hint: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", hint) from error
    except (ValueError, OSError) as error:
        raise SensorscapeError(f"{path} cannot be read: {error}", "it should be JSON") from error
