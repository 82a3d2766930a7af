"""Samplers of a population: what they promise, and the bias that they report."""

import numpy as np
import pytest
from scipy.stats import chisquare

from sensorscape.cells import samplers
from sensorscape.cells.samplers import sample
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError


@pytest.mark.parametrize("sampler", ["lhs", "uniform"])
@pytest.mark.parametrize("size", [1, 60])
def test_a_population_has_so_many_distinct_cells_and_depends_on_the_seed_alone(sampler, size):
    drawn = sample(sampler, size, 7)
    assert len(set(drawn.cells)) == len(drawn.cells) == size
    assert sample(sampler, size, 7) == drawn
    assert sample(sampler, size, 8).cells != drawn.cells


def test_a_hypercube_is_stratified_before_the_filter_and_less_after_it():
    report = sample("lhs", 100, 1).diagnostics
    assert report["before"]["strata_hit"] == 1
    assert report["after"]["strata_hit"] < 1
    assert report["before"]["discrepancy"] < report["after"]["discrepancy"]
    assert report["points"] == 100 + report["no_path"] + report["too_many_edges"] + report["duplicates"]


def test_a_whole_design_hits_every_stratum_of_every_axis_once(monkeypatch):
    designs = []
    decoded = samplers._decoded
    monkeypatch.setattr(samplers, "_decoded", lambda points: designs.append(points) or decoded(points))
    sample("lhs", 40, 3)
    for points in designs:
        assert (np.sort((points * 40).astype(int), axis=0) == np.arange(40)[:, None]).all()


def test_about_three_quarters_of_all_points_are_cells():
    report = sample("lhs", 1000, 1).diagnostics
    bad = report["no_path"] + report["too_many_edges"]
    assert 0.70 < 1 - bad / report["points"] < 0.77


def test_a_hypercube_that_brings_no_new_cell_is_given_up(monkeypatch):
    monkeypatch.setattr(samplers, "_decoded", lambda points: iter([(0, None)] * len(points)))
    with pytest.raises(SensorscapeError, match="only 1 of 2 cells came out of 201 designs"):
        sample("lhs", 2, 1)


def test_the_published_procedure_repeats_itself_and_prefers_the_trivial_cell():
    drawn = sample("lhs-paper", 1000, 1)
    report = drawn.diagnostics
    assert len(report["draws"]) == 1000
    assert report["distinct"] == len(drawn.cells) == len(set(report["draws"])) < 600
    assert 70 < report["trivial"] < 170
    assert report["vertices_if_uniform"]["7"] == pytest.approx(847.64, abs=0.01)
    assert report["candidates"] == 1000 + report["not_nine_edges"] + report["no_path"]


def test_uniform_draws_have_the_spaces_own_distribution_of_vertices():
    histogram = sample("uniform", 5000, 1).diagnostics["vertices"]
    seen = [histogram["2"] + histogram["3"] + histogram["4"] + histogram["5"], histogram["6"], histogram["7"]]
    assert chisquare(seen, np.array([2532, 62010, 359082]) * 5000 / 423624).pvalue > 0.001


def test_uniform_draws_from_a_part_only_when_asked_and_never_more_than_there_is():
    assert set(space().index_of(sample("uniform", 5, 1, among=np.arange(5)).cells).tolist()) == set(range(5))
    with pytest.raises(SensorscapeError, match="6 distinct cells"):
        sample("uniform", 6, 1, among=np.arange(5))
    with pytest.raises(SensorscapeError, match="lhs cannot draw from a part"):
        sample("lhs", 5, 1, among=np.arange(5))


def test_an_unknown_sampler_is_refused():
    with pytest.raises(SensorscapeError, match="no sampler 'grid'"):
        sample("grid", 6, 1)
