"""The stage `train`: every run that the study needs, found or trained → models/runs.jsonl, models/study.json, models/weights/."""

import math
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from sensorscape.cells import Cell
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path, canonical_json, read_json, safe_name, sha256_file, sha256_text, write_json
from sensorscape.params import Network, Table, Training, Walk
from sensorscape.patches.sensors import is_image
from sensorscape.project import Project
from sensorscape.registry import ledger
from sensorscape.registry.outbox import Outbox
from sensorscape.registry.provenance import provenance, run_tags, tag_prefix
from sensorscape.registry.studies import Execution
from sensorscape.registry.takeover import find
from sensorscape.registry.work import in_use
from sensorscape.training import record as records
from sensorscape.training.executor import device_of, train_all, workers_of
from sensorscape.training.fleet import terminable
from sensorscape.training.place import Place
from sensorscape.training.plan import CPU_SPEED, Planned, longest_first, plan, work
from sensorscape.training.probe import estimate
from sensorscape.training.progress import Progress
from sensorscape.training.recipe import Run

Record = dict[str, Any]
_CPU_HOURS = 12.0
"""A study longer than this on a CPU is most likely a mistake."""
_PROBE = 20.0
"""Seconds of trial training that tell how long a study will take that may be longer."""


@dataclass(frozen=True)
class Work:
    """What a study needs, before anything is trained.

    Attributes:
        planned: every run with its roles.
        place: where they train.
        found: records that exist, by fingerprint, with the paths of their weights.
        runs: runs to train, longest first.
        patches: training patches.
        pixels: of a patch.
        synthetic: what the data say of their making when they are synthetic, else empty.
    """

    planned: list[Planned]
    place: Place
    found: dict[str, tuple[Record, Path | None]]
    runs: list[Run]
    patches: int
    pixels: int
    synthetic: str


def run(
    project: Project,
    *,
    study: str,
    sensor: tuple[str, ...],
    sensors: Mapping[str, Any],
    walk: Walk,
    network: Network,
    training: Training,
) -> None:
    """Find or train every run, log each to MLflow as it ends, write study, weights and ledger.

    Raises:
        SensorscapeError: whatever the user can mend. Finished runs are kept and taken over by the next execution.
    """
    # at SIGTERM, also at a second one while the workers end, the execution says in the store how far it came
    with in_use(project), terminable(), Execution(project, study) as execution:
        definitions = {name: sensors[name] for name in sensor}
        tables = {name: table_content(project, name, value, training.budgets) for name, value in definitions.items() if not is_image(value)}
        ready = prepare(project, sensor=sensor, sensors=sensors, walk=walk, network=network, training=training)
        check_length(project, ready)
        all_records = {fingerprint: record for fingerprint, (record, _) in ready.found.items()}
        print(f"train: {len(ready.planned)} runs in the study, {len(all_records)} found, {len(ready.runs)} to train", flush=True)
        outbox = Outbox(project)
        progress = _train(project, study, ready, all_records, outbox, execution)
        content = study_content(study, definitions, training, ready.planned, all_records, tables)
        _write_weights(project, ready, all_records, training.keep_weights)
        write_json(project.root / "models" / "study.json", content)
        ledger.write(project.root / "models" / "runs.jsonl", all_records.values())
        outbox.close()
        execution.end(content, progress.numbers())


def prepare(
    project: Project, *, sensor: Sequence[str], sensors: Mapping[str, Any], walk: Walk, network: Network, training: Training
) -> Work:
    """Read the inputs, plan the study, and find what exists.

    Raises:
        SensorscapeError: an input is missing or damaged, or the study cannot be trained on it.
    """
    images = {name: sensors[name] for name in sensor if is_image(sensors[name])}
    meta = read_json(project.root / "data" / "subset" / "subset.json", made_by="dvc repro subset")
    path = project.root / "data" / "subset" / "subset.h5"
    _check_subset(path, meta, training.batch, bool(images))
    arrays = meta["arrays"]
    planned = plan(
        sensors=images,
        sizes={name: array["channels"] for name, array in arrays.items()},
        subset=meta["sha256"],
        population=_population(project),
        walked=_walked(project),
        walk_budget=walk.budget,
        network=network,
        training=training,
    )
    place = Place(
        subset=path,
        sizes={name: array["channels"] for name, array in arrays.items()},
        classes=meta["classes"],
        work=project.work,
        device=device_of(project.machine),
        graphs=project.machine.cuda_graphs,
        origin={key: value for key, value in provenance(project).items() if value is not None},
    )
    used = [arrays[name] for definition in images.values() for name in definition]
    pixels = max((array["height"] * array["width"] for array in used), default=1)
    found = find(project, [item.run.fingerprint for item in planned])
    found = {key: value for key, value in found.items() if _usable(value, place, training)}
    missing = [item.run for item in planned if item.run.fingerprint not in found]
    return Work(planned, place, found, longest_first(missing, meta["train"], pixels), meta["train"], pixels, meta.get("synthetic", ""))


def check_length(project: Project, ready: Work) -> None:
    """Refuse a study of more than 12 hours on a CPU, once: the same command a second time means it.

    Counting operations tells most studies from such ones; where it comes within a factor 4, 20 s of training decide.

    Raises:
        SensorscapeError: the first time that these runs are to be trained.
    """
    if ready.place.device != "cpu" or project.machine.executor == "ray":
        return
    counted = sum(work(item, ready.patches, ready.pixels) for item in ready.runs) / CPU_SPEED / (os.cpu_count() or 1) / 3600
    if counted < _CPU_HOURS / 4:
        return
    asked = ready.place.work / "asked" / sha256_text(canonical_json(sorted(item.fingerprint for item in ready.runs)))
    if asked.exists():
        return
    size = workers_of(project.machine, ready.place.device, ready.runs, pixels=ready.pixels, data_bytes=0)
    hours = estimate(ready.place, ready.runs, ready.patches, ready.pixels, _PROBE) / size / 3600
    if hours < _CPU_HOURS:
        return
    asked.parent.mkdir(parents=True, exist_ok=True)
    asked.touch()
    raise SensorscapeError(
        f"these {len(ready.runs)} runs would take about {hours:,.0f} hours on this machine's CPU",
        "use a GPU (machine.yaml), or a smaller study (`sensorscape study pilot`). If you mean it, run the same command once more",
    )


def _train(project: Project, study: str, ready: Work, all_records: dict[str, Record], outbox: Outbox, execution: Execution) -> Progress:
    """Train what is missing; every record goes to the store the moment it exists, or later when the store is away."""
    images = {item.fingerprint: item.epochs * ready.patches for item in ready.runs}
    costs = {item.fingerprint: work(item, ready.patches, ready.pixels) for item in ready.runs}
    roles = {item.run.fingerprint: item.roles for item in ready.planned}
    place, runs = ready.place, ready.runs
    for item in runs:
        records.clear(place.folder(item.fingerprint))
    found = [(item.run.name, all_records[item.run.fingerprint]) for item in ready.planned if item.run.fingerprint in all_records]
    with Progress(runs, images, costs, found, execution.show) as progress:
        if runs:
            data = max(4 * item.sensor.channels for item in runs) * ready.pixels * ready.patches * 2
            size = workers_of(project.machine, place.device, runs, pixels=ready.pixels, data_bytes=data)
            for item, record in train_all(project.machine, place, runs, size, progress.heard):
                all_records[item.fingerprint] = record
                progress.ended(item, record)
                outbox.log(record, run_tags(tag_prefix(project, study), roles[item.fingerprint], ready.synthetic))
    if runs:
        print(f"train: {progress.line()}", flush=True)
    return progress


def _usable(found: tuple[Record, Path | None], place: Place, training: Training) -> bool:
    """Whether a record that exists stands for its run here.

    What a trajectory came to is final. What a machine could not do is tried again where the machine, or the limit, is another.
    A run whose weights are to be kept and are nowhere is trained again.
    """
    record, weights = found
    environment = record["environment"]
    if record["outcome"] == "failed":
        return False
    if record["outcome"] == "timed_out":
        return bool(environment.get("time_limit", 0) >= training.time_limit)
    if record["outcome"] == "out_of_memory":
        return bool(environment.get("place") == place.device)
    return training.keep_weights != "all" or record["weights"] is None or weights is not None


def _write_weights(project: Project, ready: Work, all_records: Mapping[str, Record], keep: str) -> None:
    """models/weights/<fingerprint>.safetensors of the runs that are kept, digests checked."""
    folder = project.root / "models" / "weights"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept = all_records if keep == "all" else _champions(all_records)
    for fingerprint in kept:
        expected = all_records[fingerprint]["weights"]
        if expected is None:
            continue
        known = ready.found.get(fingerprint, (None, None))[1]
        source = known or ready.place.folder(fingerprint) / records.WEIGHTS
        if not source.is_file() or sha256_file(source) != expected["sha256"]:
            raise SensorscapeError(
                f"the weights of the run {fingerprint[:12]} are missing or altered ({source})", "run again: the run is trained once more"
            )
        with atomic_path(folder / f"{safe_name(fingerprint)}.safetensors") as part:
            shutil.copyfile(source, part)


def _champions(all_records: Mapping[str, Record]) -> list[str]:
    """At every budget the best run of each sensor by ``kappa_choice``: whichever the footprint decides on, its weights are there."""
    best: dict[tuple[str, str], tuple[float, str, int, str]] = {}
    for fingerprint, record in all_records.items():
        for budget, evaluation in record["evaluations"].items():
            kappa = evaluation["test"]["kappa_choice"]
            rank = (-kappa if kappa is not None else math.inf, record["cell"]["hash"], record["seed"], fingerprint)
            key = (record["sensor"], budget)
            best[key] = min(rank, best.get(key, rank))
    return sorted({fingerprint for *_, fingerprint in best.values()})


def study_content(
    study: str,
    definitions: Mapping[str, Any],
    training: Training,
    planned: Sequence[Planned],
    all_records: Mapping[str, Record],
    tables: Mapping[str, Any],
) -> dict[str, Any]:
    """models/study.json: what the study contains, from its plan and from the records of the planned runs that have ended."""
    entries = [
        {
            "fingerprint": item.run.fingerprint,
            "record_sha256": all_records[item.run.fingerprint]["record_sha256"],
            "sensor": item.run.name,
            "cell": item.run.cell.hash,
            "seed": item.run.seed,
            "roles": list(item.roles),
        }
        for item in planned
    ]
    return {
        "study": study,
        "sensors": {name: _plain(definition) for name, definition in definitions.items()},
        "budgets": list(training.budgets),
        "entries": sorted(entries, key=lambda entry: (entry["sensor"], entry["cell"], entry["seed"], entry["fingerprint"])),
        "tables": dict(tables),
    }


def _plain(definition: Any) -> dict[str, Any]:
    if is_dataclass(definition) and not isinstance(definition, type):
        return asdict(definition)
    return {array: channels if channels == "all" else list(channels) for array, channels in definition.items()}


def _check_subset(path: Path, meta: Mapping[str, Any], batch: int, needed: bool) -> None:
    if not needed:
        return
    if not path.is_file():
        raise SensorscapeError(f"{path} is missing", "make it with: dvc repro subset (or dvc pull)")
    if sha256_file(path) != meta["sha256"]:
        raise SensorscapeError(f"{path} is not the file that subset.json describes (SHA-256 differs)", "make it again: dvc repro -f subset")
    if batch > meta["train"]:
        raise SensorscapeError(
            f"training.batch: {batch} is more than the {meta['train']} training patches of the subset",
            "lower training.batch or raise subset.train_share in params.yaml",
        )


def _population(project: Project) -> list[Cell]:
    content = read_json(project.root / "models" / "population.json", made_by="dvc repro sample")
    return [Cell.from_dict(value) for value in content["cells"]]


def _walked(project: Project) -> list[Cell]:
    content = read_json(project.root / "models" / "walks.json", made_by="dvc repro sample")
    visited = dict.fromkeys(name for walk in content["walks"] for name in walk)
    return [Cell.from_dict(content["cells"][name]) for name in visited]


def table_content(project: Project, name: str, definition: Table, budgets: Sequence[int]) -> dict[str, Any]:
    """What the ledger holds of a table sensor, which is not trained: its digest, and how many and which cells it has.

    Raises:
        SensorscapeError: for a missing or bad table, or one without a budget of the study, before anything is trained.
    """
    from sensorscape.cells.tables import load

    how = dict(vars(definition))
    try:
        table = load(project.root / how.pop("table"), **how)
        table.at(budgets)
    except SensorscapeError as error:
        raise SensorscapeError(f"sensors.{name}: {error.message}", error.hint) from error
    return {"path": definition.table, "sha256": table.digest, "unit": definition.unit} | table.used()
