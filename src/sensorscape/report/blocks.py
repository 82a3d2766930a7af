"""What a page is made of: sections of words, facts, tables and figures. Plain data; the template gives them their form."""

from dataclasses import dataclass, field
from typing import Literal

UNDEFINED = "–"


@dataclass(frozen=True)
class Words:
    """Paragraphs. `kind`: ``plain``, ``note`` (a rule beside it) or ``warning`` (what must not be overlooked)."""

    paragraphs: tuple[str, ...]
    kind: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Terms and what holds for them, as a two-column list."""

    rows: tuple[tuple[str, str], ...]
    title: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, muted lines under it, a link, a colour swatch before it, and the reason why it is empty."""

    text: str
    under: tuple[str, ...] = ()
    href: str = ""
    swatch: str = ""
    why: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the page.

    Args:
        name: its id on the page and, when `csv`, the name of its file below ``tables/``.
        rows: cells by row; the first cell of a row is its header.
        numeric: by column, whether it holds numbers, which are aligned to the right; empty: all but the first.
        fold: show it closed, to be opened by the reader (it is open in print).
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    label: str = ""
    caption: str = ""
    csv: bool = False
    numeric: tuple[bool, ...] = ()
    fold: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure in its place: markup, caption, how to read it, what it shows in words, and whether it also has files beside the page."""

    name: str
    title: str
    svg: str
    alt: str
    caption: str = ""
    read: str = ""
    label: str = ""
    files: bool = True


@dataclass(frozen=True)
class Missing:
    """A figure or table that these data cannot give, and why; `lead` stands before the reason."""

    name: str
    title: str
    reason: str
    label: str = ""
    lead: str = "Not drawn: "


@dataclass(frozen=True)
class Beside:
    """The same figure of several footprints: next to each other where the window is wide enough, else one above the other."""

    parts: tuple[Picture | Missing, ...]


Block = Words | Bullets | Facts | Table | Picture | Missing | Beside


@dataclass(frozen=True)
class Section:
    """A heading, one sentence that says what the section answers, and its blocks."""

    name: str
    title: str
    lead: str = ""
    blocks: tuple[Block, ...] = field(default=())
