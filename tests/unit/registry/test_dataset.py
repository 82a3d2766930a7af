"""The subset as MLflow's dataset: its digest, and a source that can be read back."""

import hashlib
import json

import pytest
from mlflow.data.dataset_source_registry import get_dataset_source_from_json

from sensorscape.errors import SensorscapeError
from sensorscape.registry.contents import SUBSET
from sensorscape.registry.dataset import DVCSource, subset_input


def test_the_digest_fits_mlflow_and_the_source_is_read_back():
    found = subset_input("ab" * 32)
    assert found.dataset.digest == "ab" * 16
    assert [(tag.key, tag.value) for tag in found.tags] == [("mlflow.data.context", "training")]
    source = get_dataset_source_from_json(found.dataset.source, found.dataset.source_type)
    assert (source.path, source.sha256) == (SUBSET, "ab" * 32)
    assert json.loads(found.dataset.source) == {"url": f"dvc://{SUBSET}@{'ab' * 32}"}


def test_the_file_is_given_only_when_it_is_that_of_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.h5").write_bytes(b"bytes")
    assert DVCSource("a.h5", hashlib.sha256(b"bytes").hexdigest()).load() == tmp_path / "a.h5"
    for source in (DVCSource("a.h5", "0" * 64), DVCSource("b.h5", "0" * 64)):
        with pytest.raises(SensorscapeError, match="is not the file of this run"):
            source.load()
    with pytest.raises(SensorscapeError, match="leaves"):
        DVCSource("../a.h5", "0" * 64).load()
