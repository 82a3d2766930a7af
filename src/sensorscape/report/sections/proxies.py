"""Searching cheaply: proxies, what in a cell matters, and searches replayed."""

import pandas as pd

from sensorscape.report.blocks import Section
from sensorscape.report.tables import Column
from sensorscape.report.view import View

_SENSOR = Column("sensor", "sensor", kind="sensor")


def proxies(view: View) -> Section:
    """Rank correlations and regret curves."""
    m = view.material
    columns = (
        Column("target_sensor", "target", kind="sensor"), Column("target_budget", "@", 0),
        Column("proxy_sensor", "proxy", kind="sensor"), Column("proxy_budget", "@", 0),
        Column("shortlist", "shortlist", 0), Column("regret", "regret", 3, "low", "high"),
        Column("random", "random shortlist", 3), Column("ceiling", "ceiling", 3),
        Column("cost_seconds", "cost (s)", 0), Column("full_seconds", "all at the target (s)", 0),
        Column("scored_on", "scored on", kind="text"), Column("n", "n", 0),
    )  # fmt: skip
    frame = m.tables["proxies"]
    shown = frame[frame["shortlist"] == _shortlist(frame)] if len(frame) else frame
    caption = (
        "One shortlist length for all; the CSV of the figure holds every length. “Same seed” makes every regret optimistic: ranking "
        "and scoring share their noise."
    )
    blocks = (
        *view.statements("proxies"),
        view.figure("correlation"),
        view.figure("proxies"),
        view.table(
            "proxy_regret", "Regret at one shortlist length", shown, columns, caption=caption, fold=True, empty="no proxy could be tried"
        ),
    )
    return Section(
        "proxies",
        "Searching with a cheap sensor or budget",
        "The question the paper leaves open: can a cheap landscape stand in for an expensive one?",
        blocks,
    )


def features(view: View) -> Section:
    """Linear model of the fitness and its interactions with the sensor."""
    m = view.material
    columns = (
        Column("feature", "feature", kind="text"), Column("first", "first", kind="sensor"), Column("second", "second", kind="sensor"),
        Column("difference", "difference of coefficients", 3, "low", "high"), Column("p_holm", "p (Holm)", kind="p"), Column("n", "n", 0),
    )  # fmt: skip
    table = view.table(
        "interactions",
        "Does a feature matter differently to two sensors?",
        m.tables["interactions"],
        columns,
        fold=True,
        empty="two sensors are needed",
    )
    return Section(
        "features",
        "What in a cell matters",
        "Which features of a cell go with a high fitness?",
        (*view.statements("features"), view.figure("features"), table),
    )


def replay(view: View) -> Section:
    """Searches replayed, and whether an easier footprint means a quicker search."""
    m = view.material
    columns = (
        Column("algorithm", "algorithm", kind="text"),
        Column("neighbourhood", "neighbourhood", kind="text"),
        Column("measure", "against", kind="text"),
        Column("spearman", "rank correlation", 2, "low", "high"),
        Column("p", "p", kind="p"),
        Column("landscapes", "landscapes", 0),
    )
    caption = (
        "Rank correlation between the landscape's measure and the area under the search's normalised regret, less random search's on the "
        "same landscape (random search: the area itself). Negative against ρ: smoother landscapes are searched more quickly. "
        "Budgets of one table and its subspaces are counted as landscapes of their own, though they are not independent."
    )
    summary = (
        Column("landscape", "landscape", kind="text"), Column("budget", "budget", 0),
        Column("neighbourhood", "neighbourhood", kind="text"), Column("algorithm", "algorithm", kind="text"),
        Column("cells", "cells", 0), Column("rho", "exact ρ", 3), Column("optima", "optima per cell", 3), Column("fdc", "FDC r", 2),
        Column("median_evaluations", "median evaluations", 0),
        Column("found", "found", kind="share"), Column("area", "area", 3), Column("seeds", "seeds", 0),
    )  # fmt: skip
    blocks = (
        *view.statements("replay"),
        view.figure("replay"),
        view.figure("replay_landscapes"),
        view.table(
            "replay_correlation",
            "The landscape's measures against the search's regret",
            m.tables["replay_correlation"],
            columns,
            caption=caption,
            empty="no landscape was searched",
        ),
        view.table("replay_summary", "All landscapes", m.tables["replay_summary"], summary, fold=True, empty="no landscape was searched"),
    )
    return Section("replay", "Search replay", "Does a search really go faster where the footprint says it should?", blocks)


def _shortlist(frame: pd.DataFrame) -> int:
    """The longest shortlist of at most a tenth of the cells that the table has, or its shortest; 0 when every length is undefined."""
    lengths = sorted(int(m) for m in frame["shortlist"].dropna().unique())
    if not lengths:
        return 0
    small = [m for m in lengths if m <= max(1, int(frame["n"].max()) // 10)]
    return small[-1] if small else lengths[0]
