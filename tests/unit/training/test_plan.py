"""The plan of a study: roles, lengths, schedules, order."""

import pytest
from training_runs import DEEP, SIZES, SMALL, TRIVIAL, WIDE, network, recipe, run_of

from sensorscape.errors import SensorscapeError
from sensorscape.training.plan import activation_bytes, longest_first, plan, work

SENSORS = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}}


def planned(**changes):
    arguments = {
        "sensors": SENSORS,
        "sizes": SIZES,
        "subset": "0" * 64,
        "population": [SMALL, TRIVIAL],
        "walked": [TRIVIAL, DEEP, DEEP],
        "walk_budget": 3,
        "network": network(),
        "training": recipe(budgets=(1, 3, 9)),
    }
    return plan(**arguments | changes)


def found(items):
    return {(item.run.name, item.run.cell.hash): (item.run.epochs, item.roles) for item in items}


def test_every_sensor_trains_every_cell_once_in_all_its_roles():
    expected = {SMALL.hash: (9, ("population",)), TRIVIAL.hash: (9, ("population", "walk")), DEEP.hash: (3, ("walk",))}
    assert found(planned()) == {(name, key): value for name in SENSORS for key, value in expected.items()}


def test_a_walk_stops_early_on_the_schedule_of_the_population():
    short = next(item.run for item in planned() if item.run.cell is DEEP or item.run.cell == DEEP)
    assert short.training.budgets == (1, 3, 9)
    assert short.budgets == (1, 3)


def test_every_seed_is_a_run_of_its_own():
    items = planned(training=recipe(budgets=(1, 3, 9), seeds=(0, 1, 2)))
    assert len(items) == 3 * len(planned())
    assert len({item.run.fingerprint for item in items}) == len(items)


def test_independent_budgets_are_runs_with_schedules_of_their_own():
    items = planned(training=recipe(budgets=(1, 3, 9), schedule="independent"), sensors={"s2": {"sen2": "all"}})
    lengths = {key: sorted(item.run.epochs for item in items if item.run.cell.hash == key) for key in (SMALL.hash, DEEP.hash)}
    assert lengths == {SMALL.hash: [1, 3, 9], DEEP.hash: [1, 3]}
    assert all(item.run.training.budgets == (item.run.epochs,) == item.run.budgets for item in items)


def test_a_single_budget_is_the_same_run_under_both_schedules():
    one, two = (planned(training=recipe(budgets=(3,), schedule=schedule)) for schedule in ("shared", "independent"))
    assert {item.run.fingerprint for item in one} == {item.run.fingerprint for item in two}


def test_two_sensors_of_the_same_channels_are_refused():
    with pytest.raises(SensorscapeError, match="s2 and copy are the same channels"):
        planned(sensors={"s2": {"sen2": "all"}, "copy": {"sen2": [0, 1, 2, 3]}})


def test_a_stem_too_narrow_for_a_cell_is_refused():
    with pytest.raises(SensorscapeError, match=r"network\.stem: 2 channels"):
        planned(population=[WIDE], network=network(stem=2))


def test_work_grows_with_epochs_patches_and_convolutions():
    assert work(run_of(epochs=3), 40, 64) == 3 * work(run_of(epochs=1), 40, 64)
    assert work(run_of(), 80, 64) == 2 * work(run_of(), 40, 64)
    assert work(run_of(cell=SMALL), 40, 64) > work(run_of(cell=TRIVIAL), 40, 64)


def test_long_runs_come_first_and_ties_have_an_order():
    runs = [run_of(epochs=1), run_of(cell=DEEP), run_of(seed=1), run_of(seed=0)]
    ordered = longest_first(runs, 40, 64)
    assert [work(run, 40, 64) for run in ordered] == sorted((work(run, 40, 64) for run in runs), reverse=True)
    assert ordered == longest_first(reversed(runs), 40, 64)


def test_sensors_are_trained_one_after_the_other_the_longest_first():
    """A worker that changes the sensor reads its data anew."""
    definition = {"sen1": "all", "sen2": "all"}
    runs = [
        run_of(cell=cell, name=name, definition=more) for cell in (TRIVIAL, DEEP) for name, more in (("s2", None), ("both", definition))
    ]
    ordered = longest_first([*runs, run_of(seed=7)], 40, 64)
    assert [run.name for run in ordered] == ["s2"] * 3 + ["both"] * 2 or [run.name for run in ordered] == ["both"] * 2 + ["s2"] * 3
    for name in ("s2", "both"):
        amounts = [work(run, 40, 64) for run in ordered if run.name == name]
        assert amounts == sorted(amounts, reverse=True)


def test_activations_grow_with_the_batch():
    assert activation_bytes(run_of(batch=16), 64) == 2 * activation_bytes(run_of(batch=8), 64)
