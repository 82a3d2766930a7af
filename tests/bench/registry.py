"""How fast the registry is. Run by hand:

    python tests/bench/registry.py 1000              # adding runs with pictures and models, sync, status, reading every record
    python tests/bench/registry.py 10000 PROJECT     # fills the store of a project where `dvc repro` has run with as many more runs,
                                                     # then times its status and its stage footprint
    python tests/bench/registry.py page 1200 PROJECT # turns a throw-away clone of a project where `dvc repro` has run into a study of at
                                                     # least as many made-up runs, then times the way from the store to the page

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

from ruamel.yaml import YAML

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


def page(count: int, folder: Path) -> None:
    """From a study's runs in the store to the page: the real stages, whose `train` finds every (made-up) run done."""
    from sensorscape import params
    from sensorscape.stages import train
    from sensorscape.training.record import make_record as record_of
    from sensorscape.training.record import write

    changes = {"population": {"sampler": "uniform", "count": count // 3}, "walk": {"length": 40}, "training": {"keep_weights": "champions"}}
    path, yaml = folder / "params.yaml", YAML()
    values = yaml.load(path)
    for section, change in changes.items():
        values[section].update(change)
    yaml.dump(values, path)
    subprocess.run(["dvc", "repro", "sample"], cwd=folder, check=True, capture_output=True)
    study, project = params.load(path), Project(folder, folder)
    sections = {name: getattr(study, name) for name in ("sensor", "sensors", "walk", "network", "training")}
    ready = train.prepare(project, **sections)
    for run in ready.runs:
        rng = random.Random(run.fingerprint)
        quality = 0.3 + 0.2 * random.Random(run.cell.hash).random()
        evaluations = {}
        for place, budget in enumerate(run.budgets):
            confusion = [[0] * CLASSES for _ in range(CLASSES)]
            for _ in range(600):
                label = rng.randrange(CLASSES)
                confusion[label][label if rng.random() < quality + 0.1 * place else rng.randrange(CLASSES)] += 1
            right, total = sum(confusion[k][k] for k in range(CLASSES)), 600
            chance = sum(sum(confusion[k]) * sum(row[k] for row in confusion) for k in range(CLASSES)) / total**2
            scores = {"kappa": (right / total - chance) / (1 - chance), "accuracy": right / total, "average_accuracy": right / total}
            test = scores | {"kappa_choice": scores["kappa"], "kappa_report": scores["kappa"], "confusion": confusion}
            evaluations[str(budget)] = {"epoch": budget, "seconds": float(budget), "train": scores, "test": test}
        epochs = list(range(1, run.epochs + 1))
        history = {
            "epoch": epochs,
            "loss": [1 / e for e in epochs],
            "learning_rate": [0.1] * len(epochs),
            "seconds": [float(e) for e in epochs],
        }
        made = {"evaluations": evaluations, "history": history, "environment": {"device": "cpu", "started": "2024-01-01T00:00:00+00:00"}}
        write(ready.place.folder(run.fingerprint), record_of(run, ready.place, outcome="finished", **made))
    print(f"{len(ready.planned)} runs, {len(ready.runs)} made up")
    for name in ("train", "check_runs", "register", "footprint", "report"):
        timed(f"dvc repro -s {name}", subprocess.run, ["dvc", "repro", "-s", name], cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["page"]:
        page(int(sys.argv[2]), Path(sys.argv[3]).resolve())
        sys.exit()
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    if len(sys.argv) > 2:
        beside(number, Path(sys.argv[2]).resolve())
    else:
        where = Path(tempfile.mkdtemp(prefix="sensorscape-bench-"))
        try:
            main(number, where)
        finally:
            shutil.rmtree(where)
