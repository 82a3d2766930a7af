"""Models that were tampered with: nothing is opened before its digest is checked, and nothing is ever unpickled."""

import hashlib
import json
import os
import pickle

import pytest


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


def predict(project, folder, **variables):
    return project.run("sensorscape", "model", "predict", "data/raw/synthetic.h5", "--model", str(folder), check=False, **variables)


def test_a_pickle_renamed_to_weights_is_never_opened(run_project, tmp_path):
    mark, folder = tmp_path / "unpickled", run_project.root / "models" / "champions" / "s1"
    content = pickle.dumps(Evil(mark))
    weights, described = folder / "model.safetensors", folder / "model.json"
    weights.unlink()
    weights.write_bytes(content)
    done = predict(run_project, folder)
    assert done.returncode == 2
    assert "it was altered" in done.stderr
    # even an attacker who can write the digest gains nothing: safetensors is no pickle
    description = json.loads(described.read_text())
    description["weights"] = {"file": "model.safetensors", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    described.unlink()
    described.write_text(json.dumps(description))
    done = predict(run_project, folder)
    assert done.returncode == 2
    assert "holds no weights of this network" in done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists()


def test_a_pickle_among_the_weights_of_dvc_is_registered_nowhere(run_project, ledger, versions, tmp_path):
    mark, fingerprint = tmp_path / "unpickled", next(name for name, record in ledger(run_project).items() if record["weights"])
    path = run_project.root / "models" / "weights" / f"{fingerprint}.safetensors"
    path.unlink()
    path.write_bytes(pickle.dumps(Evil(mark)))
    (run_project.root / "models" / "store").rename(run_project.root / "lost")
    cache = run_project.root / ".dvc" / "cache"
    cache.rename(run_project.root / "lost-cache")
    done = run_project.run("sensorscape", "sync", check=False)
    assert "1 runs have no model" in done.stdout
    assert fingerprint not in {key for _, key in versions(run_project)}
    assert not mark.exists()


MLFLOW = """
import sys, mlflow
import h5py
mlflow.set_tracking_uri(sys.argv[1])
with h5py.File("data/raw/synthetic.h5") as file:
    print(mlflow.pyfunc.load_model("models:/sensorscape-s1@champion").predict(file["sen1"][:5]).tolist())
"""


def test_a_bit_flipped_in_a_registered_model_is_noticed_when_it_is_loaded(run_project):
    run_project.run("sensorscape", "status")  # this copy is a moved project: its store learns where it is
    uri = f"sqlite:///{run_project.root}/models/store/mlflow.db"
    loaded = run_project.run("python", "-c", MLFLOW, uri, MLFLOW_ALLOW_PICKLE_DESERIALIZATION="false")
    assert len(json.loads(loaded.stdout.splitlines()[-1])) == 5
    champion = json.loads((run_project.root / "models" / "champions" / "s1" / "model.json").read_text())
    for path in (run_project.root / "models" / "store" / "artifacts").glob("*/artifacts/model/model.safetensors"):
        if json.loads((path.parent / "model.json").read_text())["fingerprint"] == champion["fingerprint"]:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 4
            path.unlink()
            path.write_bytes(content)
    done = run_project.run("python", "-c", MLFLOW, uri, check=False)
    assert done.returncode != 0
    assert "it was altered" in done.stderr


@pytest.mark.parametrize("name", ["..", "/etc", "a/../../.."])
def test_a_model_file_with_paths_in_it_reads_nothing_else(run_project, name):
    folder = run_project.root / "models" / "champions" / "s1"
    described = folder / "model.json"
    description = json.loads(described.read_text())
    description["weights"]["file"] = f"{name}/model.safetensors"
    description["sensor"]["name"] = name
    described.unlink()
    described.write_text(json.dumps(description))
    done = predict(run_project, folder)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
