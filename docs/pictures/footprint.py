"""Make docs/pictures/footprint.png, the picture of the README, from the footprint of the study in this folder.

Run after `dvc repro`, in the project's root: .venv/bin/python docs/pictures/footprint.py
"""

import io
from pathlib import Path

import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from sensorscape.report.catalogue import entries
from sensorscape.report.material import Material, read_footprint
from sensorscape.report.palette import Palette
from sensorscape.report.style import styled
from sensorscape.report.text import listed

SHOWN = ("radar", "density", "persistence_positive")
DOTS = 120
INK, MUTED, AMBER = (27, 37, 48), (92, 102, 112), (138, 75, 0)


def main() -> None:
    """Draw the figures, one below the other, under a heading that says what the data are."""
    footprint, tables = read_footprint(Path("reports"))
    material = Material(footprint, tables, Palette(footprint["sensors"]))
    catalogue = entries(material)
    pictures = [(f"{catalogue[name].label}  {catalogue[name].title}", picture(catalogue[name].draw(material)[0])) for name in SHOWN]
    width, head = max(image.width for _, image in pictures), 34
    sheet = Image.new("RGB", (width, 62 + sum(image.height + head for _, image in pictures)), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((10, 8), f"The footprint of {listed(footprint['sensors'])}", INK, font=font(24, bold=True))
    counts = listed([str(n) for n in sorted({found["accepted"] for found in footprint["conditions"]["runs"].values()})])
    about = f"SYNTHETIC data: study “{footprint['study']}”, {counts} cells a sensor; no finding about real satellite images"
    pen.text((10, 40), about, AMBER, font=font(15))
    y = 66
    for title, image in pictures:
        pen.text((10, y + 6), title, MUTED, font=font(16, bold=True))
        sheet.paste(image, (0, y + head - 4))
        y += image.height + head
    sheet.quantize(200, dither=Image.Dither.NONE).save("docs/pictures/footprint.png", optimize=True)


def picture(axes: object) -> Image.Image:
    """The figure of `axes` as pixels."""
    figure: Figure = np.atleast_1d(np.array(axes, dtype=object)).flat[0].figure
    stream = io.BytesIO()
    with styled():
        figure.savefig(stream, format="png", dpi=DOTS)
    return Image.open(stream).convert("RGB")


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The figures' own typeface."""
    return ImageFont.truetype(font_manager.findfont(font_manager.FontProperties(weight="bold" if bold else "normal")), size)


if __name__ == "__main__":
    main()
