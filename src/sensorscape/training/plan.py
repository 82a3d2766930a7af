"""Which runs a study needs, in which roles, in what order, and how much work they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensorscape.cells import Cell, vertex_channels
from sensorscape.cells.parameters import widths
from sensorscape.errors import SensorscapeError
from sensorscape.params import Network, Training
from sensorscape.patches.sensors import resolve
from sensorscape.training.recipe import Run, in_order, make_run

POPULATION, WALK = "population", "walk"
CPU_SPEED = 3e10
"""Operations per second of one core in training: a first guess, where nothing was measured yet."""


@dataclass(frozen=True)
class Planned:
    """A run that a study needs.

    Attributes:
        run: the run.
        roles: of its cell in the study: ``population``, ``walk`` or both.
    """

    run: Run
    roles: tuple[str, ...]


def plan(
    *,
    sensors: Mapping[str, Mapping[str, Any]],
    sizes: Mapping[str, int],
    subset: str,
    population: Sequence[Cell],
    walked: Iterable[Cell],
    walk_budget: int,
    network: Network,
    training: Training,
) -> list[Planned]:
    """Every run of a study: sensor × seed × cell, one run per budget under the schedule ``independent``.

    Under ``shared`` a cell of the population is trained to the last budget, a cell that only walks visit to `walk_budget` on the
    same schedule. Under ``independent`` every budget is a run with a schedule of its own; cells of walks have those up to
    `walk_budget`.

    Args:
        sensors: image sensors to train: name → definition.
        sizes: channels of every array of the subset.
        subset: SHA-256 of the subset.
        population: distinct cells.
        walked: cells of the walks; repeated ones count once.
        walk_budget: epochs, one of the recipe's budgets.
        network: shape of the network.
        training: the recipe.

    Raises:
        SensorscapeError: a sensor that the subset cannot serve; two sensors that are the same channels; a stem narrower than the
            widest concatenation of a cell.
    """
    cells = {cell.hash: cell for cell in (*population, *walked)}
    of_population = {cell.hash for cell in population}
    of_walks = {cell.hash for cell in walked}
    _check_widths(cells.values(), network.stem)
    planned: dict[str, Planned] = {}
    for name, definition in sensors.items():
        sensor = resolve(name, in_order(definition), sizes)
        for seed in training.seeds:
            for key, cell in cells.items():
                roles = tuple(role for role, members in ((POPULATION, of_population), (WALK, of_walks)) if key in members)
                last = training.budgets[-1] if POPULATION in roles else walk_budget
                for recipe, epochs in _schedules(training, last):
                    run = make_run(
                        cell=cell,
                        name=name,
                        sensor=sensor,
                        sizes=sizes,
                        subset=subset,
                        network=network,
                        training=recipe,
                        epochs=epochs,
                        seed=seed,
                    )
                    same = planned.setdefault(run.fingerprint, Planned(run, roles))
                    if same.run.name != name:
                        raise SensorscapeError(
                            f"the sensors {same.run.name} and {name} are the same channels: their runs would be the same",
                            "train one of them: edit `sensor` in params.yaml",
                        )
    return list(planned.values())


def work(run: Run, patches: int, pixels: int) -> float:
    """Multiplications and additions of a run's training, forward and backward: what runs are sorted by and hours estimated from.

    Args:
        run: the run.
        patches: training patches per epoch.
        pixels: of a patch, height × width.
    """
    network = run.network
    groups = run.sensor.groups if network.sensors == "late" else (run.sensor.channels,)
    body, area = 0, pixels
    for place, (entering, leaving) in enumerate(widths(network.stem, network.stacks, network.cells)):
        if place and place % network.cells == 0:
            area //= 4
        body += area * _multiplications(run.cell, entering, leaving)
    once = sum(pixels * 9 * channels * network.stem + body for channels in groups)
    return 6.0 * once * patches * run.epochs


def activation_bytes(run: Run, pixels: int) -> int:
    """About how much memory a step of a run needs for activations: four values kept or in use per vertex value and patch."""
    network, training = run.network, run.training
    groups = len(run.sensor.parts) if network.sensors == "late" else 1
    values, area = run.sensor.channels * pixels + groups * network.stem * pixels, pixels
    for place, (entering, leaving) in enumerate(widths(network.stem, network.stacks, network.cells)):
        if place and place % network.cells == 0:
            area //= 4
        values += groups * area * (2 * sum(vertex_channels(run.cell.matrix, entering, leaving)) + leaving)
    return 4 * values * training.batch * (2 if training.precision == "bfloat16" else 4)


def longest_first(runs: Iterable[Run], patches: int, pixels: int) -> list[Run]:
    """Runs sensor by sensor, so that a worker seldom changes its data, each by falling work, so that no long one ends alone.

    The sensor with the most work comes first; ties by fingerprint.
    """
    amounts = [(work(run, patches, pixels), run) for run in runs]
    sums: defaultdict[str, float] = defaultdict(float)
    for amount, run in amounts:
        sums[run.name] += amount
    return [run for _, run in sorted(amounts, key=lambda pair: (-sums[pair[1].name], pair[1].name, -pair[0], pair[1].fingerprint))]


def _schedules(training: Training, last: int) -> list[tuple[Training, int]]:
    if training.schedule == "shared":
        return [(training, last)]
    return [(Training(**vars(training) | {"budgets": (budget,)}), budget) for budget in training.budgets if budget <= last]


def _multiplications(cell: Cell, entering: int, leaving: int) -> int:
    """Per pixel, and one for every value that batch norm and pooling touch, which costs more than it computes."""
    last = len(cell.matrix) - 1
    channels = vertex_channels(cell.matrix, entering, leaving)
    total = sum(entering * channels[vertex] + 20 * channels[vertex] for vertex in range(1, last + 1) if cell.matrix[0, vertex])
    factor = {"conv1x1": 1, "conv3x3": 9, "maxpool3x3": 0}
    for vertex, operation in enumerate(cell.operations, start=1):
        total += factor[operation] * channels[vertex] ** 2 + 20 * channels[vertex]
    return total


def _check_widths(cells: Iterable[Cell], stem: int) -> None:
    for cell in cells:
        last = len(cell.matrix) - 1
        joined = int(cell.matrix[1:last, last].sum())
        if joined > stem:
            raise SensorscapeError(
                f"network.stem: {stem} channels cannot be split over the {joined} vertices that the cell {cell.hash[:12]} joins",
                "raise network.stem in params.yaml to at least 5",
            )
