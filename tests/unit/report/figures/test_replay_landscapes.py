import pytest

from sensorscape.report.figures import replay_landscapes
from sensorscape.report.style import UndefinedFigure


def draw(made, summary=None):
    frame = made.tables["replay_summary"] if summary is None else summary
    return replay_landscapes.draw(frame, made.tables["replay_correlation"])


def test_a_panel_per_algorithm_with_its_rank_correlation(made):
    axes, table = draw(made)
    assert [panel.get_title(loc="left") for panel in axes][1] == "local\nhamming: −0.90 [−1.00, −0.80], n = 24"
    assert len(table) == 72
    assert [panel.get_ylabel() for panel in axes] == ["area under normalised regret", *["that area less random search's"] * 2]


def test_synthetic_landscapes_are_hollow(made):
    axes, _ = draw(made)
    faces = axes[0].collections[0].get_facecolors()
    assert (faces[:, :3] == 1).all()
    frame = made.tables["replay_summary"].assign(synthetic="no")
    assert (draw(made, frame)[0][0].collections[0].get_facecolors()[:, :3] != 1).any()


def test_without_a_search_there_is_nothing_to_show(made):
    with pytest.raises(UndefinedFigure):
        draw(made, made.tables["replay_summary"].iloc[:0])


def test_the_words_compare_the_halves(made):
    assert "local: −0." in replay_landscapes.describe(draw(made)[1]), "its own less random search's"
