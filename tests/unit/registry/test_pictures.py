"""Pictures of a run, written by hand: valid SVG with every vertex, edge, count and point, and harmless names."""

from xml.etree import ElementTree

from sensorscape.registry import pictures

SVG = "{http://www.w3.org/2000/svg}"


def parse(content):
    return ElementTree.fromstring(content if isinstance(content, str) else content.decode())  # noqa: S314 - our own


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def test_a_cell_shows_every_vertex_and_edge():
    cell = {"hash": "a" * 32, "matrix": [[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], "ops": ["conv1x1", "maxpool3x3"]}
    root = parse(pictures.cell(cell))
    assert texts(root)[1:] == ["input", "conv1x1", "maxpool3x3", "output"]
    assert len(list(root.iter(f"{SVG}path"))) - 1 == 5  # one is the arrow's tip


def test_labels_that_name_input_and_output_are_taken_as_they_are():
    cell = {"hash": "a" * 32, "matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}
    assert texts(parse(pictures.cell(cell)))[1:] == ["input", "output"]


def test_a_confusion_matrix_shows_counts_and_shades_rows():
    root = parse(pictures.confusion([[3, 1], [0, 4]], "a title"))
    assert {"3", "1", "4", "a title"} <= set(texts(root))
    shades = [element.get("fill") for element in root.iter(f"{SVG}rect")][1:]
    assert shades[2] == "rgb(255,255,255)"
    assert shades[3] == "rgb(8,64,129)"


def test_an_empty_class_is_no_division_by_zero():
    assert parse(pictures.confusion([[0, 0], [1, 1]], "t")) is not None


def test_a_learning_curve_has_a_point_per_epoch_and_budget(record):
    root = parse(pictures.curve(record(), "t"))
    lines = [element.get("points").split() for element in root.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [3, 2, 2]


def test_a_record_has_the_pictures_it_has_numbers_for(record):
    assert set(pictures.of_record(record())) == {"cell.svg", "confusion.svg", "curve.svg"}
    bare = record(evaluations={}, history={"epoch": [], "loss": [], "learning_rate": [], "seconds": []}, outcome="failed")
    assert set(pictures.of_record(bare)) == {"cell.svg"}


def test_an_undefined_kappa_and_a_single_epoch_are_drawn(record):
    one = record(history={"epoch": [1], "loss": [2.0], "learning_rate": [0.1], "seconds": [1.0]})
    for evaluation in one["evaluations"].values():
        evaluation["test"]["kappa"] = evaluation["train"]["kappa"] = None
    assert "undefined" in texts(parse(pictures.curve(one, "t")))


def test_a_name_is_text_and_no_markup(record):
    assert "<script>" not in pictures.confusion([[1]], "<script>alert(1)</script>")
