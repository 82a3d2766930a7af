"""A fingerprint changes with everything that changes the trajectory, and with nothing else."""

import pytest
from training_runs import DEEP, network, run_of

from sensorscape.files import canonical_json, sha256_text
from sensorscape.training.recipe import derived_seed

BASE = run_of()
BOTH = {"sen1": "all", "sen2": "all"}


def test_the_fingerprint_is_the_digest_of_the_identity():
    assert BASE.fingerprint == sha256_text(canonical_json(BASE.identity))


@pytest.mark.parametrize(
    "change",
    [
        {"cell": DEEP},
        {"definition": {"sen1": "all"}},
        {"definition": {"sen2": [0, 1]}},
        {"definition": {"sen2": [1, 0, 2, 3]}},
        {"seed": 1},
        {"epochs": 1},
        {"budgets": (1, 3, 9)},
        {"learning_rate": 0.2},
        {"momentum": 0.8},
        {"weight_decay": 0.0},
        {"batch": 16},
        {"optimiser": "rmsprop"},
        {"augmentation": "flips"},
        {"precision": "bfloat16"},
        {"shape": network(stem=8)},
        {"shape": network(stacks=3)},
        {"shape": network(cells=2)},
        {"shape": network(batch_norm_momentum=0.2)},
    ],
    ids=str,
)
def test_what_changes_the_trajectory_changes_the_fingerprint(change):
    assert run_of(**change).fingerprint != BASE.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another"},
        {"definition": {"sen2": [0, 1, 2, 3]}},
        {"epsilon": 0.5},
        {"time_limit": 1.0},
        {"keep_weights": "champions"},
        {"seeds": (0, 1)},
        {"schedule": "independent"},
        {"shape": network(sensors="late")},
    ],
    ids=str,
)
def test_what_does_not_change_it_does_not(change):
    assert run_of(**change).fingerprint == BASE.fingerprint


def test_late_fusion_counts_where_there_are_several_arrays():
    assert run_of(definition=BOTH).fingerprint != run_of(definition=BOTH, shape=network(sensors="late")).fingerprint


def test_epsilon_counts_for_rmsprop():
    assert run_of(optimiser="rmsprop").fingerprint != run_of(optimiser="rmsprop", epsilon=0.5).fingerprint


def test_arrays_are_stacked_in_alphabetical_order_however_they_are_written():
    one, two = run_of(definition=BOTH), run_of(definition=dict(reversed(BOTH.items())))
    assert one.fingerprint == two.fingerprint
    assert one.sensor == two.sensor
    assert [name for name, _ in two.sensor.parts] == ["sen1", "sen2"]


def test_a_run_is_evaluated_at_the_budgets_that_it_reaches():
    assert run_of(budgets=(1, 3, 9), epochs=3).budgets == (1, 3)


def test_seeds_for_different_purposes_differ_and_fit_a_generator():
    seeds = {derived_seed(seed, *purpose) for seed in (0, 1) for purpose in (("weights",), ("order", 0), ("order", 1))}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)
