import pandas as pd

from sensorscape.report.sections import proxies


def test_one_shortlist_length_is_shown(section_of, material):
    _, view = section_of(proxies.proxies, material)
    assert set(view.frames["proxy_regret"]["shortlist"]) == {2}  # of 24 cells


def test_the_shortlist_is_a_tenth_of_the_cells_or_the_shortest():
    frame = pd.DataFrame({"shortlist": [1, 5, 10, 20], "n": 100})
    assert proxies._shortlist(frame) == 10
    assert proxies._shortlist(frame.assign(n=24)) == 1
    assert proxies._shortlist(frame[frame["shortlist"] > 5].assign(n=24)) == 10


def test_interactions_and_correlations_have_tables(section_of, material):
    assert len(section_of(proxies.features, material)[1].frames["interactions"]) == 18
    assert set(section_of(proxies.replay, material)[1].frames) == {"replay_correlation", "replay_summary"}


def test_without_a_measured_neighbourhood_the_replay_says_so(section_of, words_of, make, page_of):
    section, view = section_of(proxies.replay, page_of(make(replay=False)))
    assert "No landscape was searched." in words_of(section)
    assert view.frames == {}
