"""`sensorscape plan`: what a study will cost, before it is begun."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sensorscape.training.recipe import Run

_SECONDS = 20.0


def plan(
    seconds: float = typer.Option(_SECONDS, "--probe", min=0.0, help="Seconds of trial training from which hours are told; 0: none."),
) -> None:
    """Say how many runs the study trains, how many are found already, hours on this machine, and disk."""
    from sensorscape import params
    from sensorscape.project import Project
    from sensorscape.stages.train import prepare
    from sensorscape.training.executor import workers_of
    from sensorscape.training.probe import estimate
    from sensorscape.training.progress import duration

    project = Project.find()
    study = params.load(project.root / "params.yaml")
    ready = prepare(project, sensor=study.sensor, sensors=study.sensors, walk=study.walk, network=study.network, training=study.training)
    typer.echo(f"study {study.study}: {len(ready.planned)} runs, {len(ready.found)} found already, {len(ready.runs)} to train")
    for name in study.sensor:
        here = [item for item in ready.planned if item.run.name == name]
        left = sum(item.run.fingerprint not in ready.found for item in here)
        typer.echo(f"  {name}: {len(here)} runs, {left} to train")
    weights = sum(4 * _parameters(item.run, ready.place.classes) for item in ready.planned)
    typer.echo(f"disk: about {2 * weights / 1e6:,.0f} MB for the weights of all runs (models/weights and DVC's cache)")
    if not ready.runs or not seconds:
        return
    total = estimate(ready.place, ready.runs, ready.patches, ready.pixels, seconds)
    size = workers_of(project.machine, ready.place.device, ready.runs, pixels=ready.pixels, data_bytes=0)
    workers = f"{size} worker{'s' * (size > 1)}"
    typer.echo(f"time: about {duration(total / size)} on {ready.place.device} with {workers} (from a probe of {seconds:g} s)")


def _parameters(run: "Run", classes: int) -> int:
    from sensorscape.cells import parameters

    network = run.network
    groups = run.sensor.groups if network.sensors == "late" else run.sensor.channels
    return parameters(run.cell, groups, classes, stem=network.stem, stacks=network.stacks, cells=network.cells)
