"""`sensorscape report --partial`: the footprint of what was trained so far, outside DVC outputs."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sensorscape.params import Params
    from sensorscape.project import Project

_COPIED = ("params.yaml", "models/population.json", "models/walks.json")
_LINKED = ("data",)


def report(partial: bool = typer.Option(False, "--partial", help="Draw what was trained so far, into .sensorscape/partial/.")) -> None:
    """Draw the footprint of the runs that ended so far, while a long study still trains; the finished page is made by `dvc repro`."""
    from sensorscape import params
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project

    if not partial:
        raise SensorscapeError(
            "the study's page is a DVC output", "make it with: dvc repro; draw what was trained so far with: sensorscape report --partial"
        )
    project = Project.find()
    page = draw_partial(project, params.load(project.root / "params.yaml"))
    typer.echo(f"the footprint so far: {page}")


def draw_partial(project: "Project", study: "Params") -> Path:
    """Draw what the ledgers, the store and the work in progress hold of this study; returns the page's path.

    The stages run on a copy of the workspace below .sensorscape/partial whose ledger holds the finished runs only. DVC's outputs and
    the aliases of the store stay as they are; runs that the store lacks are added to it.

    Raises:
        SensorscapeError: when nothing was trained yet, or an input of the study is missing.
    """
    from sensorscape.errors import SensorscapeError
    from sensorscape.files import write_json
    from sensorscape.patches.sensors import is_image
    from sensorscape.project import Project
    from sensorscape.stages import train
    from sensorscape.stages.runner import sections

    chosen = {key: getattr(study, key) for key in sections(train) if key != "study"}
    ready = train.prepare(project, **chosen)
    records = {fingerprint: record for fingerprint, (record, _) in ready.found.items()}
    planned = [item for item in ready.planned if item.run.fingerprint in records]
    if not planned:
        raise SensorscapeError(f"none of the study's {len(ready.planned)} runs has ended yet", "start it with: dvc repro")
    from sensorscape.registry import ledger, sync
    from sensorscape.report.material import read_footprint
    from sensorscape.report.write import write_report
    from sensorscape.stages import check_runs, footprint
    from sensorscape.stages.report import material, patches

    workspace = Project(root=_workspace(project), main=project.main)
    definitions = {name: study.sensors[name] for name in study.sensor}
    tables = {
        name: train.table_content(project, name, definition, study.training.budgets)
        for name, definition in definitions.items()
        if not is_image(definition)
    }
    content = train.study_content(study.study, definitions, study.training, planned, records, tables)
    write_json(workspace.root / "models" / "study.json", content)
    ledger.write(workspace.root / "models" / "runs.jsonl", records.values())
    sync.add_missing(project, records)
    check_runs.run(workspace, quality=study.quality)
    footprint.run(workspace, **{key: getattr(study, key) for key in sections(footprint)})
    found, frames = read_footprint(workspace.root / "reports")
    note = _progress(len(planned), len(ready.planned))
    data = patches(workspace.root, definitions, study.dataset)
    made = material(workspace.root, found, frames, sensors=study.sensors, data=data, note=note)
    return write_report(made, workspace.root / "reports")


def _progress(ended: int, planned: int) -> str:
    """What the page says of a study that is not finished."""
    if ended == planned:
        return f"All {planned} runs of the study have ended; “dvc repro” makes the finished page."
    return (
        f"{ended} of the study's {planned} runs have ended. The rest is missing from every number here, and not at random: "
        "the longest runs start first."
    )


def _workspace(project: "Project") -> Path:
    """An empty copy of the workspace: inputs linked, parameters and sampled cells copied."""
    root = project.work / "partial"
    shutil.rmtree(root, ignore_errors=True)
    (root / "models").mkdir(parents=True)
    for name in _LINKED:
        (root / name).symlink_to(project.root / name)
    for name in _COPIED:
        shutil.copyfile(project.root / name, root / name)
    return root
