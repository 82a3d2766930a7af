from sensorscape.report.catalogue import entries
from sensorscape.report.sections import build
from sensorscape.report.view import View


def test_the_story_goes_from_words_to_undefined_values(material):
    catalogue = entries(material)
    sections = build(View(material, catalogue, dict.fromkeys(catalogue, "not drawn here")))
    names = [section.name for section in sections]
    assert names[0] == "summary"
    assert names[-1] == "undefined"
    assert len(set(names)) == len(names)


def test_every_figure_of_the_catalogue_has_its_place(material):
    catalogue = entries(material)
    sections = build(View(material, catalogue, dict.fromkeys(catalogue, "not drawn here")))
    placed = [block.name for section in sections for block in section.blocks if getattr(block, "reason", "") == "not drawn here"]
    assert sorted(placed) == sorted(catalogue)
