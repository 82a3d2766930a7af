"""The champion: chosen on one half of the test split among the accepted, ties by hash, reported on the other half."""

import pytest

from sensorscape.registry import champions


def test_the_champion_is_chosen_on_one_half_and_ties_go_by_hash(record):
    records = [
        record(cell="b", kappa=0.5),
        record(cell="a", kappa=0.5),
        record(cell="c", kappa=0.9),
        record(cell="d", sensor="s2", kappa=0.1),
    ]
    accepted = [one["fingerprint"] for one in records if one["cell"]["hash"][0] != "c"]
    chosen = champions.choose(records, accepted, 3)
    assert {sensor: one["cell"]["hash"][0] for sensor, one in chosen.items()} == {"s1": "a", "s2": "d"}
    assert champions.choose(records, accepted, 9) == {}


def test_the_half_that_reports_has_no_say(record):
    modest, flattering = record(cell="a"), record(cell="b")
    for one, choice, report in ((modest, 0.4, 0.1), (flattering, 0.3, 0.9)):
        one["evaluations"]["3"]["test"] |= {"kappa_choice": choice, "kappa_report": report}
    names = [one["fingerprint"] for one in (modest, flattering)]
    assert champions.choose([modest, flattering], names, 3)["s1"] is modest


def test_a_run_whose_choice_is_undefined_is_no_champion(record):
    one = record()
    one["evaluations"]["3"]["test"]["kappa_choice"] = None
    assert champions.choose([one], [one["fingerprint"]], 3) == {}


@pytest.mark.parametrize(("budget", "name", "value"), [(3, "kappa", 0.5), (3, "kappa_report", 0.49), (9, "kappa", None)])
def test_a_kappa_is_that_of_the_budget_or_none(record, budget, name, value):
    assert champions.kappa_of(record(kappa=0.5), budget, name) == (None if value is None else pytest.approx(value))
