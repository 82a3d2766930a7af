import numpy as np
import pytest

from sensorscape.report import palette as palettes


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return np.array(linear)


DEUTERANOPIA = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
PROTANOPIA = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])


def test_the_papers_sensors_are_blue_amber_and_green():
    palette = palettes.Palette(["fusion", "s2", "s1"])
    assert [palette.colour(name) for name in ("s1", "s2", "fusion")] == ["#0072B2", "#E69F00", "#009E73"]


def test_a_sensor_keeps_its_colour_when_a_variant_leaves_others_out():
    defined = ["s1", "s2", "fusion", "rgb", "nir"]
    palette = palettes.Palette(defined)
    used_alone = palettes.Palette(defined)
    assert used_alone.colour("nir") == palette.colour("nir")
    assert palette.colour("rgb") != palette.colour("nir")


def test_many_sensors_get_a_look_each():
    names = [f"sensor{i}" for i in range(7)]
    palette = palettes.Palette(["s1", "s2", "fusion", *names])
    looks = [palette[name] for name in ("s1", "s2", "fusion", *names)]
    assert len({look.colour for look in looks}) == 10
    assert len({look.marker for look in looks}) == 10
    assert len({str(look.dash) for look in looks}) == 10


@pytest.mark.parametrize("deficiency", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_the_three_sensors_stay_apart_for_the_colour_blind(deficiency):
    """Machado et al. 2009, severity 1: the simulated colours differ by more than a tenth of the range."""
    seen = [np.clip(deficiency @ luminance(colour), 0, 1) for colour in (palettes.S1, palettes.S2, palettes.FUSION)]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 0.1
