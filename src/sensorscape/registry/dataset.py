"""The subset as an MLflow dataset whose source is a DVC output: its digest is shown with every run."""

from pathlib import Path
from typing import Any, Self

from mlflow.data.dataset_source import DatasetSource
from mlflow.data.dataset_source_registry import register_dataset_source
from mlflow.entities import Dataset, DatasetInput, InputTag

from sensorscape.registry import contents


class DVCSource(DatasetSource):  # type: ignore[misc] # MLflow has no types
    """A file that DVC versions, as ``dvc://<path in the project>`` and the SHA-256 of its bytes."""

    def __init__(self, path: str, sha256: str) -> None:
        self.path, self.sha256 = path, sha256

    @staticmethod
    def _get_source_type() -> str:
        return "dvc"

    def load(self, **_: Any) -> Path:
        """The file in the current project, if its bytes are those of the digest.

        Raises:
            SensorscapeError: when they are not, or the file is missing.
        """
        from sensorscape.errors import SensorscapeError
        from sensorscape.files import inside, sha256_file

        file = inside(Path.cwd(), self.path)
        if not file.is_file() or sha256_file(file) != self.sha256:
            raise SensorscapeError(f"{self.path} is not the file of this run", "check out the run's commit, then: dvc pull")
        return file

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, str) and raw_source.startswith("dvc://")

    @classmethod
    def _resolve(cls, raw_source: Any) -> Self:
        path, _, digest = str(raw_source).removeprefix("dvc://").partition("@")
        return cls(path, digest)

    def to_dict(self) -> dict[str, str]:
        """What MLflow stores and `from_dict` reads."""
        return {"url": f"dvc://{self.path}@{self.sha256}"}

    @classmethod
    def from_dict(cls, source_dict: dict[Any, Any]) -> Self:
        """The source of a stored description."""
        return cls._resolve(source_dict["url"])


register_dataset_source(DVCSource)


def subset_input(sha256: str) -> DatasetInput:
    """The dataset input of a run that was trained on the subset with this SHA-256."""
    return DatasetInput(Dataset(*contents.dataset(sha256)), [InputTag(*contents.DATASET_CONTEXT)])
