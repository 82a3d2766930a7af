"""Random walks on the neighbourhoods."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import chisquare

from sensorscape.cells import walks
from sensorscape.cells.neighbourhoods import Neighbourhood, neighbourhood
from sensorscape.cells.walks import random_walk
from sensorscape.errors import SensorscapeError


@pytest.mark.parametrize("name", ["hamming", "edge", "edit"])
@pytest.mark.parametrize("step", ["uniform", "metropolis-hastings"])
def test_a_walk_goes_from_neighbour_to_neighbour(name, step):
    graph = neighbourhood(name)
    walk = random_walk(graph, 60, (1, 0), step=step)
    stays = 0
    for here, there in zip(walk.rows[:-1].tolist(), walk.rows[1:].tolist(), strict=True):
        stays += here == there
        assert here == there or there in graph.of(here)
    assert len(walk.rows) == 60
    assert stays == walk.stayed
    assert (step == "metropolis-hastings") == (walk.stayed > 0)
    assert random_walk(graph, 60, (1, 0), step=step).rows.tolist() == walk.rows.tolist()


def test_walks_differ_by_their_number_and_a_longer_one_begins_like_a_shorter_one():
    graph = neighbourhood("edge")
    first, second = (random_walk(graph, 30, (1, number)).rows.tolist() for number in (0, 1))
    assert first != second
    assert random_walk(graph, 10, (1, 0)).rows.tolist() == first[:10]
    assert len(random_walk(graph, 1, (1, 0)).rows) == 1


@pytest.fixture
def star():
    """A centre with four leaves: degrees 4, 1, 1, 1, 1."""
    matrix = np.zeros((5, 5), dtype=np.uint8)
    matrix[0, 1:] = matrix[1:, 0] = 1
    return Neighbourhood("star", csr_array(matrix))


def test_a_simple_walk_visits_by_degree_and_metropolis_hastings_evenly(star):
    """Every second point of the simple walk is the centre; the other visits all cells alike."""
    plain = random_walk(star, 4001, (1, 0)).rows[1:]
    assert np.bincount(plain)[0] == 2000
    even = random_walk(star, 40_000, (1, 0), step="metropolis-hastings").rows[::40]  # nearly independent
    assert chisquare(np.bincount(even, minlength=5)).pvalue > 0.001


def test_metropolis_hastings_visits_do_not_follow_degree():
    graph = neighbourhood("edit")
    plain = np.concatenate([random_walk(graph, 300, (2, number)).rows for number in range(6)])
    even = np.concatenate([random_walk(graph, 300, (2, number), step="metropolis-hastings").rows for number in range(6)])
    assert graph.degrees[even].mean() < graph.degrees[plain].mean() / 3


def test_an_isolated_start_is_drawn_again_or_refused(monkeypatch):
    graph = neighbourhood("hamming")
    isolated, other = (int(np.flatnonzero(graph.degrees == 0)[5]), int(graph.degrees.argmax()))
    real = np.random.default_rng

    def begins_isolated(seed):
        rng, starts = real(seed), iter([isolated, isolated, other])

        class Generator:
            integers = staticmethod(lambda _: next(starts))
            choice = staticmethod(rng.choice)

        return Generator()

    monkeypatch.setattr(walks.np.random, "default_rng", begins_isolated)
    walk = random_walk(graph, 2, (1, 0))
    assert (walk.redrawn, int(walk.rows[0])) == (2, other)
    with pytest.raises(SensorscapeError, match=r"walk 3 would start on [0-9a-f]{32}, which has no neighbour in `hamming`"):
        random_walk(graph, 2, (1, 3), start="refuse")
