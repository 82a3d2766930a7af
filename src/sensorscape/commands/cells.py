"""`sensorscape cells`: look at cells, the space, neighbourhoods, samplers and tables of fitness."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sensorscape.cells import Cell

app = typer.Typer(no_args_is_help=True, help="The search space: cells, neighbourhoods, samples, tables of fitness.")
table = typer.Typer(no_args_is_help=True, help="Tables of fitness that is looked up instead of trained.")
app.add_typer(table, name="table")

AS_JSON = typer.Option(False, "--json", help="Print JSON for machines.")


@app.command()
def describe(
    cell: str = typer.Argument(help='A NASBench-101 hash, or a JSON file {"matrix": [[0, 1], …], "ops": [inner operations]}.'),
    picture: Annotated[Path | None, typer.Option("--picture", help="Write the picture to this .svg or .png file.")] = None,
    as_json: bool = AS_JSON,
) -> None:
    """Say all about one cell: graph, code, parameters per sensor, neighbours in every sense."""
    from sensorscape.cells.neighbourhoods import NEIGHBOURHOODS
    from sensorscape.cells.neighbours import neighbours

    found = _cell(cell)
    near = {name: [other.hash for other in neighbours(found, name)] for name in NEIGHBOURHOODS}
    value: dict[str, Any] = found.to_dict() | {
        "hash": found.hash,
        "code": "".join(map(str, found.code.tolist())),
        "vertices": found.vertices,
        "edges": found.edges,
        "depth": found.depth,
        "width": found.width,
        "parameters": _parameters(found),
        "neighbours": near,
    }
    if picture:
        _write_picture(found, picture)
    if as_json:
        _print(value)
        return
    typer.echo(f"cell {found.hash}: {found.vertices} vertices, {found.edges} edges, depth {found.depth}, width {found.width}")
    names = ["input", *found.operations, "output"]
    for vertex, name in enumerate(names[:-1]):
        targets = [f"{names[target]} ({target})" for target in range(found.vertices) if found.matrix[vertex, target]]
        typer.echo(f"  {vertex} {name} → {', '.join(targets)}")
    typer.echo(f"code {value['code']}")
    typer.echo("parameters " + ", ".join(f"{name} {count:,}" for name, count in value["parameters"].items()))
    typer.echo("neighbours " + ", ".join(f"{name} {len(hashes)}" for name, hashes in near.items()))


@app.command()
def count(as_json: bool = AS_JSON) -> None:
    """Enumerate the whole space and count it by vertices and edges."""
    import numpy as np

    from sensorscape.cells.space import labelled_graphs, space

    cells = space()
    value = {
        "cells": len(cells),
        "labelled_graphs": sum(labelled_graphs().values()),
        "operation_multisets": len(np.unique(cells.multisets)),
        "by_vertices": {str(size): int(number) for size, number in enumerate(np.bincount(cells.vertices)) if number},
        "by_edges": {str(size): int(number) for size, number in enumerate(np.bincount(cells.edges)) if number},
    }
    _show(value, as_json)


@app.command()
def sample(
    sampler: str = typer.Option("uniform", help="lhs, lhs-paper or uniform."),
    size: int = typer.Option(100, min=1, help="Distinct cells (lhs-paper: draws)."),
    seed: int = typer.Option(1, min=0, help="Seed of everything drawn."),
    fitness: Annotated[
        Path | None, typer.Option("--table", help="Only cells with a value at every budget of this table (uniform).")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the list here, for the sampler `list`.")] = None,
    as_json: bool = AS_JSON,
) -> None:
    """Draw a population and say what the drawing did to the distribution."""
    from sensorscape.cells import samplers
    from sensorscape.files import write_json

    among = None
    if fitness:
        import numpy as np

        from sensorscape.cells import cache, tables

        among = np.flatnonzero(np.isin(cache.space_hashes().astype(str), tables.load(fitness).complete()))
    drawn = samplers.sample(sampler, size, seed, among=among)
    entries = [cell.to_dict() | {"hash": cell.hash} for cell in drawn.cells]
    if output:
        write_json(output, entries)
    if as_json:
        _print({"cells": entries, "diagnostics": drawn.diagnostics})
        return
    _show({"cells": len(entries)} | drawn.diagnostics, False)
    if not output:
        for cell in drawn.cells:
            typer.echo(cell.hash)


@app.command()
def neighbourhood(
    name: str = typer.Argument(help="hamming, edge or edit."),
    as_json: bool = AS_JSON,
) -> None:
    """Build a neighbourhood of the whole space: pairs, components, isolated cells, degrees."""
    import numpy as np

    from sensorscape.cells import neighbourhoods

    graph = neighbourhoods.neighbourhood(name)
    value = graph.summary() | {"component_sizes": sorted(graph.component_sizes.tolist(), reverse=True)[:10]}
    if as_json:
        value["degree_histogram"] = np.bincount(graph.degrees).tolist()
    _show(value, as_json)


@table.command()
def convert(
    source: Annotated[Path, typer.Argument(help="nasbench_full.tfrecord, nasbench_only108.tfrecord, a CSV or Parquet file.")],
    target: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    column: Annotated[list[str] | None, typer.Option("--column", help="Fitness column of a budget, 108=accuracy; once per budget.")] = None,
    divide: float = typer.Option(1.0, "--divide", min=1e-300, help="Divide every fitness by this (hits out of 9,984: 9984)."),
    budget_column: str = typer.Option("", "--budget-column", help="Of a file with a row per cell and budget: the column of the budget."),
    fitness_column: str = typer.Option("", "--fitness-column", help="With --budget-column: the column of the fitness."),
    where: Annotated[list[str] | None, typer.Option("--where", help="Only rows with this value, repeat=1; may be given again.")] = None,
) -> None:
    """Convert a table once to Parquet: NASBench-101's records, or any table to one row per cell and a column per budget."""
    from sensorscape.cells import nasbench, reshape

    if source.suffix == ".tfrecord":
        written = nasbench.convert(source, target)
        typer.echo(f"{target}: {written['records']} records of {written['cells']} cells")
        return
    pairs = {int(budget): name for budget, name in (_pair(text, "--column") for text in column or []) if budget.isdecimal()}
    rows = reshape.convert(
        source, target, pairs, divide, (budget_column, fitness_column), dict(_pair(text, "--where") for text in where or [])
    )
    typer.echo(f"{target}: {rows} cells")


def _cell(text: str) -> "Cell":
    from sensorscape.cells import cache, lists

    path = Path(text)
    return lists.read_cell(path) if path.suffix or path.exists() else cache.find(text)


def _parameters(cell: "Cell") -> dict[str, int]:
    """Trainable parameters by sensor of the project around, or of So2Sat's three sensors with NASBench-101's network."""
    from sensorscape import params
    from sensorscape.cells import parameters
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project

    try:
        study = params.load(Project.find().root / "params.yaml")
    except SensorscapeError:
        return {name: parameters(cell, channels, 17) for name, channels in (("s1", 8), ("s2", 10), ("fusion", 18))}
    network = study.network
    found = {}
    for name, sensor in study.sensors.items():
        if isinstance(sensor, params.Table):
            continue
        channels = [_SO2SAT.get(array, 0) if chosen == "all" else len(chosen) for array, chosen in sensor.items()]
        if all(channels):
            entering = channels if network.sensors == "late" else sum(channels)
            found[name] = parameters(cell, entering, 17, stem=network.stem, stacks=network.stacks, cells=network.cells)
    return found


_SO2SAT = {"sen1": 8, "sen2": 10}
"""Channels of So2Sat's arrays; a sensor with `all` of another array is left out, its file would have to be opened."""


def _write_picture(cell: "Cell", path: Path) -> None:
    from sensorscape.cells import drawing
    from sensorscape.errors import SensorscapeError
    from sensorscape.files import atomic_write

    if path.suffix not in (".svg", ".png"):
        raise SensorscapeError(f"{path} is neither .svg nor .png", "end its name in .svg or .png")
    with atomic_write(path, "wb") as stream:
        stream.write(drawing.svg(cell).encode() if path.suffix == ".svg" else drawing.draw(cell))


def _pair(text: str, option: str) -> tuple[str, str]:
    from sensorscape.errors import SensorscapeError

    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise SensorscapeError(f"{option} {text!r} is not NAME=VALUE", f"for example {option} 108=accuracy_108")
    return name, value


def _show(value: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print(value)
        return
    for name, item in value.items():
        typer.echo(f"{name}: {json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else item}")


def _print(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, sort_keys=True, ensure_ascii=False))
