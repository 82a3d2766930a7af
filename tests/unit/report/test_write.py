import csv
import hashlib
import re

import pytest

from sensorscape.report.write import badges, subtitle, title, write_report


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def written(material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    write_report(material, folder)
    return folder


@pytest.fixture(scope="module")
def html(written):
    return (written / "index.html").read_text(encoding="utf-8")


def test_every_figure_has_three_files(written):
    figures = {path.stem for path in (written / "figures").glob("*.svg")}
    assert len(figures) == 20
    assert {path.stem for path in (written / "figures").glob("*.pdf")} == figures
    assert figures <= {path.stem for path in (written / "tables").glob("*.csv")}


def test_every_link_to_a_file_finds_it(written, html):
    files = set(re.findall(r'href="((?:figures|tables)/[^"]+)"', html))
    assert len(files) > 60
    assert {name for name in files if not (written / name).is_file()} == set()


def test_every_anchor_is_there_once(html):
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_the_paper_is_complete(html):
    for number in range(1, 12):
        assert f"Figure {number}<" in html
    for number in (1, 2, 3):
        assert f"Table {number}<" in html
    for value in ("published 17.84", "53.63", "165.18", "published 31.82"):
        assert value in html


def test_synthetic_data_are_called_so_in_the_title_the_badges_and_the_data(html, material):
    assert title(material).endswith("on synthetic data")
    assert "synthetic data" in badges(material)
    assert "Nothing on this page is a finding about real" in html
    assert "The data (synthetic)" in html


def test_the_page_has_no_script_and_fetches_nothing(html):
    assert "<script" not in html
    assert not re.search(r'\ssrc="(?!data:)', html)
    addresses = set(re.findall(r'https?://[^"\s<)]+', html))
    outside = {address for address in addresses if not address.startswith(("http://127.0.0.1:5000", "http://www.w3.org/"))}
    assert outside == set()


def test_points_lead_to_registered_models(html):
    assert "http://127.0.0.1:5000/#/models/cell-" in html


def test_reasons_stand_where_numbers_cannot(html):
    assert "33 models are needed" in html
    assert "one seed per cell" in html


def test_tables_hold_all_digits(written, made):
    with (written / "tables" / "means.csv").open(encoding="utf-8") as lines:
        first = next(csv.DictReader(lines))
    assert float(first["mean"]) == pytest.approx(made.tables["means"]["mean"].iloc[0], rel=1e-9)


def test_a_tiny_study_gets_its_page_twice_with_the_same_bytes(make, page_of, tmp_path):
    material = page_of(make(("s2",), n=3, steps=3, replay=False))
    for name in ("once/figures/old.svg", "once/tables/old.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("left by an earlier report")
    for name in ("once", "again"):
        write_report(material, tmp_path / name)
    assert digests(tmp_path / "once") == digests(tmp_path / "again")


def test_any_number_of_sensors_with_any_name_gets_its_page(make, page_of, tmp_path):
    sensors = ("rgb", "s1", "a-very-long-sensor-name", "b", "c")
    page = write_report(page_of(make(sensors, n=2, steps=4, replay=False)), tmp_path).read_text(encoding="utf-8")
    assert page.count("<section") == 17
    assert "Not drawn:" in page


def test_a_study_without_a_single_model_gets_its_page(make, page_of, tmp_path):
    made = make(("s1",), n=3, steps=3, replay=False)
    for name, frame in made.tables.items():
        made.tables[name] = frame.iloc[:0]
    made.footprint["statements"] = []
    page = write_report(page_of(made), tmp_path).read_text(encoding="utf-8")
    assert "There is too little to say anything" in page
    assert page.count("Not drawn:") > 15


def test_the_heading_counts_models_and_a_partial_page_says_so(make, page_of):
    made = make()
    assert "24 (s1), 24 (s2) and 24 (fusion) accepted models" in subtitle(page_of(made))
    partial = page_of(made, partial="12 of 78 runs have ended.")
    assert title(partial).startswith("The partial footprint")
    assert "partial: the study is not finished" in badges(partial)
