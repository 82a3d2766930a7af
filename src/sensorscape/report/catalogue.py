"""Which figures the page has: name, number in the paper, title, and how each is drawn from the material."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sensorscape.report.figures import (
    correlation,
    data_shown,
    density,
    density_fits,
    differences,
    fdc,
    fdc_change,
    features,
    means,
    persistence,
    proxies,
    radar,
    reliability,
    replay,
    replay_landscapes,
    ruggedness,
    walk,
)
from sensorscape.report.material import Material

Draw = Callable[[Material], tuple[Any, pd.DataFrame]]


@dataclass(frozen=True)
class Entry:
    """A figure of the page.

    Attributes:
        name: of its files and its place on the page.
        label: its number in the paper, empty for figures the paper does not have.
        title, read: above it, and how to read it.
        draw: axes and plotted table; raises `UndefinedFigure`.
        describe: the picture in words, from the plotted table.
    """

    name: str
    label: str
    title: str
    read: str
    draw: Draw
    describe: Callable[[pd.DataFrame], str]


def entries(m: Material) -> dict[str, Entry]:
    """All figures by name, in reading order."""
    return {entry.name: entry for entry in (*_of_the_paper(m), *_beyond_the_paper(m))}


def _of_the_paper(m: Material) -> list[Entry]:
    """The paper's eleven figures, and beside them what shows their change with the budget."""
    budget, late, to = m.budget, m.late_budget, int(m.footprint["settings"]["persistence_to"])
    return [
        Entry("radar", "Figure 1", radar.TITLE, radar.READ, _radar, radar.describe),
        Entry("data_shown", "Figure 2", data_shown.TITLE, data_shown.read(m.data.pictures), _data_shown, data_shown.describe),
        Entry("density", "Figure 3", density.TITLE.format(budget=budget), density.READ, _density(budget, late=False), density.describe),
        Entry("density_late", "Figure 4", density.TITLE.format(budget=late), density.READ, _density(late, late=True), density.describe),
        Entry(
            "density_fits",
            "Figure 5",
            f"{density_fits.TITLES['density']} after {budget} epochs",
            density_fits.READ,
            _fits("density"),
            density_fits.describe,
        ),
        Entry(
            "density_cumulative",
            "Figure 6",
            f"{density_fits.TITLES['cumulative']} after {budget} epochs",
            density_fits.READ,
            _fits("cumulative"),
            density_fits.describe,
        ),
        Entry("fdc", "Figure 7", fdc.TITLE.format(budget=budget), fdc.READ, _fdc(budget), fdc.describe),
        Entry("fdc_late", "Figure 8", fdc.TITLE.format(budget=late), fdc.READ, _fdc(late), fdc.describe),
        Entry(
            "fdc_change", "", fdc_change.TITLE.format(budget=budget, late_budget=late), fdc_change.READ, _fdc_change, fdc_change.describe
        ),
        Entry("walk", "Figure 9", walk.TITLE.format(budget=walk_budget(m)), walk.READ, _walk, walk.describe),
        Entry("ruggedness", "", ruggedness.TITLE, ruggedness.READ, _ruggedness, ruggedness.describe),
        Entry(
            "persistence_positive",
            "Figure 10",
            persistence.TITLES["positive"],
            persistence.READ.format(side="best"),
            _persistence("positive", to),
            persistence.describe,
        ),
        Entry(
            "persistence_negative",
            "Figure 11",
            persistence.TITLES["negative"],
            persistence.READ.format(side="worst"),
            _persistence("negative", to),
            persistence.describe,
        ),
    ]


def _beyond_the_paper(m: Material) -> list[Entry]:
    """Figures that the paper does not have."""
    return [
        Entry("means", "", means.TITLE, means.READ, _means, means.describe),
        Entry(
            "differences",
            "",
            differences.TITLE,
            differences.READ,
            lambda m: differences.draw(m.tables["differences"]),
            differences.describe,
        ),
        Entry("reliability", "", reliability.TITLE, reliability.READ, _reliability, reliability.describe),
        Entry("correlation", "", correlation.TITLE, correlation.READ, _correlation, correlation.describe),
        Entry("proxies", "", proxies.TITLE, proxies.READ, _proxies, proxies.describe),
        Entry("features", "", features.TITLE.format(budget=m.budget), features.READ, _features, features.describe),
        Entry("replay", "", replay.TITLE, replay.READ, lambda m: replay.draw(m.tables["replay"]), replay.describe),
        Entry("replay_landscapes", "", replay_landscapes.TITLE, replay_landscapes.READ, _replay_landscapes, replay_landscapes.describe),
    ]


def walk_budget(m: Material) -> int:
    """The budget at which the walk is drawn: its own when the walks have it, else the footprint's."""
    own = (m.conditions.get("walk") or {}).get("budget")
    known = set(m.tables["walks"]["budget"].dropna())
    return int(own) if own is not None and own in known else m.budget


def _radar(m: Material) -> tuple[Any, pd.DataFrame]:
    return radar.draw(m.tables["radar"], sensors=m.sensors, palette=m.palette, published=m.published)


def _data_shown(m: Material) -> tuple[Any, pd.DataFrame]:
    return data_shown.draw(m.data.pictures, m.data.classes, m.data.rows)


def _density(budget: int, *, late: bool) -> Draw:
    def draw(m: Material) -> tuple[Any, pd.DataFrame]:
        tables = m.tables["histogram"], m.tables["curves"]
        return density.draw(*tables, budget=budget, sensors=m.sensors, palette=m.palette, published=m.published, late=late)

    return draw


def _fits(kind: Any) -> Draw:
    def draw(m: Material) -> tuple[Any, pd.DataFrame]:
        tables = m.tables["curves"], m.tables["histogram" if kind == "density" else "ecdf"], m.tables["densities"]
        return density_fits.draw(*tables, kind=kind, budget=m.budget, sensors=m.sensors, palette=m.palette)

    return draw


def _fdc(budget: int) -> Draw:
    def draw(m: Material) -> tuple[Any, pd.DataFrame]:
        tables = m.tables["fdc_points"], m.tables["fdc_fits"], m.tables["fdc_boxes"]
        return fdc.draw(*tables, budget=budget, sensors=m.sensors, palette=m.palette, unlinked=m.table_sensors)

    return draw


def _fdc_change(m: Material) -> tuple[Any, pd.DataFrame]:
    return fdc_change.draw(m.tables["fdc_change"], sensors=m.sensors, palette=m.palette)


def _walk(m: Material) -> tuple[Any, pd.DataFrame]:
    looks: dict[str, Any] = {"sensors": m.sensors, "palette": m.palette, "published": m.published, "unlinked": m.table_sensors}
    return walk.draw(m.tables["walks"], m.tables["ruggedness"], budget=walk_budget(m), **looks)


def _ruggedness(m: Material) -> tuple[Any, pd.DataFrame]:
    return ruggedness.draw(m.tables["ruggedness"], sensors=m.sensors, palette=m.palette, published=m.published)


def _persistence(sign: Any, to: int) -> Draw:
    def draw(m: Material) -> tuple[Any, pd.DataFrame]:
        return persistence.draw(m.tables["persistence"], sign=sign, to=to, sensors=m.sensors, palette=m.palette, published=m.published)

    return draw


def _means(m: Material) -> tuple[Any, pd.DataFrame]:
    looks: dict[str, Any] = {"sensors": m.sensors, "palette": m.palette, "published": m.published}
    return means.draw(m.tables["means"], budget=m.budget, late_budget=m.late_budget, **looks)


def _reliability(m: Material) -> tuple[Any, pd.DataFrame]:
    return reliability.draw(m.tables["reliability"], sensors=m.sensors, palette=m.palette)


def _correlation(m: Material) -> tuple[Any, pd.DataFrame]:
    return correlation.draw(m.tables["correlation"], sensors=m.sensors, palette=m.palette)


def _proxies(m: Material) -> tuple[Any, pd.DataFrame]:
    return proxies.draw(m.tables["proxies"], sensors=m.sensors, palette=m.palette)


def _features(m: Material) -> tuple[Any, pd.DataFrame]:
    return features.draw(m.tables["features"], sensors=m.sensors, palette=m.palette)


def _replay_landscapes(m: Material) -> tuple[Any, pd.DataFrame]:
    return replay_landscapes.draw(m.tables["replay_summary"], m.tables["replay_correlation"])
