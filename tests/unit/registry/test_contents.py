"""What a record becomes in MLflow, and that a difference is found wherever it is."""

import pytest

from sensorscape.registry import contents


def test_every_number_of_a_record_is_a_metric(record):
    values = contents.values(record(kappa=0.5))
    assert values["kappa_3", 3] == values["test/kappa", 3] == 0.5
    assert values["test/kappa", 1] == 0.5
    assert values["train_kappa_3", 3] == values["train/kappa", 3] == 0.6
    assert values["seconds_3", 3] == 4.5
    assert [values["epoch/loss", epoch] for epoch in (1, 2, 3)] == [2.0, 1.0, 0.5]
    assert len(values) == 2 * (2 * 5 + 2 * 3 + 1) + 3 * 3


def test_an_undefined_number_is_no_metric(record):
    one = record()
    one["evaluations"]["3"]["test"]["kappa"] = None
    assert ("kappa_3", 3) not in contents.values(one)
    assert contents.latest(one)["test/kappa"] == one["evaluations"]["1"]["test"]["kappa"]


def test_a_metric_is_measured_when_its_epoch_ended(record):
    start = contents.started(record())
    assert start == 1_704_067_200_000
    times = {(point.key, point.step): point.timestamp - start for point in contents.points(record())}
    assert times["epoch/loss", 2] == 3000
    assert times["kappa_3", 3] == 4500
    assert contents.ended(record()) == start + 4500


@pytest.mark.parametrize("text", [None, "", "yesterday"])
def test_a_record_that_does_not_say_when_began_at_zero(record, text):
    assert contents.started(record(environment={"started": text})) == 0


def test_the_whole_record_agrees_with_itself_and_only_with_itself(record):
    one = record()
    expected = contents.values(one)
    found = {place: [value] for place, value in expected.items()}
    assert contents.difference(expected, found) == ""
    assert contents.difference(expected, found | {("system/gpu", 0): [1.0]}) == ""
    for place in found:
        assert place[0] in contents.difference(expected, found | {place: [0.123]})
        assert "missing" in contents.difference(expected, {key: value for key, value in found.items() if key != place})
        assert " and " in contents.difference(expected, found | {place: [found[place][0], 7.0]})
    assert "the record none" in contents.difference(expected, found | {("kappa_9", 9): [0.5]})


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("kappa_9", True),
        ("train_accuracy_27", True),
        ("test/anything", True),
        ("epoch/loss", True),
        ("system/cpu", False),
        ("s1/fdc", False),
    ],
)
def test_names_that_only_records_may_write(key, ours):
    assert contents.is_ours(key) is ours


def test_the_tags_identify_the_run_and_name_no_branch(record):
    tags = contents.tags(record(environment={"commit": "c" * 40, "device": "cpu", "started": "2024-01-01T00:00:00+00:00"}))
    one = record()
    assert tags["fingerprint"] == one["fingerprint"]
    assert tags["sensor"] == "s1"
    assert tags["subset"] == "5" * 64
    assert tags["mlflow.source.git.commit"] == "c" * 40
    assert not [name for name in tags if "branch" in name]
    assert len(tags["mlflow.note.content"]) < 300


def test_parameters_are_text_of_bearable_length(record):
    long = record(cell="a")
    long["identity"]["training"]["note"] = "x" * 10_000
    values = contents.parameters(long)
    assert values["training.budgets"] == "[1, 3]"
    assert values["cell"] == "a" * 32
    assert max(map(len, values.values())) == 6000


@pytest.mark.parametrize(("outcome", "status"), [("finished", "FINISHED"), ("diverged", "FAILED"), ("timed_out", "FAILED")])
def test_an_outcome_is_a_status_of_mlflow(record, outcome, status):
    assert contents.status(record(outcome=outcome)) == status
