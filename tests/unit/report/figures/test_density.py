import pytest

from sensorscape.report.figures import density
from sensorscape.report.style import UndefinedFigure


def draw(made, look, budget=9, **options):
    return density.draw(made.tables["histogram"], made.tables["curves"], budget=budget, **look, **options)


def test_each_sensor_has_a_panel_with_its_n(made, look):
    axes, table = draw(made, look)
    assert [panel.get_title(loc="left") for panel in axes] == ["s1 (n = 24)", "s2 (n = 24)", "fusion (n = 24)"]
    assert set(table["curve"]) == {"histogram", "kernel"}
    assert (table.loc[table["curve"] == "histogram"].groupby("sensor")["count"].sum() == 24).all()


def test_axes_carry_their_units(made, look):
    axes, _ = draw(made, look)
    assert axes[0].get_xlabel() == "fitness (Cohen's kappa)"
    assert axes[0].get_ylabel() == "density (1/kappa)"


@pytest.mark.parametrize(("late", "budget", "value"), [(False, 9, 0.47), (True, 27, 0.64)])
def test_the_published_mean_of_that_budget_is_a_thin_line(made, look, late, budget, value):
    axes, _ = draw(made, look, budget, late=late)
    lines = {float(line.get_xdata()[0]): line for line in axes[0].lines if len(set(line.get_xdata())) == 1}
    assert lines[value].get_linewidth() < 1
    assert axes[0].texts[0].get_text() == f"published μ {value}"


def test_bars_enclose_the_area_of_one(made, look):
    axes, _ = draw(made, look)
    for panel in axes:
        assert sum(bar.get_width() * bar.get_height() for bar in panel.patches) == pytest.approx(1)


def test_a_budget_nobody_was_trained_to_is_a_reason(made, look):
    with pytest.raises(UndefinedFigure, match="after 108 epochs"):
        draw(made, look, 108)


def test_the_words_give_n_and_place(made, look):
    assert "s1: 24 models around" in density.describe(draw(made, look)[1])
