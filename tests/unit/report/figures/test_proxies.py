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


def test_where_a_table_gives_no_seconds_epochs_are_the_cost(made, look):
    frame = made.tables["proxies"].assign(cost_seconds=np.nan, full_seconds=np.nan)
    _, table = draw(frame, look)
    row = table[table["regret"].notna()].iloc[0]
    expected = (row["n"] * row["proxy_budget"] + row["shortlist"] * row["target_budget"]) / (row["n"] * row["target_budget"])
    assert row["cost_share"] == pytest.approx(expected)


def test_proxies_of_different_cells_have_random_lines_of_their_own(made, look):
    frame = made.tables["proxies"]
    fewer = frame.assign(n=frame["n"].where(frame["proxy_sensor"] != "s2", 12))
    axes, _ = draw(fewer, look)
    assert sum(line.get_linestyle() == "--" for line in axes[0].lines) == 2
    assert axes[0].get_title(loc="left") == "target s1 @ 27 (n = 12–24)"
