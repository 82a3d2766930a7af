import numpy as np
import pandas as pd
import pytest

from sensorscape.report.figures import ruggedness
from sensorscape.report.style import UndefinedFigure


def test_robust_estimates_with_intervals_at_every_budget(made, look):
    axes, table = ruggedness.draw(made.tables["ruggedness"], **look)
    assert axes[0].get_title(loc="left") == "neighbourhood hamming (n = 40)"
    assert set(table["estimate"]) == {"robust"}
    assert len(table) == 9


def test_white_noise_and_the_published_reciprocals_are_lines(made, look):
    axes, _ = ruggedness.draw(made.tables["ruggedness"], **look)
    levels = [float(line.get_ydata()[0]) for line in axes[0].lines if len(set(line.get_ydata())) == 1 and len(line.get_ydata()) == 2]
    assert levels[0] == 0
    assert levels[1:] == pytest.approx([1 / 17.84, 1 / 1.54, 1 / 6.03])


def test_exact_values_are_hollow_and_neighbourhoods_have_panels(made, look):
    exact = made.tables["ruggedness"].assign(estimate="exact", neighbourhood="edit")
    frame = pd.concat([made.tables["ruggedness"], exact], ignore_index=True)
    axes, table = ruggedness.draw(frame, **look)
    assert [panel.get_title(loc="left") for panel in axes] == ["neighbourhood hamming (n = 40)", "neighbourhood edit (n = 40)"]
    assert any(line.get_markerfacecolor() == "white" for line in axes[1].lines)
    assert set(table["estimate"]) == {"robust", "exact"}


def test_without_walks_the_reason_is_given(made, look):
    with pytest.raises(UndefinedFigure, match="no walk has three points"):
        ruggedness.draw(made.tables["ruggedness"].iloc[:0], **look)
    with pytest.raises(UndefinedFigure, match="all equal"):
        ruggedness.draw(made.tables["ruggedness"].assign(rho=np.nan, reason="all equal"), **look)


def test_the_words_give_rho_by_budget(made, look):
    assert "s1: 0.40 after 1, 0.40 after 3" in ruggedness.describe(ruggedness.draw(made.tables["ruggedness"], **look)[1])
