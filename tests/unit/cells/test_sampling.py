import numpy as np
import pytest

from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.samplers import sample
from sensorscape.cells.space import space
from sensorscape.cells.walks import random_walk
from sensorscape.errors import SensorscapeError


@pytest.mark.parametrize("sampler", ["lhs", "uniform"])
def test_a_population_has_so_many_distinct_cells_and_depends_on_the_seed_alone(sampler):
    drawn = sample(sampler, 60, 7)
    assert len(set(drawn.cells)) == len(drawn.cells) == 60
    assert sample(sampler, 60, 7) == drawn
    assert sample(sampler, 60, 8).cells != drawn.cells


def test_a_hypercube_is_stratified_before_the_filter_and_less_after_it():
    report = sample("lhs", 100, 1).diagnostics
    assert report["before"]["strata_hit"] == 1
    assert report["after"]["strata_hit"] < 1
    assert report["before"]["discrepancy"] < report["after"]["discrepancy"]
    assert report["points"] == 100 + report["no_path"] + report["too_many_edges"] + report["duplicates"]


def test_about_three_quarters_of_all_points_are_cells():
    report = sample("lhs", 1000, 1).diagnostics
    bad = report["no_path"] + report["too_many_edges"]
    assert 0.70 < 1 - bad / report["points"] < 0.77


def test_the_published_procedure_repeats_itself_and_prefers_the_trivial_cell():
    drawn = sample("lhs-paper", 1000, 1)
    report = drawn.diagnostics
    assert len(report["draws"]) == 1000
    assert report["distinct"] == len(drawn.cells) < 600
    assert 70 < report["trivial"] < 170
    assert report["vertices_if_uniform"]["7"] == pytest.approx(847.64, abs=0.01)


def test_uniform_draws_from_a_part_only_when_asked_and_never_more_than_there_is():
    assert set(space().index_of(sample("uniform", 5, 1, among=np.arange(5)).cells).tolist()) == set(range(5))
    with pytest.raises(SensorscapeError, match="6 distinct cells"):
        sample("uniform", 6, 1, among=np.arange(5))
    with pytest.raises(SensorscapeError, match="no sampler 'grid'"):
        sample("grid", 6, 1)


@pytest.mark.parametrize("name", ["hamming", "edge", "edit"])
@pytest.mark.parametrize("step", ["uniform", "metropolis-hastings"])
def test_a_walk_goes_from_neighbour_to_neighbour(name, step):
    graph = neighbourhood(name)
    walk = random_walk(graph, 60, (1, 0), step=step)
    stays = 0
    for here, there in zip(walk.rows[:-1].tolist(), walk.rows[1:].tolist(), strict=True):
        stays += here == there
        assert here == there or there in graph.of(here)
    assert stays == walk.stayed
    assert (step == "metropolis-hastings") == (walk.stayed > 0)
    assert random_walk(graph, 60, (1, 0), step=step).rows.tolist() == walk.rows.tolist()


def test_metropolis_hastings_visits_do_not_follow_degree():
    graph = neighbourhood("edit")
    plain = np.concatenate([random_walk(graph, 300, (2, number)).rows for number in range(6)])
    even = np.concatenate([random_walk(graph, 300, (2, number), step="metropolis-hastings").rows for number in range(6)])
    assert graph.degrees[even].mean() < graph.degrees[plain].mean() / 3


def test_an_isolated_start_is_drawn_again_or_refused():
    graph = neighbourhood("hamming")
    seed = next(seed for seed in range(2000) if random_walk(graph, 1, (seed, 0)).redrawn)
    assert graph.degrees[random_walk(graph, 1, (seed, 0)).rows[0]] > 0
    with pytest.raises(SensorscapeError, match="no neighbour in `hamming`"):
        random_walk(graph, 1, (seed, 0), start="refuse")
