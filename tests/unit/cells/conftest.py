"""Records of NASBench-101 as they are published, made by hand."""

import base64
import json

import pytest

from sensorscape.cells import nasbench, tfrecord


def metrics(accuracy, epochs):
    """ModelMetrics: three evaluations, of which the last has `accuracy` on test."""
    made = nasbench.messages()[0](trainable_parameters=5, total_time=9.0)
    for share in (0.0, 0.5, 1.0):
        made.evaluation_data.add(
            current_epoch=epochs * share,
            training_time=share,
            train_accuracy=0.9,
            validation_accuracy=accuracy - 0.1,
            test_accuracy=accuracy * share,
            checkpoint_path="checkpoints/model",
        )
    return base64.b64encode(made.SerializeToString()).decode()


@pytest.fixture
def record():
    """Makes one record: a JSON list of hash, epochs, adjacency, operations and metrics; any of them may be given instead."""

    def make(cell, accuracy=0.5, epochs=4, changes=()):
        digits = "".join(map(str, cell.matrix.reshape(-1)))
        operations = ",".join(["input", *(f"{name}-bn-relu" if name.startswith("conv") else name for name in cell.operations), "output"])
        fields = {"hash": cell.hash, "epochs": epochs, "matrix": digits, "ops": operations, "metrics": metrics(accuracy, epochs)}
        return json.dumps(list((fields | dict(changes)).values())).encode()

    return make


@pytest.fixture
def write_records(tmp_path, monkeypatch):
    """Writes records as a TFRecord file; what is converted from it goes to a cache of the test's own."""
    monkeypatch.setenv("SENSORSCAPE_CACHE", str(tmp_path / "cache"))

    def write(*records):
        path = tmp_path / "nasbench.tfrecord"
        path.write_bytes(b"".join(map(tfrecord.frame, records)))
        return path

    return write
