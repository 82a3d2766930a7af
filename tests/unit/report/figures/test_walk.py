import numpy as np
import pandas as pd
import pytest

from sensorscape.report.figures import walk
from sensorscape.report.style import UndefinedFigure


def draw(walks, made, look, **options):
    return walk.draw(walks, made.tables["ruggedness"], budget=9, **look, **options)


def test_all_sensors_share_the_axis_of_steps(made, look):
    axes, table = draw(made.tables["walks"], made, look)
    assert len(axes) == 1
    assert axes[0].get_xlabel() == "step of the walk"
    assert len(table) == 3 * 40


def test_the_legend_holds_rho_n_tau_and_the_published_tau(made, look):
    axes, _ = draw(made.tables["walks"], made, look)
    texts = [text.get_text() for text in axes[0].figure.legends[0].get_texts()]
    assert texts[0] == "s1: ρ̂ = 0.40 [0.10, 0.70], n = 40, τ = 2.50 (published τ = 17.84)"


def test_the_line_is_the_smoothed_curve_with_its_gaps(made, look):
    axes, _ = draw(made.tables["walks"], made, look)
    line = axes[0].lines[0].get_ydata()
    assert np.isnan(line[[0, 1, -2, -1]]).all()
    frame = made.tables["walks"]
    raw = frame[(frame["sensor"] == "s1") & (frame["budget"] == 9)]["fitness"].to_numpy()
    assert line[2] == pytest.approx(raw[:5].mean())


def test_an_undefined_tau_is_said(made, look):
    rugged = made.tables["ruggedness"].assign(tau=np.nan)
    axes, _ = walk.draw(made.tables["walks"], rugged, budget=9, **look)
    assert "τ undefined" in axes[0].figure.legends[0].get_texts()[0].get_text()


def test_only_the_first_walks_are_drawn(made, look):
    frame = made.tables["walks"]
    many = pd.concat([frame.assign(walk=number) for number in range(9)])
    many["walk"] = many["walk"].astype("Int64")
    axes, table = draw(many, made, look)
    assert len(axes) == walk.MOST_WALKS
    assert set(table["walk"]) == set(range(walk.MOST_WALKS))


def test_a_study_without_walks_says_so(made, look):
    with pytest.raises(UndefinedFigure, match="no walk has a fitness after 9 epochs"):
        draw(made.tables["walks"].iloc[:0], made, look)
