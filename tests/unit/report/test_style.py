import re

import numpy as np
import pytest

from sensorscape.report import style


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return np.array(linear)


DEUTERANOPIA = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
PROTANOPIA = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])


def test_the_papers_sensors_are_blue_amber_and_green():
    palette = style.Palette(["fusion", "s2", "s1"])
    assert [palette.colour(name) for name in ("s1", "s2", "fusion")] == ["#0072B2", "#E69F00", "#009E73"]


def test_a_sensor_keeps_its_colour_when_a_variant_leaves_others_out():
    defined = ["s1", "s2", "fusion", "rgb", "nir"]
    palette = style.Palette(defined)
    used_alone = style.Palette(defined)
    assert used_alone.colour("nir") == palette.colour("nir")
    assert palette.colour("rgb") != palette.colour("nir")


def test_many_sensors_get_a_look_each():
    names = [f"sensor{i}" for i in range(7)]
    palette = style.Palette(["s1", "s2", "fusion", *names])
    looks = [palette[name] for name in ("s1", "s2", "fusion", *names)]
    assert len({look.colour for look in looks}) == 10
    assert len({look.marker for look in looks}) == 10
    assert len({str(look.dash) for look in looks}) == 10


@pytest.mark.parametrize("deficiency", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_the_three_sensors_stay_apart_for_the_colour_blind(deficiency):
    """Machado et al. 2009, severity 1: the simulated colours differ by more than a tenth of the range."""
    seen = [np.clip(deficiency @ luminance(colour), 0, 1) for colour in (style.S1, style.S2, style.FUSION)]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 0.1


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
