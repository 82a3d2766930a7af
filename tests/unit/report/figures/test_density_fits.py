import pytest

from sensorscape.report.figures import density_fits
from sensorscape.report.style import UndefinedFigure


def draw(made, look, kind, curves=None):
    tables = made.tables
    data = tables["histogram" if kind == "density" else "ecdf"]
    frame = tables["curves"] if curves is None else curves
    return density_fits.draw(frame, data, tables["densities"], kind=kind, budget=9, sensors=look["sensors"], palette=look["palette"])


@pytest.mark.parametrize("kind", ["density", "cumulative"])
def test_three_families_over_the_data(made, look, kind):
    axes, table = draw(made, look, kind)
    assert set(axes[0].get_legend_handles_labels()[1]) == {"beta", "weibull", "log-normal", "data"}
    assert list(dict.fromkeys(table["curve"])) == ["data", "beta", "weibull", "log-normal"]
    assert axes[0].get_title(loc="left") == "s1 (n = 24), best: beta"


def test_the_best_family_has_the_thickest_line(made, look):
    axes, _ = draw(made, look, "density")
    widths = {line.get_label(): line.get_linewidth() for line in axes[0].lines}
    assert max(widths, key=widths.get) == "beta"


def test_the_distribution_function_ends_at_one(made, look):
    axes, _ = draw(made, look, "cumulative")
    steps = next(line for line in axes[0].lines if line.get_label() == "data")
    assert steps.get_ydata()[-1] == pytest.approx(1)


def test_without_fits_the_reason_is_given(made, look):
    curves = made.tables["curves"]
    with pytest.raises(UndefinedFigure):
        draw(made, look, "density", curves[curves["curve"] == "kernel"])
