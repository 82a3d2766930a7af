"""`sensorscape status`: what DVC has, what MLflow has, what is missing where, and the command that mends it, on one screen.

Reads files only and loads neither MLflow nor DVC when the store is the project's own, so it answers at once.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import contents, description, models, reading, store, sync, takeover
from sensorscape.registry.abandoned import RUNNING, is_abandoned
from sensorscape.registry.location import local_path, locate, redacted
from sensorscape.registry.mirror import Study
from sensorscape.registry.opening import Store, open_store
from sensorscape.registry.reading import Key, StoredRun


@dataclass
class Status:
    """The state of a project's runs.

    Attributes:
        dvc: lines on what DVC has.
        mlflow: lines on what the store has.
        problems: (what is missing or wrong, the command that mends it).
    """

    dvc: list[str] = field(default_factory=list)
    mlflow: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def status(project: Project) -> Status:
    """Compare workspace, DVC's cache and store. Changes nothing."""
    found = Status()
    study = None
    try:
        study = sync.workspace_study(project)
    except SensorscapeError as error:
        found.problems.append((error.message, error.hint))
    _outputs(project, found)
    if study:
        found.dvc += _of_study(study)
    location = locate(project)
    if location.database and not location.database.exists():
        found.mlflow.append(f"no store yet ({location.shown})")
        if study:
            found.problems.append((f"the store is missing: {len(study.records)} runs of the ledger are not in MLflow", "sensorscape sync"))
        return found
    try:
        _compare(project, open_store(project), study, found)
    except SensorscapeError as error:
        found.problems.append((error.message, error.hint))
    return found


def _outputs(project: Project, found: Status) -> None:
    lock = project.root / "dvc.lock"
    outputs = takeover.outputs_of(lock.read_text("utf-8")) if lock.is_file() else {}
    if not outputs:
        found.dvc.append("the study was never run here (no dvc.lock)")
        found.problems.append(("there are no results yet", "dvc repro, or git pull and dvc pull"))
        return
    absent = [path for path in outputs if not (project.root / path).exists()]
    cached = {path: takeover.cache_path(project, digest) for path, digest in outputs.items()}
    lost = [path for path in absent if not (cached[path] and cached[path].is_file())]  # type: ignore[union-attr]
    found.dvc.append(f"{len(outputs) - len(absent)} of {len(outputs)} outputs of dvc.lock are in the workspace")
    if lost:
        found.problems.append(
            (
                f"{', '.join(lost[:3])}{' …' if len(lost) > 3 else ''}: neither in the workspace nor in the cache",
                "dvc pull, or to make them: dvc repro",
            )
        )
    elif absent:
        found.problems.append(
            (f"{', '.join(absent[:3])}{' …' if len(absent) > 3 else ''}: in the cache, not in the workspace", "dvc checkout")
        )


def _of_study(study: Study) -> list[str]:
    sensors = Counter(record["sensor"] for record in study.records.values())
    lines = [f"study {study.name}: {len(study.records)} runs ({', '.join(f'{name} {count}' for name, count in sorted(sensors.items()))})"]
    if study.verdicts:
        verdicts = Counter(verdict["verdict"] for verdict in study.verdicts.values())
        lines.append("verdicts: " + ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items())))
    if study.champions:
        named = ((sensor, study.records.get(fingerprint)) for sensor, fingerprint in sorted(study.champions.items()))
        lines.append("champions: " + ", ".join(f"{sensor} {record['cell']['hash'][:12]}" for sensor, record in named if record))
    return lines


def _compare(project: Project, opened: Store, study: Study | None, found: Status) -> None:
    runs = reading.index(opened)
    sound = reading.by_key(runs)
    kinds = Counter(run.tags.get(contents.KIND, "other") for run in runs)
    versions = [version for known in models.shelf(opened).versions.values() for version in known.values()]
    found.mlflow.append(
        f"{opened.location.shown}: {kinds['run']} runs, {kinds['study']} executions of studies, {len(versions)} model versions"
    )
    crowned = sorted(
        f"{version.name}@{models.CHAMPION} = version {version.number}" for version in versions if models.CHAMPION in version.aliases
    )
    found.mlflow += [", ".join(crowned)] if crowned else []
    _unfinished(runs, found)
    if study is None:
        return
    keys = [(record["fingerprint"], record["record_sha256"]) for record in study.records.values()]
    missing = [key for key in keys if key not in sound]
    if missing:
        found.problems.append((f"{len(missing)} of {len(keys)} runs of the ledger are not in MLflow", "sensorscape sync"))
    others = len(sound) - (len(keys) - len(missing))
    if others:
        found.mlflow.append(f"{others} of its runs belong to other studies and experiments")
    _differing(project, [key for key in keys if key in sound], found)
    _models(study, sound, {version.key for version in versions if version.name.startswith("cell-")}, found)


def _unfinished(runs: list[StoredRun], found: Status) -> None:
    under_way = [run for run in runs if run.status == RUNNING and run.tags.get(contents.KIND) == "study" and not is_abandoned(run)]
    running = sum(run.status == RUNNING for run in runs) - len(under_way)
    if under_way:
        found.mlflow.append(f"executions of train under way: {len(under_way)}")
    aside = sum(contents.SET_ASIDE in run.tags for run in runs)
    if running:
        found.problems.append(
            (f"{running} runs in MLflow are RUNNING: being written now, or left by a process that was killed", "sensorscape sync")
        )
    if aside:
        found.mlflow.append(f"{aside} damaged runs were set aside")


def _differing(project: Project, keys: list[Key], found: Status) -> None:
    _, _, damaged = store.inspect(project, keys)
    for key, reason in list(damaged.items())[:3]:
        found.problems.append((f"MLflow differs from the ledger in run {key[0][:12]}: {reason}", "sensorscape sync --mend"))
    if len(damaged) > 3:
        found.problems.append((f"MLflow differs from the ledger in {len(damaged) - 3} more runs", "sensorscape sync --mend"))


def _models(study: Study, sound: dict[Key, StoredRun], registered: set[Key], found: Status) -> None:
    weighted = [record for record in study.records.values() if record["weights"]]
    without = [record for record in weighted if (record["fingerprint"], record["record_sha256"]) not in registered]
    if without:
        found.problems.append(
            (f"{len(without)} runs have no registered model", "dvc pull models/weights (if you want them), then: sensorscape sync")
        )
    broken = 0
    for record in weighted:
        run = sound.get((record["fingerprint"], record["record_sha256"]))
        folder = local_path(run.artifact_uri) if run else None
        if folder and record not in without and not (folder / description.FOLDER / description.WEIGHTS).is_file():
            broken += 1
    if broken:
        found.problems.append((f"{broken} registered models have lost their weights", "dvc pull models/weights, then: sensorscape sync"))


def check(project: Project) -> Iterator[tuple[str, bool, str]]:
    """`status --check`: (what, whether it is well, detail or remedy) of installation, DVC, store, locks, disk and GPU."""
    from importlib.metadata import PackageNotFoundError, version

    for name in ("sensorscape", "dvc", "mlflow", "great-expectations", "torch", "safetensors", "numpy"):
        try:
            yield name, True, version(name)
        except PackageNotFoundError:
            yield name, False, "not installed: make setup"
    for program in ("git", "dvc"):
        path = shutil.which(program)
        yield f"{program} on the PATH", bool(path) or program == "dvc", path or "not found; use .venv/bin/dvc, or activate .venv"
    yield from _check_dvc(project)
    yield from _check_store(project)
    free = shutil.disk_usage(project.main).free
    yield "free disk", free > 2e9, f"{free / 1e9:.1f} GB"
    yield _gpu()


def _check_dvc(project: Project) -> Iterator[tuple[str, bool, str]]:
    yield "git repository", takeover.git(project.main, "rev-parse", "HEAD") is not None, "dvc.lock is read from commits"
    cache = takeover.cache_folder(project.main)
    yield "DVC cache", cache.is_dir(), str(cache)
    listed = takeover.dvc(project.main, "remote", "list")
    remotes = [line.split() for line in (listed or "").splitlines() if line.strip()]
    yield (
        "DVC remote",
        bool(remotes),
        ", ".join(f"{line[0]} ({redacted(line[1])})" for line in remotes if len(line) > 1) or "none: dvc remote add",
    )
    busy = [name for name in ("rwlock", "lock") if (project.main / ".dvc" / "tmp" / name).exists() and _is_held(project, name)]
    yield "DVC locks", not busy, "another DVC command is at work" if busy else "free"


def _is_held(project: Project, name: str) -> bool:
    path = project.main / ".dvc" / "tmp" / name
    return name == "rwlock" and path.stat().st_size > len("{}")


def _check_store(project: Project) -> Iterator[tuple[str, bool, str]]:
    from filelock import FileLock, Timeout

    from sensorscape.registry.location import file_system, refuse_network_disk

    location = locate(project)
    try:
        if location.database:
            refuse_network_disk(location.database.parent)
            yield "store's disk", True, file_system(location.database.parent) or "unknown file system"
        open_store(project)
        yield "store", True, location.shown
    except SensorscapeError as error:
        yield "store", False, f"{error.message}; {error.hint}"
    lock = project.work / "locks" / "store.lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            yield "store's lock", True, "free"
    except Timeout:
        yield "store's lock", False, "another process is writing to the store"


def _gpu() -> tuple[str, bool, str]:
    import importlib

    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return "GPU", True, str(torch.cuda.get_device_name())
    return "GPU", True, "none; the CPU trains (studies of minutes, not the paper's)"
