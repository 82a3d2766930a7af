"""What a model's folder holds beside its weights, the same bytes wherever it is made."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sensorscape.registry.record import Record

FOLDER = "model"
WEIGHTS = "model.safetensors"
_LOADER = "sensorscape.predictor"


def describe(record: Record, subset: Mapping[str, Any]) -> dict[str, Any]:
    """model.json: all that prediction needs besides the weights.

    Args:
        record: a run with weights.
        subset: subset.json: the standardisation of every array, the number of classes, and whether the data are synthetic.
    """
    identity = record["identity"]
    arrays = identity["sensor"]["arrays"]
    kappa = {budget: (evaluation.get("test") or {}).get("kappa") for budget, evaluation in record["evaluations"].items()}
    return {
        "format": 1,
        "cell": {key: record["cell"][key] for key in ("hash", "matrix", "ops")},
        "network": identity["network"],
        "sensor": {"name": record["sensor"], "arrays": arrays},
        "arrays": {name: subset["arrays"][name] for name in arrays},
        "classes": subset["classes"],
        "subset": identity["subset"],
        "synthetic": subset.get("synthetic", ""),
        "fingerprint": record["fingerprint"],
        "record_sha256": record["record_sha256"],
        "kappa": kappa,
        "weights": {"file": WEIGHTS, "sha256": record["weights"]["sha256"], "bytes": record["weights"].get("bytes")},
    }


def files(record: Record, subset: Mapping[str, Any], weights: Path) -> dict[str, bytes | Path]:
    """The files of a model's folder by name; the weights are given as the path to link."""
    text = json.dumps(describe(record, subset), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return {"model.json": text.encode(), "MLmodel": mlmodel().encode(), "requirements.txt": requirements().encode(), WEIGHTS: weights}


def mlmodel() -> str:
    """MLflow's description of the folder: loaded by a module, without pickle. JSON is YAML.

    No versions and no dates: the file is part of a DVC output.
    """
    content = {"artifact_path": FOLDER, "flavors": {"python_function": {"loader_module": _LOADER}}}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def requirements() -> str:
    """What has to be installed to load a model."""
    return f"sensorscape=={version('sensorscape')}\n"


def of_cell(record: Record) -> str:
    """A sentence that says what a cell is, for the registered model's page."""
    cell = record["cell"]
    inner = list(cell.get("ops") or [])
    inner = [name for name in inner if name not in ("input", "output")]
    arrows = "; ".join(
        f"{source} → {', '.join(str(target) for target, edge in enumerate(row) if edge)}"
        for source, row in enumerate(cell["matrix"])
        if any(row)
    )
    return (
        f"NASBench-101 cell `{cell['hash']}`: {cell.get('vertices')} vertices, {cell.get('edges')} edges, depth {cell.get('depth')}, "
        f"width {cell.get('width')}; operations of the inner vertices: {', '.join(inner) or 'none'}. Edges: {arrows}. "
        "One version per run (sensor, seed); `kappa_<budget>` in the tags is Cohen's kappa on the test split after that many epochs."
    )
