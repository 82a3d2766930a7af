"""Quality control of runs: each expectation has the test `test_<its name>…`; validity prunes, fitness only flags."""

import json

import pytest

from sensorscape.checks import runs
from sensorscape.errors import SensorscapeError


@pytest.fixture
def verdict(make_record, make_study):
    """The verdict on one altered run among eight sound ones of slightly different fitness."""

    def judge(alter=None, roles=("population",), **keywords):
        others = [make_record(f"other {i}", kappas={1: 0.2, 3: 0.4, 9: 0.56 + i / 100}) for i in range(8)]
        record = make_record("the run", **keywords)
        if alter:
            alter(record)
        study = make_study([record], roles)
        study["entries"] += make_study(others)["entries"]
        verdicts = runs.judge([record, *others], study, epoch_time_factor=20)
        assert {verdicts["runs"][other["fingerprint"]]["verdict"] for other in others} == {"accepted"}
        return verdicts["runs"][record["fingerprint"]]

    return judge


def assert_pruned(verdict, reason):
    assert verdict["verdict"] == "pruned"
    assert reason in verdict["reasons"]


def assert_kept_but_flagged(verdict, flag):
    assert (verdict["verdict"], verdict["reasons"]) == ("accepted", [])
    assert flag in verdict["flags"]


def test_a_sound_run_is_accepted_without_reasons_or_flags(verdict):
    assert verdict() == {"verdict": "accepted", "reasons": [], "flags": []}


@pytest.mark.parametrize("outcome", ["diverged", "out_of_memory", "timed_out", "failed"])
def test_finished(verdict, outcome):
    assert_pruned(verdict(lambda record: record.update(outcome=outcome)), f"unfinished: {outcome}")


def test_evaluated_at_every_budget(verdict):
    assert_pruned(verdict(lambda record: record["evaluations"].pop("3")), "incomplete: 1 budgets without an evaluation")


def test_evaluated_at_every_budget_asks_a_walk_only_up_to_its_end(verdict):
    short = {"epochs": 3, "kappas": {1: 0.3, 3: 0.5}}
    assert verdict(roles=["walk"], **short)["verdict"] == "accepted"
    assert_pruned(verdict(roles=["walk", "population"], **short), "incomplete: 1 budgets without an evaluation")


def test_evaluated_at_every_budget_asks_an_independent_run_for_its_own_only(verdict):
    own = {"epochs": 3, "kappas": {3: 0.5}, "schedule": "independent"}
    assert verdict(**own)["verdict"] == "accepted"
    assert_pruned(verdict(lambda record: record["evaluations"].clear(), **own), "incomplete: 1 budgets without an evaluation")


def test_trained_every_epoch(verdict):
    def alter(record):
        for column in record["history"].values():
            del column[4]

    assert_pruned(verdict(alter), "epochs-missing: 1 epochs are not in the history")


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("name", ["accuracy", "average_accuracy"])
def test_finite_numbers(verdict, part, name):
    alter = lambda record: record["evaluations"]["3"][part].update({name: None})  # noqa: E731
    assert_pruned(verdict(alter), "not-finite: 1 losses or accuracies are not finite numbers")


def test_finite_numbers_of_the_loss(verdict):
    alter = lambda record: record["history"]["loss"].__setitem__(2, None)  # noqa: E731
    assert_pruned(verdict(alter), "not-finite: 1 losses or accuracies are not finite numbers")


@pytest.mark.parametrize(("name", "value"), [("kappa", 1.01), ("kappa", -1.2), ("accuracy", 1.2), ("average_accuracy", -0.1)])
def test_possible_fitness(verdict, name, value):
    alter = lambda record: record["evaluations"]["3"]["test"].update({name: value})  # noqa: E731
    assert_pruned(verdict(alter), "impossible: 1 kappas or accuracies outside their range")


def test_kappa_defined(verdict):
    alter = lambda record: record["evaluations"]["9"]["test"].update(kappa=None, kappa_reason="one class only")  # noqa: E731
    assert_pruned(verdict(alter), "kappa-undefined: 1 evaluations with an undefined kappa")


def test_evaluations_of_their_budget(verdict):
    def of_another_epoch(record):
        record["evaluations"]["3"]["epoch"] = 4

    def of_no_budget(record):
        record["evaluations"]["5"] = {**record["evaluations"]["3"], "epoch": 5, "seconds": 10.0}

    for alter in (of_another_epoch, of_no_budget):
        assert_pruned(verdict(alter), "foreign-budget: 1 evaluations not of a budget of the run")


def test_clock_runs_forward_in_the_history(verdict):
    def alter(record):
        record["history"]["seconds"][4] = 1.0

    assert_pruned(verdict(alter), "time-reversed: the cumulative time is missing or falls in 1 steps")


def test_clock_runs_forward_over_the_evaluations(verdict):
    alter = lambda record: record["evaluations"]["9"].update(seconds=5.0)  # noqa: E731
    assert_pruned(verdict(alter), "time-reversed: the cumulative time is missing or falls in 1 steps")


def test_clock_runs_forward_needs_a_clock(verdict):
    alter = lambda record: record["history"]["seconds"].__setitem__(8, None)  # noqa: E731
    assert_pruned(verdict(alter), "time-reversed: the cumulative time is missing or falls in 1 steps")


@pytest.mark.parametrize(("factor", "pruned"), [(19.9, False), (20.1, True)])
def test_epoch_time_plausible(verdict, factor, pruned):
    def alter(record):  # epochs of 2 s, the sixth `factor` times as long
        record["history"]["seconds"][5:] = [seconds + 2 * (factor - 1) for seconds in record["history"]["seconds"][5:]]
        record["evaluations"]["9"]["seconds"] = record["history"]["seconds"][-1]

    reasons = ["epoch-time: an epoch took 20.1 times the run's median"] if pruned else []
    assert verdict(alter)["reasons"] == reasons


@pytest.mark.parametrize(("stalled", "pruned"), [(3.0, False), (19.0, False), (21.0, True)])
def test_a_busy_machine_does_not_prune_short_epochs(verdict, stalled, pruned):
    def alter(record):  # epochs of 0.05 s, one of which waited for a core
        seconds = [0.05 * epoch + stalled * (epoch > 5) for epoch in record["history"]["epoch"]]
        record["history"]["seconds"] = seconds
        for budget, evaluation in record["evaluations"].items():
            evaluation["seconds"] = seconds[int(budget) - 1]

    assert bool(verdict(alter)["reasons"]) is pruned


@pytest.mark.parametrize("kappa", [0.0, -0.05])
def test_better_than_chance(verdict, kappa):
    flagged = verdict(kappas={1: kappa, 3: kappa, 9: kappa})
    assert_kept_but_flagged(flagged, f"chance: kappa is {kappa:.3f}, no better than chance")


def test_not_an_outlier(verdict):
    """Nine kappas 0.56, 0.57 … 0.63 and 0.90: median 0.60, median deviation 0.02, so 0.6745 · 0.30 / 0.02 = 10.1."""
    flagged = verdict(kappas={1: 0.3, 3: 0.5, 9: 0.9})
    assert_kept_but_flagged(flagged, "outlier: kappa lies +10.1 robust deviations from its sensor's median (rule: beyond 3.5)")


def test_not_an_outlier_is_judged_within_the_sensor_only(verdict):
    alter = lambda record: record.update(sensor="s2")  # noqa: E731
    assert verdict(alter, kappas={1: 0.3, 3: 0.5, 9: 0.9})["flags"] == []


def test_not_an_outlier_leaves_unfinished_runs_out_of_the_median(make_record, make_study):
    sound = [make_record(f"sound {i}", kappas={1: 0.2, 3: 0.4, 9: 0.56 + i / 100}) for i in range(9)]
    broken = [make_record(f"broken {i}", kappas={1: 0.1, 3: 0.1, 9: 0.1}) for i in range(20)]
    for record in broken:
        record["outcome"] = "diverged"
    records = sound + broken
    verdicts = runs.judge(records, make_study(records), epoch_time_factor=20)["runs"]
    assert [verdicts[record["fingerprint"]]["flags"] for record in sound] == [[]] * 9


def test_does_not_fall(verdict):
    flagged = verdict(kappas={1: 0.3, 3: 0.72, 9: 0.6})
    assert_kept_but_flagged(flagged, "falls: kappa falls by 0.120 at a later budget (rule: more than 0.1)")
    assert verdict(kappas={1: 0.3, 3: 0.69, 9: 0.6})["flags"] == []


def test_predicts_several_classes(verdict):
    alter = lambda record: record["evaluations"]["9"]["test"].update(confusion=[[90, 0], [110, 0]])  # noqa: E731
    assert_kept_but_flagged(verdict(alter), "one-class: predicts 1 class only")


def test_every_expectation_has_a_test_of_its_name():
    names = {each.name for each in runs.expectations(20)}
    tests = [name for name in globals() if name.startswith("test_")]
    assert names == {name for name in names if any(test.startswith(f"test_{name}") for test in tests)}
    assert len(names) == 13


def test_fitness_never_prunes():
    fitness = {"kappa", "deviation", "fall", "predicted_classes"}
    assert {each.consequence for each in runs.expectations(20) if each.looks_at in fitness} == {"flag"}


def test_a_run_that_fell_over_at_once_is_pruned_with_its_reasons(verdict):
    def alter(record):
        record.update(outcome="diverged", evaluations={}, history={"epoch": [], "loss": [], "learning_rate": [], "seconds": []})

    assert verdict(alter) == {
        "verdict": "pruned",
        "reasons": [
            "unfinished: diverged",
            "incomplete: 3 budgets without an evaluation",
            "epochs-missing: 9 epochs are not in the history",
        ],
        "flags": [],
    }


def test_equal_kappas_make_no_outliers(make_record, make_study):
    records = [make_record(f"{i}") for i in range(4)]
    verdicts = runs.judge(records, make_study(records), epoch_time_factor=20)["runs"]
    assert [verdict["flags"] for verdict in verdicts.values()] == [[]] * 4


def test_counts_say_per_sensor_and_role_how_many_were_accepted_and_why_others_were_not(make_record, make_study):
    population = [make_record(f"population {i}") for i in range(3)]
    walk = [make_record(f"walk {i}", epochs=3, kappas={1: 0.3, 3: 0.5}) for i in range(2)]
    both = [make_record("both", sensor="s2")]
    population[0]["outcome"] = "timed_out"
    walk[1]["evaluations"]["3"]["test"]["kappa"] = None
    study = make_study(population)
    study["entries"] += make_study(walk, ["walk"])["entries"] + make_study(both, ["population", "walk"])["entries"]
    counts = runs.judge(population + walk + both, study, epoch_time_factor=20)["counts"]
    assert counts["s1"] == {
        "runs": 5,
        "pruned": 2,
        "flagged": 0,
        "population": 3,
        "accepted": 2,
        "walk": 2,
        "walk_accepted": 1,
        "reasons": {"unfinished": 1, "kappa-undefined": 1},
    }
    assert (counts["s2"]["population"], counts["s2"]["accepted"], counts["s2"]["walk"], counts["s2"]["walk_accepted"]) == (1, 1, 1, 1)


def test_the_table_of_results_lists_every_expectation_with_its_failures(make_record, make_study):
    records = [make_record(f"{i}") for i in range(3)]
    records[1]["outcome"] = "failed"
    results = runs.judge(records, make_study(records), epoch_time_factor=20)["expectations"]
    assert {result["name"]: result["unexpected"] for result in results if result["unexpected"]} == {"finished": 1}
    assert {result["checked"] for result in results} == {3}


def test_verdicts_are_plain_json_and_the_same_each_time(make_record, make_study):
    records = [make_record(f"{i}") for i in range(3)]
    first, second = (json.dumps(runs.judge(records, make_study(records), epoch_time_factor=20), allow_nan=False) for _ in range(2))
    assert first == second


def test_a_study_without_trained_runs_has_no_verdicts():
    assert runs.judge([], {"budgets": [1], "entries": []}, epoch_time_factor=20)["runs"] == {}


@pytest.mark.parametrize("lost", ["record", "entry", "digest", "twice"])
def test_a_ledger_of_another_study_stops(make_record, make_study, lost):
    records = [make_record("a"), make_record("b")]
    study = make_study(records)
    if lost == "record":
        records.pop()
    elif lost == "entry":
        study["entries"].pop()
    elif lost == "digest":
        study["entries"][0]["record_sha256"] = "0" * 64
    else:
        records, study = [records[0]] * 2, make_study([records[0]] * 2)
    with pytest.raises(SensorscapeError, match="do not name the same records"):
        runs.judge(records, study, epoch_time_factor=20)
