"""The stage `train`: what is found is taken over, what is odd is refused, what is kept is what was asked for."""

import os
import signal
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.params import Table
from sensorscape.stages import train

TRIVIAL_HASH = "043721b9c7fe8c5fad811d47d83132ec"
CPU = SimpleNamespace(device="cpu")


def recipe(keep="all", limit=100.0):
    return SimpleNamespace(keep_weights=keep, time_limit=limit)


def record(outcome="finished", weights=None, **environment):
    return {"outcome": outcome, "weights": weights, "environment": environment}


WEIGHTS = {"sha256": "0" * 64}


@pytest.mark.parametrize(
    ("found", "recipe", "usable"),
    [
        ((record(weights=WEIGHTS), Path("here")), recipe(), True),
        ((record(weights=WEIGHTS), None), recipe(), False),
        ((record(weights=WEIGHTS), None), recipe("champions"), True),
        ((record("diverged"), None), recipe(), True),
        ((record("failed"), None), recipe(), False),
        ((record("timed_out", time_limit=100.0), None), recipe(), True),
        ((record("timed_out", time_limit=99.0), None), recipe(), False),
        ((record("out_of_memory", place="cpu"), None), recipe(), True),
        ((record("out_of_memory", place="cuda"), None), recipe(), False),
    ],
)
def test_a_record_stands_for_its_run_unless_another_try_could_end_otherwise(found, recipe, usable):
    assert train._usable(found, CPU, recipe) is usable


def run_with(kappa, sensor="s1", cell="a", budget="9"):
    return {"sensor": sensor, "seed": 0, "cell": {"hash": cell}, "evaluations": {budget: {"test": {"kappa_choice": kappa}}}}


def test_the_champions_are_the_best_of_each_sensor_at_each_budget():
    records = {
        "one": run_with(0.5, cell="b"),
        "two": run_with(0.5, cell="a"),
        "three": run_with(0.4),
        "four": run_with(0.1, sensor="s2"),
        "five": run_with(None, sensor="s2", cell="0"),
        "six": run_with(0.2, budget="3"),
    }
    assert train._champions(records) == ["four", "six", "two"]


def test_a_subset_that_is_not_the_one_described_is_refused(tmp_path):
    path = tmp_path / "subset.h5"
    with pytest.raises(SensorscapeError, match="is missing"):
        train._check_subset(path, {"sha256": "0" * 64, "train": 9}, 4, True)
    path.write_bytes(b"something")
    with pytest.raises(SensorscapeError, match="SHA-256 differs"):
        train._check_subset(path, {"sha256": "0" * 64, "train": 9}, 4, True)


def test_a_batch_larger_than_the_data_is_refused(tmp_path):
    path = tmp_path / "subset.h5"
    path.write_bytes(b"something")
    digest = train.sha256_file(path)
    with pytest.raises(SensorscapeError, match=r"training\.batch: 10 is more than the 9 training patches"):
        train._check_subset(path, {"sha256": digest, "train": 9}, 10, True)
    train._check_subset(path, {"sha256": digest, "train": 9}, 9, True)


def test_a_study_of_days_on_a_cpu_is_refused_once(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "work", lambda *_: 1e18)
    project = SimpleNamespace(machine=SimpleNamespace(executor="local"))
    ready = SimpleNamespace(
        place=SimpleNamespace(device="cpu", work=tmp_path), runs=[SimpleNamespace(fingerprint="f" * 64)], patches=1, pixels=1
    )
    monkeypatch.setattr(train, "workers_of", lambda *_, **__: 2)
    monkeypatch.setattr(train, "estimate", lambda *_: 2 * 11 * 3600)
    train.check_length(project, ready)
    monkeypatch.setattr(train, "estimate", lambda *_: 2 * 20 * 3600)
    with pytest.raises(SensorscapeError, match="about 20 hours on this machine's CPU"):
        train.check_length(project, ready)
    train.check_length(project, ready)


def test_a_table_sensor_is_known_by_its_digest_and_its_cells(tmp_path):
    table = Table("data/external/tables/t.csv", columns={1: "one"})
    project = SimpleNamespace(root=tmp_path)
    with pytest.raises(SensorscapeError, match=r"t\.csv is missing"):
        train.table_content(project, "cifar", table, [1])
    path = tmp_path / table.table
    path.parent.mkdir(parents=True)
    path.write_text(f"hash,one\n{TRIVIAL_HASH},0.5\n")
    found = train.table_content(project, "cifar", table, [1])
    assert found["sha256"] == train.sha256_file(path)
    assert (found["path"], found["unit"], found["cells"], found["complete"]) == (table.table, "accuracy", 1, 1)
    with pytest.raises(SensorscapeError, match=r"sensors\.cifar: the table has no fitness at 3 epochs"):
        train.table_content(project, "cifar", table, [1, 3])
    path.write_text(f"hash,one\n{TRIVIAL_HASH},1.5\n")
    with pytest.raises(SensorscapeError, match=r"1\.5"):
        train.table_content(project, "cifar", table, [1])


class Noted:
    """An outbox and an execution that note what they are given."""

    def __init__(self):
        self.shown, self.logged = [], []

    def show(self, numbers):
        self.shown.append(numbers())

    def log(self, record, tags):
        self.logged.append((record, tags))


def evaluated(kappa, outcome="finished", **environment):
    return {"outcome": outcome, "evaluations": {"9": {"test": {"kappa": kappa}}}, "environment": environment}


def test_the_progress_knows_what_was_taken_over_and_goes_to_the_store_while_it_trains(tmp_path, monkeypatch):
    runs = [SimpleNamespace(fingerprint=letter * 64, name="s1", epochs=9, sensor=SimpleNamespace(channels=1)) for letter in "abc"]
    ready = SimpleNamespace(
        planned=[SimpleNamespace(run=run, roles=("walk",)) for run in runs],
        runs=runs[1:],
        patches=10,
        pixels=1,
        place=SimpleNamespace(folder=lambda name: tmp_path / name, device="cpu"),
        synthetic="",
    )

    def trained(machine, place, missing, size, heard):
        heard({"fingerprint": runs[1].fingerprint, "images": 30, "before": 20, "kappa": 0.1})
        yield runs[1], evaluated(0.176)
        yield runs[2], evaluated(None, "diverged")

    monkeypatch.setattr(train, "train_all", trained)
    monkeypatch.setattr(train, "work", lambda *_: 1.0)
    monkeypatch.setattr(train, "workers_of", lambda *_, **__: 1)
    monkeypatch.setattr(train, "tag_prefix", lambda *_: "study.a")
    noted = Noted()
    known = {runs[0].fingerprint: evaluated(0.735)}
    progress = train._train(SimpleNamespace(machine=None), "a", ready, known, noted, noted)
    assert [numbers["trained"] for numbers in noted.shown] == [0, 0, 1, 2]
    assert {numbers["best_kappa/s1"] for numbers in noted.shown} == {0.735}
    numbers = progress.numbers()
    assert (numbers["trained"], numbers["taken_over"], numbers["not_finished"]) == (2, 1, 1)
    assert numbers["images_per_second"] * numbers["training_seconds"] == pytest.approx(90 - 20)
    assert len(noted.logged) == 2


def test_a_second_sigterm_while_the_workers_end_still_lets_the_execution_say_how_far_it_came(monkeypatch):
    """DVC's process group is sent one, and the stage sends itself one when DVC is gone."""
    left = []

    class Execution(nullcontext):
        def __exit__(self, kind, *_):
            left.append(kind)

    def stopped_twice(*_, **__):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # an error of this test, not its end
    try:
        monkeypatch.setattr(train, "in_use", nullcontext)
        monkeypatch.setattr(train, "Execution", lambda *_: Execution())
        monkeypatch.setattr(train, "prepare", stopped_twice)
        with pytest.raises(SystemExit) as ended:
            train.run(None, study="a", sensor=(), sensors={}, walk=None, network=None, training=None)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (left, ended.value.code) == ([SystemExit], 143)
