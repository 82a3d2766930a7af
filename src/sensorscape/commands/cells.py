"""`sensorscape cells`: look at cells, the space, neighbourhoods, samplers and tables of fitness."""

import json
import math
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
    channels: Annotated[int | None, typer.Option(min=1, help="Count parameters for an image of so many channels, not by sensor.")] = None,
    classes: Annotated[int | None, typer.Option(min=1, help="Count parameters for so many classes, not those of the subset.")] = None,
    as_json: bool = AS_JSON,
) -> None:
    """Say all about one cell: graph, code, parameters per sensor, neighbours in every sense."""
    from sensorscape.cells.hashing import hashes_of
    from sensorscape.cells.neighbourhoods import NEIGHBOURHOODS
    from sensorscape.cells.neighbours import neighbours

    found = _cell(cell)
    counts, assumed = _parameters(found, channels, classes)
    near = {name: neighbours(found, name) for name in NEIGHBOURHOODS}
    value: dict[str, Any] = found.to_dict() | {
        "hash": found.hash,
        "code": "".join(map(str, found.code.tolist())),
        "vertices": found.vertices,
        "edges": found.edges,
        "depth": found.depth,
        "width": found.width,
        "parameters": counts,
        "assumed": assumed,
    }
    if picture:
        _write_picture(found, picture)
    if as_json:
        _print(value | {"neighbours": {name: hashes_of(cells) for name, cells in near.items()}})
        return
    typer.echo(f"cell {found.hash}: {found.vertices} vertices, {found.edges} edges, depth {found.depth}, width {found.width}")
    names = ["input", *found.operations, "output"]
    for vertex, name in enumerate(names[:-1]):
        targets = [f"{names[target]} ({target})" for target in range(found.vertices) if found.matrix[vertex, target]]
        typer.echo(f"  {vertex} {name} → {', '.join(targets)}")
    typer.echo(f"code {value['code']}")
    typer.echo("parameters " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for line in assumed:
        typer.echo(f"  assumed: {line}")
    typer.echo("neighbours " + ", ".join(f"{name} {len(cells)}" for name, cells in near.items()))


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
        str | None, typer.Option("--table", help="Only cells with a value at every budget: a file, or a table sensor (uniform).")
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

        from sensorscape.cells import cache

        among = np.flatnonzero(np.isin(cache.space_hashes().astype(str), _with_values(fitness)))
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
    divide: float = typer.Option(1.0, "--divide", help="Divide every fitness by this (hits out of 9,984: 9984)."),
    budget_column: str = typer.Option("", "--budget-column", help="Of a file with a row per cell and budget: the column of the budget."),
    fitness_column: str = typer.Option("", "--fitness-column", help="With --budget-column: the column of the fitness."),
    where: Annotated[list[str] | None, typer.Option("--where", help="Only rows with this value, repeat=1; may be given again.")] = None,
) -> None:
    """Convert a table once to Parquet: NASBench-101's records, or any table to one row per cell and a column per budget."""
    from sensorscape.cells import nasbench, reshape
    from sensorscape.errors import SensorscapeError

    if source.suffix == ".tfrecord":
        if column or where or budget_column or fitness_column or divide != 1:
            raise SensorscapeError("NASBench-101's records are converted whole", "leave the options out; a sensor chooses split and repeat")
        written = nasbench.convert(source, target)
        typer.echo(f"{target}: {written['records']} records of {written['cells']} cells")
        return
    if not divide > 0:
        raise SensorscapeError(f"--divide {divide:g} is not above 0", "for example --divide 9984")
    pairs = [_pair(text, "--column") for text in column or []]
    for budget, _ in pairs:
        if not budget.isdecimal() or int(budget) < 1:
            raise SensorscapeError(f"--column: {budget!r} is no number of epochs", "for example --column 108=accuracy_108")
    chosen = dict(_pair(text, "--where") for text in where or [])
    rows = reshape.convert(source, target, {int(budget): name for budget, name in pairs}, divide, (budget_column, fitness_column), chosen)
    typer.echo(f"{target}: {rows} cells")


def _with_values(text: str) -> tuple[str, ...]:
    """Hashes of the cells with a value at every budget of a file, or at every budget of the study in the table of one of its sensors."""
    from sensorscape import params
    from sensorscape.cells import tables
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project

    if Path(text).is_file():
        return tables.load(Path(text), range=(-math.inf, math.inf)).complete()
    try:
        root = Project.find().root
    except SensorscapeError as error:
        raise SensorscapeError(f"{text} is missing", "bring the table") from error
    study = params.load(root / "params.yaml")
    known = {name: sensor for name, sensor in study.sensors.items() if isinstance(sensor, params.Table)}
    if text not in known:
        raise SensorscapeError(f"{text} is neither a file nor a table sensor", f"table sensors: {', '.join(known) or 'none'}")
    how = dict(vars(known[text]))
    return tables.load(root / how.pop("table"), **how).complete(study.training.budgets)


def _cell(text: str) -> "Cell":
    from sensorscape.cells import cache, lists

    path = Path(text)
    return lists.read_cell(path) if path.suffix or path.exists() else cache.find(text)


_SO2SAT = {"sen1": 8, "sen2": 10}
"""Channels of So2Sat's arrays, assumed with its 17 classes where no subset says otherwise."""
_NASBENCH = {"stem": 128, "stacks": 3, "cells": 3}


def _parameters(cell: "Cell", channels: int | None, classes: int | None) -> tuple[dict[str, int], list[str]]:
    """Trainable parameters by sensor of the project around, or of So2Sat's three sensors with NASBench-101's network; what was assumed."""
    from sensorscape import params
    from sensorscape.cells import parameters
    from sensorscape.errors import SensorscapeError
    from sensorscape.project import Project

    sensors: dict[str, Any] = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}, "fusion": {"sen1": "all", "sen2": "all"}}
    size, late, subset, assumed = _NASBENCH, False, None, []
    why = "as this is no project"
    try:
        root = Project.find().root
    except SensorscapeError:
        assumed.append(f"NASBench-101's network (stem 128, three stacks of three cells), {why}")
    else:
        why = "as there is no data/subset/subset.json (dvc repro subset)"
        study = params.load(root / "params.yaml")
        sensors = {name: sensor for name, sensor in study.sensors.items() if not isinstance(sensor, params.Table)}
        size = {name: getattr(study.network, name) for name in _NASBENCH}
        late, subset = study.network.sensors == "late", _subset(root)
    if not subset and not (channels and classes):
        assumed.append(f"So2Sat's 17 classes, 8 channels of sen1 and 10 of sen2, {why}")
    widths, labels = subset or (_SO2SAT, 17)
    if channels:
        return {f"{channels} channels": parameters(cell, channels, classes or labels, **size)}, assumed
    found = {}
    for name, sensor in sensors.items():
        unknown = [array for array, chosen in sensor.items() if chosen == "all" and array not in widths]
        if unknown:
            assumed.append(f"nothing about {name}: how many channels {', '.join(unknown)} has is not known (give --channels)")
            continue
        each = [widths[array] if chosen == "all" else len(chosen) for array, chosen in sensor.items()]
        found[name] = parameters(cell, each if late else sum(each), classes or labels, **size)
    return found, assumed


def _subset(root: Path) -> tuple[dict[str, int], int] | None:
    """Channels of the arrays and number of classes of the project's subset; None before it was made."""
    from sensorscape.files import read_json

    path = root / "data" / "subset" / "subset.json"
    if not path.is_file():
        return None
    value = read_json(path, made_by="dvc repro subset")
    return {name: int(array["channels"]) for name, array in value["arrays"].items()}, int(value["classes"])


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
