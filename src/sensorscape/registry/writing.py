"""What is written to a store, and the way through MLflow's client: for servers, and SQLite files of a layout that is not known.

The project's own store is written by `sensorscape.registry.tables`, which is some twenty times as fast. Whatever is rare (removing,
restoring) goes through MLflow's client everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sensorscape.registry.contents import Point

_METRICS_AT_ONCE, _TAGS_AT_ONCE = 1000, 100
Put = Callable[[str, str], None]
"""Called with (run id, artifact URI) to place a run's files before the run is shown as ended."""


@dataclass(frozen=True)
class Facts:
    """All of a run but its files.

    Attributes:
        tags: with ``mlflow.runName``.
        status: what it ended as.
        started: milliseconds since 1970.
        ended: the same.
        parameters: text by name.
        metrics: every value.
        subset: SHA-256 of the subset, its dataset; None without.
    """

    tags: Mapping[str, str]
    status: str
    started: int
    ended: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Point] = ()
    subset: str | None = None


class Writer(Protocol):
    """What both ways can do. Every call is whole or not there, but for `Client.run`, whose half-written runs stay RUNNING."""

    def run(self, facts: Facts, put: Put, *, half: tuple[str, str] | None = None) -> str:
        """Add a run; returns its id. `half` is (id, artifact URI) of one that was begun and is to be finished."""

    def tag_run(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags on a run."""

    def metrics(self, run_id: str, metrics: Sequence[Point]) -> None:
        """Add values to a run."""

    def tag_experiment(self, tags: Mapping[str, str]) -> None:
        """Set tags on the experiment."""

    def version(self, name: str, about: str, *, source: str, run_id: str, tags: Mapping[str, str], described: str) -> str:
        """Add a version to a registered model, which is made with the description `about` if need be; returns its number."""

    def tag_version(self, name: str, number: str, tags: Mapping[str, str]) -> None:
        """Set tags on a version."""

    def alias(self, name: str, alias: str, number: str) -> None:
        """Let an alias of a model point at a version."""


@dataclass(frozen=True)
class Client:
    """Writes through MLflow's client to the experiment with this id."""

    client: Any
    experiment: str

    def run(self, facts: Facts, put: Put, *, half: tuple[str, str] | None = None) -> str:
        """See `Writer`."""
        from mlflow.entities import Param

        from sensorscape.registry.dataset import subset_input

        if half is None:
            info = self.client.create_run(self.experiment, start_time=facts.started, tags=dict(facts.tags)).info
            half = info.run_id, info.artifact_uri
        run_id, uri = half
        put(run_id, uri)
        self.metrics(run_id, facts.metrics)
        params = [Param(key, value) for key, value in facts.parameters.items()]
        for start in range(0, len(params), _TAGS_AT_ONCE):
            self.client.log_batch(run_id, params=params[start : start + _TAGS_AT_ONCE])
        if facts.subset:
            self.client.log_inputs(run_id, [subset_input(facts.subset)])
        self.client.set_terminated(run_id, facts.status, end_time=facts.ended)
        return str(run_id)

    def tag_run(self, run_id: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        from mlflow.entities import RunTag

        listed = [RunTag(key, value) for key, value in tags.items()]
        for start in range(0, len(listed), _TAGS_AT_ONCE):
            self.client.log_batch(run_id, tags=listed[start : start + _TAGS_AT_ONCE])

    def metrics(self, run_id: str, metrics: Sequence[Point]) -> None:
        """See `Writer`."""
        from mlflow.entities import Metric

        listed = [Metric(point.key, point.value, point.timestamp, point.step) for point in metrics]
        for start in range(0, len(listed), _METRICS_AT_ONCE):
            self.client.log_batch(run_id, metrics=listed[start : start + _METRICS_AT_ONCE])

    def tag_experiment(self, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        for key, value in tags.items():
            self.client.set_experiment_tag(self.experiment, key, value)

    def version(self, name: str, about: str, *, source: str, run_id: str, tags: Mapping[str, str], described: str) -> str:
        """See `Writer`."""
        from mlflow.exceptions import MlflowException

        try:
            self.client.create_registered_model(name, description=about)
        except MlflowException as error:
            if "already exists" not in str(error).lower():
                raise
        made = self.client.create_model_version(name, source, run_id=run_id, tags=dict(tags), description=described)
        return str(made.version)

    def tag_version(self, name: str, number: str, tags: Mapping[str, str]) -> None:
        """See `Writer`."""
        for key, value in tags.items():
            self.client.set_model_version_tag(name, number, key, value)

    def alias(self, name: str, alias: str, number: str) -> None:
        """See `Writer`."""
        self.client.set_registered_model_alias(name, alias, number)
