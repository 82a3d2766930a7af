"""What a section asks for: a figure by name, a table by its frame. Keeps the frames that become CSV files."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sensorscape.report.blocks import Block, Bullets, Missing, Picture, Words
from sensorscape.report.catalogue import Entry
from sensorscape.report.drawing import Drawn
from sensorscape.report.material import Material
from sensorscape.report.sentences import grouped, worded
from sensorscape.report.style import inline_svg
from sensorscape.report.tables import Column, tabulate


class View:
    """The page in the making.

    Attributes:
        material: what it is made of.
        frames: tables that the page shows, by name: the CSV files beside the figures' own.
    """

    def __init__(self, material: Material, catalogue: Mapping[str, Entry], drawn: Mapping[str, Drawn | str]) -> None:
        self.material = material
        self.frames: dict[str, pd.DataFrame] = {}
        self._catalogue, self._drawn = catalogue, drawn

    def figure(self, name: str, caption: str = "") -> Block:
        """The figure `name`, or the reason why it cannot be drawn."""
        entry, drawn = self._catalogue[name], self._drawn[name]
        if isinstance(drawn, str):
            return Missing(name, entry.title, drawn, entry.label)
        return Picture(name, entry.title, inline_svg(drawn.svg, name, drawn.alt), drawn.alt, caption, entry.read, entry.label)

    def table(self, name: str, title: str, frame: pd.DataFrame, columns: Sequence[Column], **options: Any) -> Block:
        """A table, see `tables.tabulate`; its frame is kept for the CSV."""
        block = tabulate(name, title, frame, columns, self.material.palette, **options)
        if not isinstance(block, Missing):
            self.frames[name] = frame
        return block

    def statements(self, *topics: str) -> tuple[Block, ...]:
        """What the footprint stage says about `topics`, and what this study cannot estimate of them."""
        said = self.sentences("statements", *topics)
        cannot = self.sentences("cannot", *topics)
        blocks: list[Block] = []
        if said:
            blocks.append(Bullets(said))
        if cannot:
            blocks.append(Words(cannot, "note"))
        return tuple(blocks)

    def sentences(self, key: str, *topics: str) -> tuple[str, ...]:
        """The footprint's `statements` or its `cannot` (`key`) on `topics`, on all when none is named; see `sentences.grouped`."""
        found = [item["text"] for item in self.material.footprint.get(key, ()) if not topics or item["topic"] in topics]
        return grouped([worded(sentence) for sentence in found], self.material.sensors)
