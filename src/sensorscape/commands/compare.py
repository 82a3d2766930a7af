"""`sensorscape compare`: footprints of experiments, tags, revisions or other projects side by side."""

from typing import Annotated

import typer


def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME…",
            help="Experiments, tags, branches or commits; `workspace` for the files as they are; `partial` for what `sensorscape report "
            "--partial` drew; the path of another project. One alone is laid beside the workspace.",
        ),
    ],
) -> None:
    """Lay footprints side by side on one page, .sensorscape/compare/index.html: nothing is checked out and no DVC output is touched."""
    from sensorscape.commands import sides
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project
    from sensorscape.report.compare import write_comparison

    project = Project.find()
    if len(names) == 1:
        names = ["workspace", *names]
    if len(set(names)) < len(names):
        raise SensorscapeError(f"{', '.join(names)}: one name is there twice", "name each footprint once")
    found = [sides.read(project, name) for name in names]
    page = project.work / "compare" / "index.html"
    write_comparison(found, page)
    for side in found:
        if side.missing:
            typer.echo(f"{side.name}: metrics only; {side.missing}", err=True)
    typer.echo(f"{len(found)} footprints side by side: {page}")
