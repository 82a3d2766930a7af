"""`sensorscape sync`: brings runs into the store that are known elsewhere. It adds, and overwrites nothing.

After `dvc pull`, a hit in DVC's run cache or a fresh clone no stage has run, so MLflow has seen nothing; the same after a lost
store. Everything is found again by (fingerprint, record SHA-256): the ledger of the workspace, the ledgers that DVC's cache holds
of HEAD and of every experiment, and runs that ended without reaching a ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import mirror, reading, store, studies, takeover, work
from sensorscape.registry.abandoned import close_abandoned
from sensorscape.registry.mirror import Progress, Study, Weights
from sensorscape.registry.opening import open_store
from sensorscape.registry.reading import Key
from sensorscape.registry.record import Record


@dataclass
class Report:
    """What `sync` did.

    Attributes:
        added: runs added.
        versions: model versions added.
        without_weights: runs whose weights are not on this machine, so that they have no model yet.
        mended: damaged runs that were set aside and added again.
        closed: runs that a killed process had left RUNNING.
        unreadable: places that could not be read, with the reason.
    """

    added: int = 0
    versions: int = 0
    without_weights: int = 0
    mended: int = 0
    closed: int = 0
    unreadable: list[str] = field(default_factory=list)


def sync(project: Project, *, mend: bool = False, progress: Progress | None = None) -> Report:
    """Bring the store up to date with every record that is known on this machine.

    Args:
        project: the workspace.
        mend: also set aside runs whose numbers or artifacts were altered, and add the ledger's records in their place.
        progress: told of every run and model.

    Raises:
        StoreError: when the store cannot be written.
        SensorscapeError: when the workspace's ledger is damaged.
    """
    report = Report()
    study = workspace_study(project)
    if study and mend:
        report.mended = _mend(project, study.records)
    if study:
        done = mirror.mirror(project, study, weights_of(project, study), progress=progress)
        report.added, report.versions, report.without_weights = done.runs, done.versions, done.without_weights
        if not studies.attach_results(project):
            studies.find_or_add(project, study.content)
    report.added += mirror.add_runs(project, _scattered(project, report), progress)
    report.closed = close_abandoned(open_store(project))  # those whose record is known were adopted before
    work.drop_finished(project)
    return report


def add_missing(project: Project, records: Mapping[str, Record]) -> int:
    """Add the runs of `records` that the store lacks and nothing else: what `footprint` does first. Returns their number."""
    return mirror.add_runs(project, records)


def workspace_study(project: Project) -> Study | None:
    """The study in the workspace; None when it was never run or pulled.

    Raises:
        SensorscapeError: when it is there and damaged.
    """
    folder = project.root / "models"
    if not (folder / "runs.jsonl").exists() and not (folder / "study.json").exists():
        return None
    return mirror.read_study(project.root)


def weights_of(project: Project, study: Study) -> Weights:
    """Finds the weights of a study's runs: in models/weights, in DVC's cache, or in work in progress."""
    ledgers: list[dict[str, takeover.Found]] | None = None

    def find(fingerprint: str) -> Path | None:
        nonlocal ledgers
        record = study.records[fingerprint]
        here = project.root / "models" / "weights" / f"{fingerprint}.safetensors"
        if takeover.sound(record, here):
            return here
        if ledgers is None:
            ledgers = takeover.committed(project)
        candidates = [known[fingerprint][1] for known in ledgers if fingerprint in known]
        candidates.append(project.work / "runs" / fingerprint / "weights.safetensors")
        return next((path for path in candidates if takeover.sound(record, path)), None)

    return find


def _scattered(project: Project, report: Report) -> dict[str, Record]:
    """Records that are in no workspace file: of HEAD, of every experiment whose ledger the cache holds, and of work in progress.

    Keys are only labels here: replicates of one fingerprint are all kept.
    """
    found: dict[Key, Record] = {}
    try:
        ledgers = takeover.committed(project, experiments=True)
    except SensorscapeError as error:
        report.unreadable.append(error.message)
        ledgers = []
    folder = project.work / "runs"
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for known in (*ledgers, takeover.in_work(project, names)):
        for record, _ in known.values():
            found[record["fingerprint"], record["record_sha256"]] = record
    return {"".join(key): record for key, record in found.items()}


def _mend(project: Project, records: Mapping[str, Record]) -> int:
    keys = [(record["fingerprint"], record["record_sha256"]) for record in records.values()]
    _, _, damaged = store.inspect(project, keys)
    there = reading.by_key(reading.index(open_store(project)))
    for key, reason in damaged.items():
        store.set_aside(project, there[key].run_id, reason)
        record = records[key[0]]
        store.log_run(project, record)
    return len(damaged)
