import pytest

from sensorscape.report.figures import replay
from sensorscape.report.style import UndefinedFigure


def test_a_panel_per_landscape_and_a_line_per_algorithm(made):
    axes, table = replay.draw(made.tables["replay"])
    assert len(axes) == 3
    assert axes[0].get_title(loc="left") == "synthetic ρ = 0.03\nhamming (n = 100 seeds)"
    assert axes[0].get_legend_handles_labels()[1] == ["random", "local", "evolution"]
    assert table["regret"].notna().all()


def test_the_studys_own_landscapes_come_first(made):
    frame = made.tables["replay"].copy()
    own = frame["landscape"] == "synthetic ρ = 0.67"
    frame.loc[own, ["landscape", "sensor"]] = ["cifar10 complete", "cifar10"]
    frame.loc[own, "budget"] = 36
    axes, _ = replay.draw(frame)
    assert axes[0].get_title(loc="left").startswith("cifar10 complete @ 36")


def test_synthetic_landscapes_are_shown_from_one_end_to_the_other():
    keys = [(f"landscape {i}", None, "edit") for i in range(8)]
    assert [key[0] for key in replay._spread(keys)] == ["landscape 0", "landscape 4", "landscape 7"]
    assert replay._spread(keys[:2]) == keys[:2]


def test_a_sample_of_cells_cannot_be_searched(made):
    frame = made.tables["replay"]
    with pytest.raises(UndefinedFigure, match="not every neighbour was measured"):
        replay.draw(frame[frame["regret"].isna()])


def test_the_words_give_the_ends(made):
    assert "mean at the end: random" in replay.describe(replay.draw(made.tables["replay"])[1])
