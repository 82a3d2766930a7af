import numpy as np
import pytest

from sensorscape.report.figures import proxies
from sensorscape.report.style import UndefinedFigure


def draw(frame, look):
    return proxies.draw(frame, sensors=look["sensors"], palette=look["palette"])


def test_a_panel_per_target_with_its_budget_and_n(made, look):
    axes, table = draw(made.tables["proxies"], look)
    assert [panel.get_title(loc="left") for panel in axes] == [
        "target s1 @ 27 (n = 24)",
        "target s2 @ 27 (n = 24)",
        "target fusion @ 27 (n = 24)",
    ]
    assert len(table) == len(made.tables["proxies"])


def test_cost_is_a_share_of_training_all_at_the_target(made, look):
    _, table = draw(made.tables["proxies"], look)
    assert table["cost_share"].to_numpy() == pytest.approx((table["cost_seconds"] / table["full_seconds"]).to_numpy())


def test_the_random_shortlist_is_the_line_to_beat(made, look):
    axes, table = draw(made.tables["proxies"], look)
    line = next(line for line in axes[0].lines if line.get_linestyle() == "--")
    mine = table[table["target_sensor"] == "s1"].drop_duplicates("shortlist").sort_values("shortlist")
    assert line.get_ydata() == pytest.approx(mine["random"].to_numpy())
    assert line.get_xdata() == pytest.approx(mine["shortlist"].to_numpy(float) / 24)


def test_longer_budgets_are_darker():
    tones = [proxies._tone([1, 3, 9], budget) for budget in (1, 3, 9)]
    assert tones == sorted(tones)
    assert tones[-1] == 1
    assert proxies._tone([9], 9) == pytest.approx(0.3)


def test_no_shared_cell_no_regret(made, look):
    with pytest.raises(UndefinedFigure, match="no common cell"):
        draw(made.tables["proxies"].assign(regret=np.nan, reason="no common cell"), look)


def test_the_words_name_the_best_cheap_proxy(made, look):
    assert "with a shortlist of" in proxies.describe(draw(made.tables["proxies"], look)[1])
