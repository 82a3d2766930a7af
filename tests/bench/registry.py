"""How fast the registry is. Run by hand:

    python tests/bench/registry.py 1000              # adding runs with pictures and models, sync, status, reading every record
    python tests/bench/registry.py 10000 PROJECT     # fills the store of a project where `dvc repro` has run with as many more runs,
                                                     # then times its status and its stage footprint

Records have four budgets, 17 classes and 27 epochs, as the embedded study's.
"""

import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sensorscape.files import write_json
from sensorscape.project import Project
from sensorscape.registry import ledger, mirror, status, store, sync
from sensorscape.registry.record import seal

BUDGETS, CLASSES = (1, 3, 9, 27), 17
CELL = {
    "matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
    "ops": ["conv3x3"],
    "vertices": 3,
    "edges": 2,
    "depth": 2,
    "width": 1,
    "parameters": 9999,
}
SUBSET = {"sha256": "5" * 64, "classes": CLASSES, "arrays": {"sen1": {"channels": 8}}}


def make_record(number: int, weights: Path | None) -> dict:
    rng = random.Random(number)
    sensor, cell = ("s1", "s2", "fusion")[number % 3], hashlib.md5(str(number // 3).encode(), usedforsecurity=False).hexdigest()

    def scores() -> dict:
        return {name: rng.random() for name in ("kappa", "accuracy", "average_accuracy")}

    def evaluation(budget: int) -> dict:
        confusion = [[rng.randrange(20) for _ in range(CLASSES)] for _ in range(CLASSES)]
        test = scores() | {"kappa_choice": rng.random(), "kappa_report": rng.random(), "confusion": confusion}
        return {"epoch": budget, "seconds": 1.5 * budget, "train": scores(), "test": test}

    record = {
        "identity": {
            "recipe_version": 1, "cell": cell, "sensor": {"arrays": {"sen1": "all"}}, "subset": "5" * 64, "network": {"stem": 8},
            "training": {"budgets": list(BUDGETS), "epochs": 27}, "seed": 0, "name": sensor,
        },
        "cell": CELL | {"hash": cell}, "sensor": sensor, "seed": 0, "outcome": "finished", "reason": None,
        "evaluations": {str(budget): evaluation(budget) for budget in BUDGETS},
        "history": {
            "epoch": list(range(1, 28)), "loss": [rng.random() for _ in range(27)], "learning_rate": [0.1] * 27,
            "seconds": [1.5 * epoch for epoch in range(1, 28)],
        },
        "environment": {"device": "cpu", "started": "2024-01-01T00:00:00+00:00"},
        "weights": None,
    }  # fmt: skip
    if weights:
        record = seal(record)
        content = rng.randbytes(100_000)
        (weights / f"{record['fingerprint']}.safetensors").write_bytes(content)
        record["weights"] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "epoch": 27}
    return seal(record)


def timed(name: str, function, *arguments, **options):
    start = time.perf_counter()
    result = function(*arguments, **options)
    print(f"{name}: {time.perf_counter() - start:.2f} s", flush=True)
    return result


def main(count: int, folder: Path) -> None:
    project = Project(folder, folder)
    weights = folder / "models" / "weights"
    weights.mkdir(parents=True)
    records = timed(f"making {count} records", lambda: [make_record(number, weights) for number in range(count)])
    timed("writing the ledger", ledger.write, folder / "models" / "runs.jsonl", records)
    entries = [{"fingerprint": r["fingerprint"], "record_sha256": r["record_sha256"], "roles": ["population"]} for r in records]
    write_json(folder / "models" / "study.json", {"study": "bench", "entries": entries})
    write_json(folder / "data" / "subset" / "subset.json", SUBSET)
    write_json(folder / "models" / "verdicts.json", {"runs": {r["fingerprint"]: {"verdict": "accepted"} for r in records}})
    (folder / "params.yaml").write_text("study: bench\n")
    timed("reading the ledger", ledger.read, folder / "models" / "runs.jsonl")
    timed("making a fresh store", store.open_store, project)
    timed("adding one run", store.log_run, project, make_record(10**9 + 1, None))
    print(timed(f"sync of {count} runs with models into the store", sync.sync, project))
    print(timed("sync into a complete store", sync.sync, project))
    print(timed("status", status.status, project).problems)
    read = timed("reading every record for the footprint", store.read_records, project, entries)
    if (
        read != sorted(records, key=lambda r: [e["fingerprint"] for e in entries].index(r["fingerprint"]))
        if count <= 1000
        else len(read) != count
    ):
        raise SystemExit("the store's records are not the ledger's")
    size = sum(path.stat().st_size for path in (folder / "models" / "store").glob("mlflow.db*"))
    print(f"the store's database: {size / 1e6:.0f} MB; versions: {len(mirror.models.shelf_of_file(project.store / 'mlflow.db'))}")


def beside(count: int, folder: Path) -> None:
    """A study's footprint from a store that holds `count` runs of others beside it."""
    project = Project(folder, folder)
    records = {str(number): make_record(number, None) for number in range(count)}
    print(timed(f"adding {count} runs without models", mirror.add_runs, project, records))
    print(timed("status", status.status, project).mlflow)
    timed("the stage footprint", subprocess.run, [sys.executable, "-m", "sensorscape.stages", "footprint"], cwd=folder, check=True)
    timed("sensorscape status", subprocess.run, ["sensorscape", "status"], cwd=folder, check=False)
    timed("sensorscape sync", subprocess.run, ["sensorscape", "sync"], cwd=folder, check=True)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    if len(sys.argv) > 2:
        beside(number, Path(sys.argv[2]).resolve())
    else:
        where = Path(tempfile.mkdtemp(prefix="sensorscape-bench-"))
        try:
            main(number, where)
        finally:
            shutil.rmtree(where)
