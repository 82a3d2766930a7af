import pytest

from sensorscape.report.sections import conditions


def test_n_after_quality_control_with_reasons_and_the_published_n(section_of, material):
    _, view = section_of(conditions.section, material)
    frame = view.frames["runs"].set_index("sensor")
    assert list(frame["accepted"]) == [24, 24, 24]
    assert list(frame["published"]) == [100, 88, 75]
    assert frame.loc["s1", "reasons"] == "outcome is diverged: loss is not finite (2)"
    assert frame.loc["s2", "reasons"] == "none"


def test_recipe_devices_and_versions_are_those_of_the_records(section_of, words_of, material):
    text = words_of(section_of(conditions.section, material)[0])
    for part in (
        "stem of 8 channels, 3 stacks of 1 cell",
        "sgd",
        "0.1",
        "cpu",
        "2.13.0",
        "0123456789ab",
        "1, 3, 9 and 27 epochs, schedule shared",
    ):
        assert part in text


def test_only_a_uniform_population_estimates_the_space(section_of, words_of, make, page_of):
    made = make()
    assert "no estimate of the mean" in words_of(section_of(conditions.section, page_of(made))[0])
    made.footprint["conditions"]["sampler"] = "uniform"
    assert "no estimate of the mean" not in words_of(section_of(conditions.section, page_of(made))[0])


def test_what_the_sampler_reported_is_shown(section_of, words_of, material):
    text = words_of(section_of(conditions.section, material)[0])
    assert "population: stratification kept 0.710" in text
    assert "walks: components 4\u202f373" in text


@pytest.mark.parametrize(
    ("sensor", "words"),
    [
        ({"sen1": "all"}, "sen1 (all channels)"),
        ({"sen1": "all", "sen2": [2, 1, 0]}, "sen1 (all channels) + sen2 (channels 2, 1, 0)"),
        ({"table": "data/external/tables/cifar10.csv"}, "table data/external/tables/cifar10.csv"),
    ],
)
def test_a_sensor_in_words(sensor, words):
    assert conditions.definition(sensor) == words


def test_a_table_study_has_no_recipe_but_a_page(section_of, words_of, make, page_of):
    from sensorscape.report.patches import Data

    made = make(("cifar10",))
    found = made.footprint["conditions"]
    found.update(tables={"cifar10": {"path": "t.csv", "unit": "accuracy", "cells": 91}}, subset=[], devices=[], versions={}, sampler=None)
    text = words_of(section_of(conditions.section, page_of(made, data=Data(), identity={}, commits=()))[0])
    assert "table t.csv (accuracy)" in text
    assert "none: tables only" in text


def test_a_study_of_tables_alone_has_no_recipe(section_of, words_of, make, page_of):
    made = make(("cifar10",))
    made.footprint["conditions"]["tables"] = {"cifar10": {"path": "data/external/tables/t.csv", "unit": "accuracy", "cells": 24}}
    text = words_of(section_of(conditions.section, page_of(made, identity={}))[0])
    assert "accuracy from data/external/tables/t.csv" in text
    assert "kappa" not in text
    assert "optimiser" not in text


def test_each_walk_says_where_it_could_go(section_of, words_of, make, page_of):
    walk = {
        "component_size": 43460,
        "distinct_cells": 97,
        "redrawn_starts": 1,
        "refused_steps": 0,
        "mean_degree": 8.123,
        "degrees": [3] * 100,
    }
    walks = {"diagnostics": {"cells": 423624, "components": 4373, "walks": [walk] * 12}}
    text = words_of(section_of(conditions.section, page_of(make(), walks=walks))[0])
    assert (
        "walk 1 in a component of 43\u202f460 of 423\u202f624 cells: 97 distinct cells visited, mean degree 8.12, 1 start redrawn, "
        "0 steps refused"
    ) in text
    assert "walks not listed 2" in text
    assert "[3" not in text
