import pandas as pd

from sensorscape.report.catalogue import Entry, entries
from sensorscape.report.drawing import Drawn, draw, draw_all
from sensorscape.report.style import canvas


def test_every_figure_is_drawn_or_says_why_not(material):
    drawn = draw_all(entries(material), material)
    reasons = {name: result for name, result in drawn.items() if isinstance(result, str)}
    assert reasons == {"reliability": "one seed per cell: several are needed (training.seeds)"}
    for result in drawn.values():
        if isinstance(result, Drawn):
            assert result.svg.startswith(b"<?xml")
            assert result.pdf.startswith(b"%PDF")
            assert isinstance(result.table, pd.DataFrame)
            assert len(result.alt) > 30
            assert "nan" not in result.alt


def test_the_number_of_processes_changes_no_byte(material):
    some = {name: entry for name, entry in entries(material).items() if name in ("radar", "density", "means", "reliability")}
    alone, together = draw_all(some, material, processes=1), draw_all(some, material, processes=2)
    assert list(alone) == list(together)
    for name in ("radar", "density", "means"):
        assert alone[name].svg == together[name].svg
        assert alone[name].pdf == together[name].pdf
    assert alone["reliability"] == together["reliability"]


def test_a_figure_can_do_without_its_pdf(material):
    assert draw(entries(material)["means"], material, pdf=False).pdf == b""


def test_a_fault_of_a_figure_is_not_taken_for_a_reason(material):
    def broken(material):
        raise KeyError("column")

    entry = Entry("x", "", "x", "x", broken, str)
    try:
        draw(entry, material)
    except KeyError:
        return
    raise AssertionError("a programming error was shown as an undefined figure")


def test_a_tables_fitness_has_its_own_unit_on_the_axes_and_in_words(make, page_of):
    made = make(("cifar10",))
    made.footprint["conditions"]["tables"] = {"cifar10": {"path": "x.csv", "unit": "accuracy"}}
    axes = canvas()[0, 0]
    axes.set_xlabel("fitness (Cohen's kappa)")
    axes.set_ylabel("density (1/kappa)")
    entry = Entry("x", "", "x", "x", lambda material: (axes, pd.DataFrame()), lambda table: "falls by 0.01 kappa per step")
    drawn = draw(entry, page_of(made), pdf=False)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("fitness (accuracy)", "density (1/accuracy)")
    assert drawn.alt == "falls by 0.01 accuracy per step"
