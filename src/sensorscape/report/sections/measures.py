"""The paper's measures one by one: density, FDC, ruggedness, persistence, local optima."""

import pandas as pd

from sensorscape.landscape.schema import FAMILIES
from sensorscape.report.blocks import Block, Section
from sensorscape.report.figures.parts import at
from sensorscape.report.tables import Column
from sensorscape.report.view import View

_SENSOR = Column("sensor", "sensor", kind="sensor")
_BUDGET = Column("budget", "budget", 0)
_PAPER_TABLES = {"s1": 1, "s2": 2, "fusion": 3}


def density(view: View) -> Section:
    """Figures 3–6, Tables 1–3."""
    m = view.material
    blocks: list[Block] = [view.figure(name) for name in ("density", "density_late", "density_fits", "density_cumulative")]
    blocks += view.statements("density")
    blocks += [_fits(view, sensor) for sensor in m.sensors]
    columns = (
        _SENSOR, _BUDGET, Column("points", "points", kind="text"), Column("first", "first", kind="text"),
        Column("second", "second", kind="text"),
        Column("statistic", "Vuong's statistic", 2), Column("p", "p", kind="p"), Column("n", "n", 0),
    )  # fmt: skip
    caption = "Positive: the first family is closer to the data. A large p says that these data do not tell the two apart."
    shown = m.tables["vuong"][m.tables["vuong"]["budget"].isin([m.budget, m.late_budget])]
    blocks.append(view.table("vuong", "Vuong's test between the families", shown, columns, caption=caption, fold=True))
    return Section("density", "Density of the fitness", "How good are cells, and how much do they differ?", tuple(blocks))


def _fits(view: View, sensor: str) -> Block:
    m = view.material
    frame = at(m.tables["densities"], sensor=sensor)
    frame = frame[frame["budget"].isin([m.budget, m.late_budget])]
    stated = [
        m.published.value(sensor, f"log_likelihood_{family}") if budget == m.budget else None
        for family, budget in zip(frame["family"], frame["budget"], strict=True)
    ]
    frame = frame.assign(published=pd.Series(stated, index=frame.index, dtype="float64"))
    columns = (
        Column("family", "density", kind="text"), _BUDGET, Column("points", "points", kind="text"), Column("first", "1st", 3),
        Column("second", "2nd", 3), Column("log_likelihood", "log-lik.", 2), Column("published", "published", 2),
        Column("aic", "AIC", 2),
        Column("bic", "BIC", 2), Column("winner_share", "wins", kind="share"),
        Column("anderson_darling_p", "A–D p", kind="p"),
        Column("kolmogorov_smirnov_p", "K–S p", kind="p"), Column("n", "n", 0),
    )  # fmt: skip
    best = m.published.word(sensor, "best_density")
    caption = (
        "Bold: the smallest AIC. Beta has two shapes, Weibull shape and scale, log-normal mean and deviation of the logarithm. Wins: "
        "the share of "
        "bootstrap samples with the smallest AIC. A–D and K–S: Anderson–Darling and Kolmogorov–Smirnov, p by parametric bootstrap."
    )
    if best in FAMILIES:
        caption += f" The paper found {best} best, on other data and another n: only the order is comparable."
    label = f"Table {_PAPER_TABLES[sensor]}" if sensor in _PAPER_TABLES else "Table"
    title = f"Fitted densities of {sensor}"
    return view.table(
        f"fits_{sensor}",
        title,
        frame,
        columns,
        label=label,
        caption=caption,
        strong=lambda row: row["best"] == "yes",
        empty="no fitness to fit",
    )


def fdc(view: View) -> Section:
    """Figures 7 and 8 and the change between them."""
    m = view.material
    columns = (
        _SENSOR, _BUDGET, Column("distance", "distance", kind="text"), Column("pearson_paper", "r, x* included (paper)", 2),
        Column("pearson", "r, x* left out", 2, "pearson_low", "pearson_high"),
        Column("spearman", "ρ_S, x* left out", 2, "spearman_low", "spearman_high"),
        Column("p", "permutation p", kind="p"), Column("five_best_low", "five best: from", 2), Column("five_best_high", "to", 2),
        Column("slope_robust", "slope", 4, "slope_low", "slope_high"), Column("n", "n", 0),
    )  # fmt: skip
    shown = m.tables["fdc_fits"][m.tables["fdc_fits"]["budget"].isin([m.budget, m.late_budget])]
    caption = (
        "“Five best” is the range of r when each of the five best models plays x*: a wide range says that r hangs on which model "
        "happened to be the best."
    )
    blocks = (
        view.figure("fdc"),
        view.figure("fdc_late"),
        *view.statements("fdc"),
        view.table("fdc_fits", "Fitness-distance correlation", shown, columns, caption=caption),
        view.figure("fdc_change"),
        _boxes(view),
    )
    return Section("fdc", "Fitness and distance", "Does getting closer to the best model mean getting better?", blocks)


def _boxes(view: View) -> Block:
    m = view.material
    columns = (
        _SENSOR, _BUDGET, Column("distance", "distance", kind="text"), Column("d", "at", 0), Column("mean", "mean", 3),
        Column("sd", "spread (sd)", 3),
        Column("median", "median", 3), Column("n", "n", 0),
    )  # fmt: skip
    shown = m.tables["fdc_boxes"][m.tables["fdc_boxes"]["budget"].isin([m.budget, m.late_budget])]
    return view.table("fdc_boxes", "Mean and spread at each distance", shown, columns, fold=True)


def ruggedness(view: View) -> Section:
    """Figure 9, every budget, the trend, and whether the curves of two sensors look alike."""
    m = view.material
    rugged = (
        _SENSOR, _BUDGET, Column("neighbourhood", "neighbourhood", kind="text"), Column("estimate", "estimate", kind="text"),
        Column("rho", "ρ̂(1)", 3, "low", "high"),
        Column("tau", "τ = 1/ρ̂", 2), Column("correlation_length", "correlation length", 2), Column("bias", "expected bias", 3),
        Column("white_noise", "may be white noise", kind="text"), Column("n", "n", 0), Column("missing", "missing", 0),
    )  # fmt: skip
    trend = (
        _SENSOR, Column("from_budget", "from", 0), Column("to_budget", "to", 0),
        Column("change", "change of ρ̂", 3, "low", "high"), Column("p", "p", kind="p"),
        Column("verdict", "verdict", kind="text"), Column("n", "n", 0),
    )  # fmt: skip
    alike = (
        Column("first", "first", kind="sensor"), Column("second", "second", kind="sensor"), _BUDGET, Column("raw", "r, raw", 2),
        Column("detrended", "r, detrended", 2, "low", "high"), Column("p", "p", kind="p"), Column("n", "n", 0),
        Column("effective_n", "effective n", 1),
    )  # fmt: skip
    blocks = (
        view.figure("walk"),
        *view.statements("ruggedness"),
        view.figure("ruggedness"),
        view.table(
            "ruggedness_table",
            "Autocorrelation and ruggedness of the walks",
            m.tables["ruggedness"],
            rugged,
            fold=True,
            empty="the study has no walk",
        ),
        view.table(
            "ruggedness_trend",
            "Is longer training less rugged?",
            m.tables["ruggedness_trend"],
            trend,
            empty="one budget only, or no walk",
            caption="The abstract of the paper says so. A positive change is a smoother walk.",
        ),
        view.table(
            "walk_correlation",
            "Do the walk's curves of two sensors look alike?",
            m.tables["walk_correlation"],
            alike,
            empty="two sensors with a walk are needed",
            caption="Detrended: each walk's linear trend taken out. The effective n allows for neighbouring points being alike.",
        ),
    )
    return Section("ruggedness", "Ruggedness", "How much does the fitness jump from a cell to its neighbour?", blocks)


def persistence(view: View) -> Section:
    """Figures 10 and 11, the areas, and persistence with the noise taken apart."""
    m = view.material
    areas = (
        _SENSOR, Column("sign", "sign", kind="text"), Column("reading", "reading", kind="text"), Column("value", "AuC", 3, "low", "high"),
        Column("independence", "independent budgets", 3), Column("copula", "copula", 3, "copula_low", "copula_high"),
        Column("defined", "N defined", 0),
        Column("empty", "N undefined", kind="text"), Column("n", "n", 0),
    )  # fmt: skip
    seeds = (
        _SENSOR, Column("sign", "sign", kind="text"), Column("kind", "kind", kind="text"), Column("percent", "N (%)", 0),
        Column("value", "P(N)", 1, "low", "high"),
        Column("n", "n", 0),
    )  # fmt: skip
    area = m.tables["auc"]
    every = area[area["budgets"] == area["budgets"].max()] if len(area) else area
    blocks = (
        view.figure("persistence_positive"),
        view.figure("persistence_negative"),
        *view.statements("persistence"),
        view.table(
            "auc",
            "Area under the curves over all budgets",
            every,
            areas,
            empty="no persistence curve is defined",
            caption=f"Mean of P(N)/100 over the defined N of 1 … {m.footprint['settings']['persistence_to']}.",
        ),
        view.table(
            "persistence_seeds",
            "Persistence with the noise taken apart",
            m.tables["persistence_seeds"],
            seeds,
            fold=True,
            caption="Cross-seed: a different seed at every budget. Corrected: the copula with correlations corrected for noise.",
        ),
    )
    return Section(
        "persistence", "Persistence", "Does a short training already tell which cells will end among the best, or among the worst?", blocks
    )


def optima(view: View) -> Section:
    """Local optima: of the sample, exact where everything is measured, estimated elsewhere."""
    m = view.material
    columns = (
        _SENSOR, _BUDGET, Column("method", "method", kind="text"), Column("neighbourhood", "neighbourhood", kind="text"),
        Column("value", "optima", 0, "low", "high"),
        Column("expected", "by white noise", 1, "expected_low", "expected_high"), Column("isolated", "isolated", 0),
        Column("plateaus", "plateaus", 0),
        Column("searches", "searches", 0), Column("n", "n", 0), Column("reason", "why not", kind="text"),
    )  # fmt: skip
    caption = (
        "Sample: models better than all of their nearest sample models, the paper's reading. Exact: counted where every cell has a "
        "fitness. Birthday, Chao1 and uniform are "
        "estimates of the whole landscape's count and can differ by an order of magnitude; white noise would have the expected number."
    )
    blocks = (
        *view.statements("optima"),
        view.table("optima", "Local optima", m.tables["optima"], columns, caption=caption),
    )
    return Section("optima", "Local optima", "How often would a search that only climbs get stuck?", blocks)
