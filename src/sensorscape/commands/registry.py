"""The commands on runs and models: `sensorscape sync`, `status`, `show`, `ui`, `prune` and `model predict`."""

from pathlib import Path
from typing import Annotated

import typer

model = typer.Typer(help="Use a trained cell as a model.", no_args_is_help=True, rich_markup_mode=None)


def sync(mend: bool = typer.Option(False, "--mend", help="Also set altered runs aside and add the ledger's in their place.")) -> None:
    """Add to MLflow what it lacks: after dvc pull, a fresh clone, a lost or moved store. Nothing is overwritten."""
    from rich.console import Console
    from rich.progress import Progress

    from sensorscape.project import Project
    from sensorscape.registry.sync import sync as run

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("runs and models", total=None)
        report = run(Project.find(), mend=mend, progress=lambda done, total: bar.update(task, completed=done, total=total))
    typer.echo(f"{report.added} runs and {report.versions} model versions added to MLflow")
    for count, text in (
        (report.mended, "altered runs were set aside and added again"),
        (report.closed, "runs that a killed process had left RUNNING were closed"),
        (report.without_weights, "runs have no model, their weights are not on this machine (dvc pull models/weights)"),
    ):
        if count:
            typer.echo(f"{count} {text}")
    for place in report.unreadable:
        typer.echo(f"left out: {place}", err=True)


def status(
    check: bool = typer.Option(False, "--check", help="Look at installation, remotes, locks, disk and GPU instead."),
) -> None:
    """What DVC has, what MLflow has, what is missing where, and the command that mends it. Exit code 1 if something is to be mended."""
    from sensorscape.project import Project
    from sensorscape.registry import status as registry

    project = Project.find()
    if check:
        results = list(registry.check(project))
        for what, well, detail in results:
            typer.echo(f"{'ok  ' if well else 'BAD '} {what}: {detail}")
        raise typer.Exit(0 if all(well for _, well, _ in results) else 1)
    found = registry.status(project)
    for title, lines in (("DVC", found.dvc), ("MLflow", found.mlflow)):
        for number, line in enumerate(lines):
            typer.echo(f"{title if number == 0 else '':8}{line}")
    for problem, remedy in found.problems:
        typer.echo(f"\n{problem}" + (f"\n  → {remedy}" if remedy else ""))
    if not found.problems:
        typer.echo("\nDVC and MLflow agree; nothing is missing.")
    raise typer.Exit(1 if found.problems else 0)


def show(what: str = typer.Argument(help="An experiment, an MLflow run, or the first digits of a fingerprint or a cell's hash.")) -> None:
    """Everything that belongs to an experiment, run or cell: records, models, commit, ledgers, MLflow runs."""
    from sensorscape.project import Project
    from sensorscape.registry.lineage import show as lines

    for line in lines(Project.find(), what):
        typer.echo(line)


def prune(
    yes: bool = typer.Option(False, "--yes", help="Remove them; without it only say what would go."),
    ignore_missing: bool = typer.Option(False, "--ignore-missing", help="Ledgers of old commits that are nowhere to be had need nothing."),
) -> None:
    """Remove models that no commit, experiment or workspace needs from MLflow and disk. Runs and their numbers stay."""
    from sensorscape.project import Project
    from sensorscape.registry import prune as registry

    project = Project.find()
    found = (registry.prune if yes else registry.plan)(project, ignore_missing=ignore_missing)
    for version in found.versions:
        typer.echo(f"{version.name} version {version.number} ({version.tags.get('sensor', '?')}, run {version.key[0][:12]})")
    verb = "removed" if yes else "would be removed (--yes removes them)"
    typer.echo(f"{len(found.versions)} model versions {verb}, {found.freed / 1e6:.1f} MB freed; {found.kept} kept")


def ui(
    port: int = typer.Option(5000, "--port", "-p", min=1, max=65535),
    host: str = typer.Option("127.0.0.1", "--host", help="Another interface needs authentication and --allowed-hosts."),
    allowed_hosts: str = typer.Option("", "--allowed-hosts", help="Host names that browsers may use, comma-separated."),
) -> None:
    """Start MLflow's UI on the project's store, after a sync."""
    import os

    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project
    from sensorscape.registry import sync as registry
    from sensorscape.registry.location import locate
    from sensorscape.registry.ui import address, command, refuse_taken_port, tables

    project = Project.find()
    location = locate(project)
    words, extra = command(location, host, port, allowed_hosts, os.environ)
    refuse_taken_port(host, port)
    sorted_tables: dict[str, str] = {}
    try:
        report = registry.sync(project)
        if report.added or report.versions:
            typer.echo(f"{report.added} runs and {report.versions} model versions were missing and have been added")
        sorted_tables = tables(project, host, port)
    except SensorscapeError as error:
        typer.echo(f"not synchronised: {error}", err=True)
    typer.echo(f"MLflow's UI: {address(location, host, port)} (ends with Ctrl-C)")
    for title, where in sorted_tables.items():
        typer.echo(f"  {title}: {where}")
    os.execve(words[0], words, os.environ | extra)  # noqa: S606 - no shell; signals reach the server itself


@model.command()
def predict(
    patches: Annotated[Path, typer.Argument(help="An HDF5 file with the raw arrays of the model's sensor.")],
    folder: Annotated[
        Path | None, typer.Option("--model", help="The model's folder; default: the only champion below models/champions.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A CSV file to write; default: standard output.")] = None,
) -> None:
    """Predict the class of every patch in a file: lines of row and class, both counted from 0."""
    import sys

    from sensorscape.files import atomic_write
    from sensorscape.predictor import load, predict_file

    loaded = load(folder or _only_champion())
    rows = predict_file(loaded, patches)
    if out is None:
        sys.stdout.write("row,class\n")
        sys.stdout.writelines(f"{row},{label}\n" for row, label in rows)
        return
    with atomic_write(out) as stream:
        stream.write("row,class\n")
        stream.writelines(f"{row},{label}\n" for row, label in rows)


def _only_champion() -> Path:
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project

    folder = Project.find().root / "models" / "champions"
    found = sorted(path for path in folder.glob("*") if path.is_dir())
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.name for path in found) or "none yet (dvc repro, or dvc pull models/champions)"
    raise SensorscapeError(
        f"which model? There are champions of: {names}", "sensorscape model predict FILE --model models/champions/<sensor>"
    )
