import numpy as np
import pytest

from sensorscape.landscape.gather import Run, counts, landscape_of, runs_of


def record(cell, *, sensor="s1", seed=0, kappas=(0.1, 0.2, 0.3), budgets=(4, 12, 36)):
    return {
        "fingerprint": f"{sensor}-{cell}-{seed}",
        "sensor": sensor,
        "seed": seed,
        "outcome": "finished",
        "cell": {"hash": cell, "ops": ["conv3x3", "conv3x3"], "vertices": 4, "edges": 3, "depth": 3, "width": 1, "parameters": 1000},
        "evaluations": {
            str(budget): {
                "seconds": 2.0 * budget,
                "test": {"kappa": kappa, "accuracy": 0.5, "average_accuracy": 0.4},
                "train": {"kappa": 0.9},
            }
            for budget, kappa in zip(budgets, kappas, strict=True)
        },
        "identity": {"subset": "aa"},
        "environment": {"device": "cpu", "python": "3.11", "torch": "2", "sensorscape": "0.1", "commit": "c", "dirty": False},
    }


def gathered(runs, walks=(), **more):
    codes = {run.cell: np.zeros(5, dtype=np.uint64) for run in runs}
    options = {"budgets": (4, 12, 36), "seeds": (0, 1), "codes": codes, "walks": walks, "walk_budget": 12} | more
    return landscape_of("s1", runs, **options)


def test_roles_and_verdicts_meet_their_records():
    verdicts = {
        "s1-a-0": {"verdict": "accepted", "flags": ["low"], "reasons": []},
        "s1-b-0": {"verdict": "pruned", "flags": [], "reasons": ["x"]},
    }
    one, two = runs_of([record("a"), record("b")], [{"roles": ["population"]}, {"roles": ["walk"]}], verdicts)
    assert (one.accepted, one.flags, one.roles) == (True, ("low",), ("population",))
    assert (two.accepted, two.reasons) == (False, ("x",))


def test_only_accepted_runs_of_the_population_of_the_sensor_count():
    runs = [
        Run(record("b"), ("population",), True),
        Run(record("a"), ("population", "walk"), True, ("odd",)),
        Run(record("c"), ("population",), False),
        Run(record("d"), ("walk",), True),
        Run(record("e", sensor="s2"), ("population",), True),
    ]
    found = gathered(runs)
    assert found.cells.tolist() == ["a", "b"]
    assert found.flagged.tolist() == [True, False]
    assert np.isnan(found.fitness[1]).all()  # no second seed
    assert found.seconds[0].tolist() == [8, 24, 72]
    assert found.features["conv3x3"].tolist() == [2, 2]
    assert found.features["parameters"].tolist() == [3, 3]


def test_an_undefined_kappa_is_missing_never_zero():
    found = gathered([Run(record("a", kappas=(None, 0.2, 0.3)), ("population",), True)])
    assert np.isnan(found.fitness[0, 0, 0])
    assert found.fitness[0, 0, 1] == 0.2


def test_independent_runs_of_a_cell_are_laid_together():
    runs = [Run(record("a", kappas=(k,), budgets=(b,)), ("population",), True) for b, k in ((4, 0.1), (12, 0.5), (36, 0.7))]
    assert gathered(runs, shared=False).fitness[0, 0].tolist() == [0.1, 0.5, 0.7]


def test_walks_stop_at_their_budget_and_miss_pruned_points():
    runs = [Run(record("a"), ("population", "walk"), True), Run(record("d"), ("walk",), False)]
    walk = gathered(runs, walks=[["a", "d", "a"]]).walks[0]
    assert walk.fitness[0, :2].tolist() == [0.1, 0.2]
    assert np.isnan(walk.fitness[0, 2])
    assert np.isnan(walk.fitness[1]).all()


def test_no_survivor_gives_an_empty_landscape():
    found = gathered([Run(record("a"), ("population",), False)])
    assert found.n == 0
    assert found.code is None


def test_counts():
    assert counts({"ops": ["conv1x1", "maxpool3x3", "conv1x1"]}) == {"conv1x1": 2, "conv3x3": 0, "maxpool3x3": 1}
    assert Run(record("a"), (), True).seconds(99) != Run(record("a"), (), True).seconds(99)  # NaN
    with pytest.raises(KeyError):
        runs_of([record("a")], [{"roles": []}], {})
