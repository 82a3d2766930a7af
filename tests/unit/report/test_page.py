import re
from html.parser import HTMLParser

from sensorscape.report.blocks import Beside, Bullets, Cell, Facts, Missing, Picture, Section, Table, Words
from sensorscape.report.page import render

SVG = '<svg role="img" aria-label="a line"><path id="x-p" d="M0 0"/></svg>'
TABLE = Table(
    "t", "A table", ("name", "value"), ((Cell("a", swatch="#fff"), Cell("1", under=("[0, 2]", "n = 3"), why="because")),), csv=True
)
EVERYTHING = (
    Section(
        "one",
        "First",
        "lead",
        (Words(("plain",)), Words(("watch out",), "warning"), Bullets(("item one",), "List"), Facts((("term", "value"),), "Facts")),
    ),
    Section(
        "two",
        "Second",
        "",
        (TABLE, Table("f", "Folded", ("a", "b"), ((Cell("1", href="https://x"), Cell("2")),), fold=True, label="Table 1")),
    ),
    Section(
        "three",
        "Third",
        "",
        (Picture("fig", "A figure", SVG, "a line", "caption", "read me", "Figure 1"), Missing("gone", "Gone", "too few", "Figure 2")),
    ),
    Section("four", "Fourth", "", (Beside((Picture("b", "B", SVG, "b", files=False), Missing("c", "C", "none"))),)),
)


class Balance(HTMLParser):
    """Fails on tags that are not closed in order."""

    void = frozenset({"meta", "link", "br", "path"})

    def __init__(self):
        super().__init__()
        self.open, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(html):
    found = Balance()
    found.feed(html)
    assert found.open == []
    return found


def test_the_page_is_well_formed_and_its_anchors_are_distinct():
    found = parsed(render("Title", EVERYTHING, badges=["synthetic data"], colours={"s1": "#0072B2"}))
    assert len(set(found.ids)) == len(found.ids)
    assert {"part-one", "part-two", "part-three", "part-four", "fig", "gone", "t", "f"} <= set(found.ids)


def test_every_section_is_in_the_contents():
    html = render("Title", EVERYTHING)
    assert re.findall(r'<li><a href="#part-([a-z]+)">', html) == ["one", "two", "three", "four"]


def test_nothing_is_fetched_from_anywhere():
    """Offline means: no script, no stylesheet, no picture, no font that is not inside."""
    html = render("Title", EVERYTHING)
    assert "<script" not in html
    assert not re.search(r'\ssrc="(?!data:)', html)
    assert not re.search(r'<link[^>]+href="(?!data:)', html)
    assert "url(http" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_what_comes_out_of_files_cannot_become_markup():
    evil = '<script>alert("x")</script>'
    html = render(evil, (Section("a", evil, evil, (Words((evil,)), Missing("m", evil, evil))),), badges=[evil])
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_equal_pages_are_equal_bytes():
    assert render("Title", EVERYTHING) == render("Title", EVERYTHING)


def test_a_figure_names_its_files_unless_it_has_none():
    html = render("Title", EVERYTHING)
    assert 'href="figures/fig.svg"' in html
    assert 'href="figures/fig.pdf"' in html
    assert 'href="tables/fig.csv"' in html
    assert "figures/b.svg" not in html


def test_there_is_a_view_for_paper():
    assert "@media print" in render("Title", EVERYTHING)
