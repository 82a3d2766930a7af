import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sensorscape.report import style
from sensorscape.report.catalogue import entries


def test_shade_goes_from_white_to_the_colour():
    assert style.shade("#0072B2", 0.0) == (1.0, 1.0, 1.0)
    assert style.shade("#0072B2", 1.0) == pytest.approx((0, 0x72 / 255, 0xB2 / 255))


def drawn():
    with style.styled():
        axes = style.canvas(1, 2)
        axes[0, 0].plot([0, 1], [1, 0])
        axes[0, 1].scatter([0, 1], [1, 0]).set_urls(["http://127.0.0.1:5000/#/models/cell-0123456789ab"] * 2)
    return axes[0, 0].figure


def test_equal_figures_give_equal_bytes_without_a_date():
    assert style.svg_bytes(drawn()) == style.svg_bytes(drawn())
    assert style.pdf_bytes(drawn()) == style.pdf_bytes(drawn())
    assert b"dc:date" not in style.svg_bytes(drawn())
    assert b"CreationDate" not in style.pdf_bytes(drawn())


def ends_of(figure):
    """Left and right end of a figure's legends and its width, in pixels, as Matplotlib measures them; the height above the panels."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [legend.get_window_extent(renderer) for legend in figure.legends]
    top = max(axes.get_position().y1 for axes in figure.axes) * figure.bbox.height
    return [(box.x0, box.x1, box.y0) for box in boxes], figure.bbox.width, top


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_a_legend_above_fits_the_figure_and_leaves_the_panels_their_size(columns):
    with style.styled():
        axes = style.canvas(1, columns)
        before = axes[0, 0].get_window_extent().size.copy()
        lines = [axes[0, 0].plot([0, 1], [1, place], label=f"a rather long name {place}")[0] for place in range(5)]
        style.legend_above(axes[0, 0], lines, [line.get_label() for line in lines])
    [(left, right, bottom)], width, top = ends_of(axes[0, 0].figure)
    assert 0 <= left < right <= width
    assert bottom >= top - 8  # a title may stand between, a panel may not
    assert axes[0, 0].get_window_extent().size == pytest.approx(before)


@pytest.mark.parametrize("sensors", [("s1",), ("s1", "s2")])
def test_no_legend_of_the_page_is_cut_off(make, page_of, sensors):
    material = page_of(make(sensors))
    figures = {}
    for name, entry in entries(material).items():
        try:
            axes, _ = entry.draw(material)
        except style.UndefinedFigure:
            continue
        figures[name] = np.atleast_1d(np.array(axes, dtype=object)).flat[0].figure
    assert {"density_cumulative", "proxies", "persistence_positive"} <= set(figures)
    for name, figure in figures.items():
        legends, width, _ = ends_of(figure)
        for left, right, _ in legends:
            assert 0 <= left < right <= width + 1, name


def test_an_inline_picture_has_its_own_ids_and_words():
    text = style.inline_svg(style.svg_bytes(drawn()), "walk", 'a "walk" & more')
    assert text.startswith("<svg ")
    assert 'aria-label="a &#34;walk&#34; &amp; more"' in text
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    assert ids
    assert all(name.startswith("walk-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= ids
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids
    assert "<?xml" not in text
    assert "<metadata>" not in text


def test_linked_points_say_where_they_lead():
    text = style.inline_svg(style.svg_bytes(drawn()), "x", "y")
    assert "<title>cell-0123456789ab in MLflow</title>" in text
    assert 'rel="noopener"' in text
    assert '<svg role="group"' in text
    plain = style.inline_svg(style.svg_bytes(drawn()).replace(b"<a ", b"<g ").replace(b"</a>", b"</g>"), "x", "y")
    assert '<svg role="img"' in plain
