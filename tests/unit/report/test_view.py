import pandas as pd

from sensorscape.report.blocks import Bullets, Missing, Picture, Words
from sensorscape.report.catalogue import entries
from sensorscape.report.drawing import draw
from sensorscape.report.tables import Column
from sensorscape.report.view import View


def view_of(material, *names):
    catalogue = entries(material)
    return View(material, catalogue, {name: draw(catalogue[name], material, pdf=False) for name in names})


def test_a_drawn_figure_is_a_picture_and_an_undefined_one_its_reason(material):
    view = view_of(material, "means", "reliability")
    picture, missing = view.figure("means", "caption"), view.figure("reliability")
    assert isinstance(picture, Picture)
    assert picture.caption == "caption"
    assert picture.alt.startswith("Mean fitness by training budget")
    assert isinstance(missing, Missing)
    assert missing.reason.startswith("one seed per cell")


def test_frames_of_tables_are_kept_for_their_files(material):
    view = view_of(material)
    frame = pd.DataFrame({"n": [1]})
    view.table("counts", "Counts", frame, (Column("n", "n", 0),))
    view.table("nothing", "Nothing", frame.iloc[:0], (Column("n", "n", 0),))
    assert list(view.frames) == ["counts"]


def test_statements_of_a_topic_and_what_cannot_be_told(material):
    assert view_of(material).statements("overview") == (Bullets(("The mean fitness differs between s1 and s2 by more than noise.",)),)
    (cannot,) = view_of(material).statements("persistence")
    assert isinstance(cannot, Words)
    assert cannot.kind == "note"
    assert view_of(material).statements("features") == ()
