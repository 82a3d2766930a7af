"""params.yaml as frozen typed objects. Every problem is found at once and named by its key path."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from sensorscape.errors import ConfigError, SensorscapeError
from sensorscape.problems import contradictions, describe

SPACE_SIZE = 423_624
"""Cells of NASBench-101: no population of distinct cells can be larger."""
NO_TEST_FILE = "data/external/no-test-file"
"""The value of ``dataset.test_path`` that stands for "no separate test file" (DVC cannot leave a dependency out)."""
SYNTHETIC_FILE = "data/raw/synthetic.h5"
"""Where the stage `synthesize` writes the data that the embedded study runs on."""

_frozen = dataclass(frozen=True, config=ConfigDict(extra="forbid"))


def _is_path_below(*folders: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = PurePosixPath(value).parts
        if "\\" in value or ".." in parts or not any(value.startswith(f"{folder}/") for folder in folders):
            raise ValueError(f"should be a path below {' or '.join(folders)}/")
        return value

    return AfterValidator(check)


def _increases(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise ValueError("should increase strictly")
    return values


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError("should be distinct")
    return values


def _low_below_high(values: tuple[float, float]) -> tuple[float, float]:
    if not values[0] < values[1]:
        raise ValueError("should be [low, high] with low below high")
    return values


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Positive = Annotated[int, Strict(), Field(ge=1)]
Seed = Annotated[int, Strict(), Field(ge=0, lt=2**32)]
Real = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Rate = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Strict(), Field(gt=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Text = Annotated[str, Strict(), Field(min_length=1)]
DataPath = Annotated[str, Strict(), _is_path_below("data")]


@_frozen
class Table:
    """A sensor whose fitness is looked up in a file instead of trained.

    Attributes:
        table: the file, below ``data/external/tables/`` (NASBench-101 tfrecord, its Parquet conversion, CSV or Parquet).
        unit: what the fitness is (``kappa``, ``accuracy``); shown wherever it is drawn.
        range: the values that the unit can take, [low, high].
        split: of NASBench-101's records, whose accuracy: ``test`` or ``validation``.
        repeat: of several repeats, ``mean`` or the number of one (from 0).
        evaluation: of NASBench-101's records, at the ``end`` of the training, at ``half`` of it, or at its ``start``.
        columns: for CSV and Parquet, fitness column of each budget; empty: the columns whose names are the budgets.
    """

    table: Annotated[str, Strict(), _is_path_below("data/external/tables")]
    unit: Text = "accuracy"
    range: Annotated[tuple[Real, Real], AfterValidator(_low_below_high)] = (0.0, 1.0)
    split: Literal["test", "validation"] = "test"
    repeat: Literal["mean"] | Annotated[int, Strict(), Field(ge=0)] = "mean"
    evaluation: Literal["start", "half", "end"] = "end"
    columns: dict[Positive, Text] = Field(default_factory=dict)


def _channels(value: Any) -> Any:
    if value == "all":
        return value
    if isinstance(value, list | tuple) and value and all(type(item) is int and item >= 0 for item in value):
        return _distinct(tuple(value))
    raise ValueError("should be `all` or a list of channel numbers from 0")


Channels = Annotated[Any, BeforeValidator(_channels)]
Arrays = Annotated[dict[Name, Channels], Field(min_length=1)]


def _sensor_kind(value: Any) -> Any:
    if isinstance(value, Mapping):
        return TypeAdapter(Table if "table" in value else Arrays).validate_python(dict(value))
    raise ValueError("should map arrays to channels ({sen2: [2, 1, 0]}) or name a table ({table: data/external/tables/…})")


Sensor = Annotated[Any, BeforeValidator(_sensor_kind)]
"""Either a `Table` or a mapping of array names to ``"all"`` or a tuple of channel numbers."""


@_frozen
class Synthetic:
    """The synthetic So2Sat: number of patches and cities, and the seed of everything drawn."""

    patches: Annotated[int, Strict(), Field(ge=17)]
    cities: Positive
    seed: Seed


@_frozen
class Dataset:
    """The raw file, the name of its labels, and a separate test file (`NO_TEST_FILE`: none)."""

    path: DataPath
    label: Name
    test_path: DataPath


@_frozen
class PatchQuality:
    """Quality control of patches: the share that may be pruned, and the values that are possible, [low, high]."""

    max_pruned: Annotated[float, Strict(), Field(ge=0, lt=1, allow_inf_nan=False)]
    value_range: Annotated[tuple[Real, Real], AfterValidator(_low_below_high)]


@_frozen
class RunQuality:
    """Quality control of runs: an epoch longer than this many times the run's median epoch (and seconds) is not plausible."""

    epoch_time_factor: Annotated[float, Strict(), Field(gt=1, allow_inf_nan=False)]


@_frozen
class Quality:
    """The two quality controls."""

    patches: PatchQuality
    runs: RunQuality


@_frozen
class Subset:
    """Split, shares and standardisation. `block_size` is in metres."""

    split: Literal["random", "city", "block"]
    test_share: Annotated[float, Strict(), Field(gt=0, lt=1, allow_inf_nan=False)]
    train_share: Share
    standardise: Literal["zscore", "robust", "log"]
    block_size: Rate
    seed: Seed


@_frozen
class Population:
    """The sampled cells: sampler, number of distinct cells, the list to read for the sampler ``list``, seed."""

    sampler: Literal["lhs", "lhs-paper", "uniform", "list"]
    count: Annotated[int, Strict(), Field(ge=1, le=SPACE_SIZE)]
    cells: Annotated[str, Strict(), _is_path_below("data/external/cells", "data/external/tables")]
    seed: Seed


@_frozen
class Walk:
    """Random walks: neighbourhood, number, evaluated points of each, step rule, isolated starts, budget in epochs, seed."""

    neighbourhood: Literal["hamming", "edge", "edit"]
    walks: Annotated[int, Strict(), Field(ge=0)]
    length: Annotated[int, Strict(), Field(ge=3)]
    step: Literal["uniform", "metropolis-hastings"]
    start: Literal["redraw", "refuse"]
    budget: Positive
    seed: Seed


@_frozen
class Network:
    """NASBench-101's network around a cell: stem channels, stacks, cells per stack, batch norm, entry of several arrays."""

    stem: Positive
    stacks: Annotated[int, Strict(), Field(ge=1, le=5)]
    cells: Positive
    batch_norm_momentum: Annotated[float, Strict(), Field(gt=0, le=1, allow_inf_nan=False)]
    sensors: Literal["stack", "late"]


@_frozen
class Training:
    """The recipe. `budgets` are epochs; `time_limit` is in seconds; the rest is named as in torch and NASBench-101."""

    budgets: Annotated[tuple[Positive, ...], Field(min_length=1), AfterValidator(_increases)]
    schedule: Literal["shared", "independent"]
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1), AfterValidator(_distinct)]
    batch: Annotated[int, Strict(), Field(ge=2)]
    optimiser: Literal["sgd", "rmsprop"]
    learning_rate: Rate
    momentum: Annotated[float, Strict(), Field(ge=0, lt=1, allow_inf_nan=False)]
    epsilon: Rate
    weight_decay: Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
    augmentation: Literal["none", "flips", "flips+crops"]
    precision: Literal["float32", "bfloat16"]
    time_limit: Rate
    keep_weights: Literal["all", "champions"]


@_frozen
class Footprint:
    """Which budgets the footprint is drawn at, and the sizes of its statistics."""

    budget: Positive
    late_budget: Positive
    persistence_to: Annotated[int, Strict(), Field(ge=1, le=99)]
    optima_neighbours: Positive
    bootstrap: Annotated[int, Strict(), Field(ge=100)]
    seed: Seed


@_frozen
class Params:
    """One study: all of params.yaml.

    `sensor` are the names to train, `sensors` all definitions (see `Sensor`); the other attributes are sections.
    """

    study: Name
    sensor: Annotated[tuple[Name, ...], BeforeValidator(_as_list), Field(min_length=1), AfterValidator(_distinct)]
    sensors: Annotated[dict[Name, Sensor], Field(min_length=1)]
    synthetic: Synthetic
    dataset: Dataset
    quality: Quality
    subset: Subset
    population: Population
    walk: Walk
    network: Network
    training: Training
    footprint: Footprint


def load(path: Path) -> Params:
    """Read and check a params.yaml.

    YAML 1.2, as DVC reads it (so that ``5e-4`` is a number). A path in it is relative to the project.

    Raises:
        ConfigError: with every problem of the file.
        SensorscapeError: when the file is missing or is not YAML.
    """
    return parse(read_yaml(path), source=path.name)


def parse(raw: Any, *, source: str = "params.yaml") -> Params:
    """Check a mapping as read from params.yaml.

    Raises:
        ConfigError: with every problem: unknown keys, types, ranges, combinations that cannot be.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(source, ["the file should be a mapping of keys to values"])
    problems, params = [], None
    try:
        params = TypeAdapter(Params).validate_python(dict(raw))
    except ValidationError as error:
        problems += describe(error, Params)
    problems += contradictions(raw)
    if problems or params is None:
        raise ConfigError(source, problems)
    return params


def read_yaml(path: Path) -> Any:
    """The plain value of a YAML 1.2 file.

    Raises:
        SensorscapeError: when it is missing, is not UTF-8 or not YAML, or names a key twice.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", "run this inside a sensorscape project") from error
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise SensorscapeError(f"{path} cannot be read: {error}", "mend the YAML, then run again") from error


def plain(value: Any) -> Any:
    """`value` with every mapping a dict and every sequence a list: round-trip YAML nodes without their comments."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return next((kind(value) for kind in (bool, int, float, str) if isinstance(value, kind)), value)
