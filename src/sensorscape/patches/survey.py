"""What a raw file holds under the names that a study needs, without judging it: the table that quality control reads first."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import pandas as pd

from sensorscape.patches.layout import image_arrays, open_raw


def survey(path: Path, *, label: str, arrays: Iterable[str] | None) -> pd.DataFrame:
    """One row for the labels and one per image array that a study needs.

    Args:
        path: the HDF5 file.
        label: name of the one-hot labels.
        arrays: names of the image arrays; None: all arrays of rank 4.

    Returns:
        ``name``; ``role`` (label or image); ``found`` bool; ``seen`` (name, shape and type, as text); ``kind`` (numpy's letter for the
        type: i, u, f, b are numbers); ``rank_off`` (rank minus the 2 of labels or the 4 of images); ``rows_off`` (rows minus the
        labels'); ``rows``; ``least_side`` (the shortest side but the first). What is not found has no further fault: no offset, sides of 2.

    Raises:
        SensorscapeError: when the file is missing, a directory, not HDF5 or truncated.
    """
    with open_raw(path) as file:
        names = dict.fromkeys(image_arrays(file) if arrays is None else arrays)
        facts = [_facts(file, label, "label", 2), *(_facts(file, name, "image", 4) for name in names)]
    table = pd.DataFrame(facts)
    labels = int(table["rows"].iloc[0]) if table["found"].iloc[0] else None
    table["rows_off"] = [
        rows - labels if found and labels is not None else 0 for rows, found in zip(table["rows"], table["found"], strict=True)
    ]
    return table


def _facts(file: h5py.File, name: str, role: str, rank: int) -> dict[str, Any]:
    item = file.get(name)
    if not isinstance(item, h5py.Dataset):
        return {"name": name, "role": role, "found": False, "seen": repr(name), "kind": "f", "rank_off": 0, "rows": 1, "least_side": 2}
    shape = item.shape or ()
    return {
        "name": name,
        "role": role,
        "found": True,
        "seen": f"{name!r} {shape} {item.dtype}",
        "kind": item.dtype.kind,
        "rank_off": len(shape) - rank,
        "rows": shape[0] if shape else 1,
        "least_side": min(shape[1:], default=2),
    }
