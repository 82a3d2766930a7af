"""What a model's folder holds beside the weights: the same bytes everywhere, no pickle, everything that prediction needs."""

import json

from sensorscape.registry import description


def test_the_description_is_all_that_prediction_needs(record, study_of, trained):
    one, _ = trained()
    subset = study_of([one]).subset
    described = description.describe(one, subset)
    assert described["arrays"] == subset["arrays"]
    assert described["classes"] == 3
    assert described["cell"]["ops"] == ["conv3x3"]
    assert described["weights"]["sha256"] == one["weights"]["sha256"]
    assert described["kappa"] == {"1": 0.5, "3": 0.5}
    assert "environment" not in described, "nothing that depends on the machine"


def test_equal_records_give_equal_bytes_and_no_date(trained, study_of, weights):
    one, _ = trained()
    first, again = (description.files(one, study_of([one]).subset, weights(one["fingerprint"])) for _ in range(2))
    assert first == again
    assert set(first) == {"model.json", "MLmodel", "requirements.txt", "model.safetensors"}
    assert json.loads(first["MLmodel"]) == {
        "artifact_path": "model",
        "flavors": {"python_function": {"loader_module": "sensorscape.predictor"}},
    }
    assert first["requirements.txt"].startswith(b"sensorscape==")


def test_a_cell_is_said_in_a_sentence(record):
    one = record()
    one["cell"] |= {"matrix": [[0, 1, 1], [0, 0, 1], [0, 0, 0]], "ops": ["conv3x3"], "vertices": 3, "edges": 3, "depth": 2, "width": 2}
    about = description.of_cell(one)
    assert "3 vertices, 3 edges, depth 2" in about
    assert "conv3x3" in about
    assert "0 → 1, 2; 1 → 2" in about
