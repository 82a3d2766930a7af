import numpy as np
import pytest

from sensorscape.report.figures import fdc
from sensorscape.report.style import UndefinedFigure


def draw(made, look, budget=9, **options):
    tables = [made.tables[name] for name in ("fdc_points", "fdc_fits", "fdc_boxes")]
    return fdc.draw(*tables, budget=budget, sensors=look["sensors"], palette=look["palette"], **options)


def test_a_row_per_distance_and_a_column_per_sensor(made, look):
    axes, table = draw(made, look)
    assert len(axes) == 6
    assert axes[0].get_xlabel() == "distance to x* (bits of the code)"
    assert axes[3].get_xlabel() == "distance to x* (edits)"
    assert len(table) == 24 * 3 * 2


def test_the_line_of_the_table_is_the_papers_fit(made, look):
    _, table = draw(made, look)
    mine = table[(table["sensor"] == "s2") & (table["distance"] == "code")]
    slope, intercept = np.polyfit(mine["d"], mine["fitness"], 1)  # x* included
    assert mine["line"].to_numpy() == pytest.approx(intercept + slope * mine["d"].to_numpy())


def test_the_title_holds_n_and_the_robust_correlation(made, look):
    axes, _ = draw(made, look)
    assert axes[0].get_title(loc="left") == "s1 (n = 24)\nr = −0.20 [−0.50, 0.20]"


def test_points_lead_to_their_models_but_not_those_of_tables(made, look):
    def links(axes):
        return [url for collection in axes.collections for url in collection.get_urls() if url]

    axes, _ = draw(made, look, unlinked={"s1"})
    assert links(axes[0]) == []
    assert len(links(axes[1])) == 23  # the best one is the star


def test_points_at_one_distance_part_by_less_than_half_a_step(made):
    shift = fdc._jitter(made.tables["fdc_points"])
    assert np.abs(shift).max() <= 0.16
    assert (shift == fdc._jitter(made.tables["fdc_points"])).all()


def test_a_budget_without_models_is_a_reason(made, look):
    with pytest.raises(UndefinedFigure):
        draw(made, look, 108)


def test_the_words_say_which_way_the_line_goes(made, look):
    assert "s1 by code distance: falls by" in fdc.describe(draw(made, look)[1])


def test_a_sensor_without_a_distance_says_why_and_the_row_keeps_its_label(made, look):
    points, fits, boxes = (made.tables[name] for name in ("fdc_points", "fdc_fits", "fdc_boxes"))
    here = (points["sensor"] == "s1") & (points["distance"] == "edit")
    why = (fits["sensor"] == "s1") & (fits["distance"] == "edit")
    fits = fits.assign(reason=fits["reason"].where(~why, "too many cells"))
    axes, _ = fdc.draw(points[~here], fits, boxes, budget=9, sensors=look["sensors"], palette=look["palette"])
    assert not axes[3].axison
    assert "s1: too many cells" in axes[3].texts[0].get_text()
    assert [panel.get_ylabel() for panel in axes[3:5]] == ["", "fitness (kappa)"]


def test_the_title_says_how_many_of_very_many_are_drawn(made, look):
    points, fits, boxes = (made.tables[name] for name in ("fdc_points", "fdc_fits", "fdc_boxes"))
    axes, _ = fdc.draw(points, fits.assign(n=30_001), boxes, budget=9, sensors=look["sensors"], palette=look["palette"])
    assert axes[0].get_title(loc="left").startswith("s1 (n = 30\u202f001, 24 drawn)")
