import re

import pytest

from sensorscape.report import style


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
