import re

from sensorscape.report.compare import FIGURES, Side, differing, write_comparison


def side(made, name, **changes):
    parts = {
        "commit": "0123456789abcdef",
        "metrics": made.metrics,
        "undefined": made.undefined,
        "footprint": made.footprint,
        "tables": made.tables,
    }
    return Side(name=name, **(parts | changes))


def written(sides, folder):
    write_comparison(sides, folder / "index.html")
    return (folder / "index.html").read_text(encoding="utf-8")


def test_two_footprints_stand_side_by_side(made, make, tmp_path):
    html = written([side(made, "main"), side(make(("s1",), n=3, steps=4, replay=False), "exp-one")], tmp_path)
    assert "Footprints of main and exp-one" in html
    assert html.count("<figure ") >= len(FIGURES)
    assert 'title="exp-one did not train s2"' in html
    assert f"{made.metrics['s1']['mean']:.3f}" in html


def test_only_parameters_that_differ_are_listed(made, tmp_path):
    sides = [
        side(made, "main", params={"training.batch": 64, "training.seeds": [0], "study": "a"}),
        side(made, "exp", params={"training.batch": 64, "training.seeds": [0, 1], "study": "a", "new": True}),
    ]
    assert differing(sides) == ["new", "training.seeds"]
    html = written([sides[0], side(made, "exp", footprint=None, tables=None, params=sides[1].params)], tmp_path)
    assert "What differs in params.yaml" in html
    assert "training.seeds" in html
    assert "training.batch" not in html
    assert "absent" in html


def test_synthetic_data_are_called_synthetic(made, tmp_path):
    simulated, real = side(made, "main", synthetic=True), side(made, "real")
    assert ">synthetic data: main<" in written([simulated, real], tmp_path)
    assert ">synthetic data<" in written([simulated, side(made, "other", synthetic=True)], tmp_path)
    assert ">synthetic data" not in written([real], tmp_path)


def test_curves_that_are_not_here_leave_the_metrics(made, tmp_path):
    html = written([side(made, "main", footprint=None, tables=None, missing="dvc fetch first") for _ in range(1)], tmp_path)
    assert html.count("Not drawn: dvc fetch first") == 1
    assert "<figure" not in html
    assert f"{made.metrics['s2']['sd']:.3f}" in html


def test_the_page_needs_nothing_beside_it(made, tmp_path):
    html = written([side(made, "main", footprint=None, tables=None)], tmp_path)
    assert "<script" not in html
    assert not re.search(r'href="(figures|tables)/', html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)


def test_an_undefined_metric_says_why_on_its_side(made, tmp_path):
    html = written([side(made, "main", footprint=None, tables=None)], tmp_path)
    assert 'title="33 models are needed, there are 24"' in html


def test_a_figure_of_another_budget_says_so_beside_the_first(made, make, tmp_path):
    other = make(("s1",), n=3, steps=4, replay=False)
    other.footprint["budget"] = 3
    html = written([side(made, "main"), side(other, "early")], tmp_path)
    assert "early: Density of the fitness after 3 epochs" in html
    assert "early: The footprint radar" not in html
