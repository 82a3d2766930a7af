"""What the stage `footprint` writes: every table of reports/footprint/ and reports/plots/, column by column, and the JSON files.

CSV: UTF-8, a header line, ``\\n`` line ends. A number that is not defined is an empty field and `reason` in its row says why; `reason`
is empty otherwise. Yes/no columns hold ``yes``, ``no`` or nothing. Fitness is Cohen's kappa (-1 … 1; for a table sensor the unit of its
table), budgets are epochs, distances are bits of the 289-bit code (`code`) or edits (`edit`), shares are 0 … 1, persistence is percent
(0 … 100), intervals (`low`, `high`) are 95 % unless the column says otherwise. A cell is its 32-digit hash. Every table exists for every
study; it may have no rows.

metrics.json (reports/metrics.json)
    ``{sensor: {metric: number}}``: the paper reading of every metric of `METRICS` that is defined, at the study's footprint budget, and
    its robust companions. Undefined metrics are absent here (DVC drops JSON nulls) and listed in undefined.json.
undefined.json (reports/undefined.json)
    ``{sensor: {metric: reason}}``.
footprint.json (reports/footprint/footprint.json)
    ``study`` name; ``sensors`` names in the study's order; ``budgets`` epochs, ascending; ``budget`` of the eight metrics and
    ``late_budget``; ``settings`` the params' section `footprint`; ``neighbourhood`` of the walks; ``conditions`` see `CONDITIONS`;
    ``summary`` ``{sensor: {metric: {"paper": reading, "robust": reading}}}`` with reading = ``{"value", "low", "high", "n", "reference",
    "reason", "note"}`` (numbers or null; n an integer; reason and note text or null);
    ``best_density`` ``{sensor: {budget: {"aic": family | null, "reason": text | null}}}``;
    ``statements`` list of ``{"topic", "text"}``: what the data support, in words, in reading order (topics: `TOPICS`);
    ``cannot`` list of ``{"topic", "text"}``: what this study cannot estimate and why;
    ``tables`` ``{table name: number of rows}``.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_write

TEXT, INTEGER, NUMBER, YES_NO = "text", "integer", "number", "yes/no"
DIGITS = 10  # significant digits of a number in a table: more than any measure resolves, few enough to be the same on every machine

METRICS: dict[str, str] = {
    "mean": "mean fitness",
    "sd": "standard deviation of the fitness (ddof 0)",
    "ruggedness": "ruggedness τ = 1/ρ̂(1) of the walk; larger is more rugged",
    "local_optima": "sample models better than all of their nearest sample models",
    "persistence_positive": "P₊ at N = persistence_to, percent",
    "persistence_negative": "P₋ at N = persistence_to, percent",
    "auc_positive": "AuC₊, mean of P₊(N)/100 over N = 1 … persistence_to",
    "auc_negative": "AuC₋",
    # companions, same tables, not one of the paper's eight
    "autocorrelation": "ρ̂(1) of the walk",
    "correlation_length": "-1/ln ρ̂(1), steps",
    "mean_late": "mean fitness at the late budget",
    "sd_late": "standard deviation at the late budget",
    "walk_mean": "mean fitness of the walk's points (Table of the walk)",
    "best": "fitness of the best model of the population",
    "fdc": "Pearson correlation of fitness and code distance to the best model",
    "fdc_slope": "slope of the linear fit of fitness on code distance, per bit",
    "fdc_late": "the same correlation at the late budget",
}
EIGHT = tuple(METRICS)[:8]
READINGS = ("paper", "robust")
FAMILIES = ("beta", "weibull", "log-normal")
TOPICS = (
    "answer",
    "overview",
    "density",
    "fdc",
    "ruggedness",
    "persistence",
    "optima",
    "differences",
    "noise",
    "proxies",
    "features",
    "replay",
    "conditions",
)

CONDITIONS: dict[str, str] = {
    "runs": "{sensor: {population, accepted, pruned, flagged, walk_cells, walk_accepted, cells (distinct cells in the footprint), "
    "seeds}} (integers; population counts runs with the role `population`)",
    "pruned_reasons": "{sensor: {reason: number of runs}}",
    "tables": "{sensor: {path, sha256, unit, cells}} for table sensors",
    "sensors": "{sensor: its definition in params.yaml}",
    "training": "the params' section, with schedule, seeds and budgets",
    "walk": "the params' section `walk`",
    "sampler": "population sampler: only `uniform` estimates means over the space; null when not known",
    "subset": "SHA-256 of the subset(s) the records were trained on: sorted list",
    "devices": "sorted list of device names found in the records",
    "versions": "{package: sorted list of versions found in the records}",
    "resolution": "{P: percent that one model changes P at persistence_to, rho: standard error of ρ̂ for white noise} per sensor",
}


@dataclass(frozen=True)
class Column:
    """A column: its name, kind (`TEXT`, `INTEGER`, `NUMBER`, `YES_NO`), unit and meaning."""

    name: str
    kind: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A CSV file: `folder` is ``footprint`` or ``plots`` (below reports/)."""

    name: str
    folder: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in file order."""
        return [column.name for column in self.columns]


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, NUMBER, unit, meaning)


def _integer(name: str, unit: str, meaning: str) -> Column:
    return Column(name, INTEGER, unit, meaning)


def _text(name: str, meaning: str) -> Column:
    return Column(name, TEXT, "", meaning)


_SENSOR = _text("sensor", "name of the sensor")
_BUDGET = _integer("budget", "epochs", "training budget of the fitness")
_CELL = _text("cell", "hash of the cell; its registered model is `cell-` and the first 12 digits")
_N = _integer("n", "models", "models (or walk points, where said) behind the row")
_REASON = _text("reason", "why a number of the row is not defined")
_PAIR = (_text("first", "first sensor"), _text("second", "second sensor"))


def _interval(unit: str, of: str = "value") -> tuple[Column, Column]:
    return _number("low", unit, f"lower end of the 95 % interval of {of}"), _number("high", unit, f"upper end of the 95 % interval of {of}")


def _footprint(name: str, meaning: str, *columns: Column) -> Table:
    return Table(name, "footprint", meaning, columns)


def _plot(name: str, meaning: str, *columns: Column) -> Table:
    return Table(name, "plots", meaning, columns)


_ALL = (
    # --- the data -----------------------------------------------------------------------------------------------------------------------
    _footprint(
        "fitness",
        "Every accepted population run, one row per run and budget: the landscape itself",
        _SENSOR,
        _CELL,
        _integer("seed", "", "training seed"),
        _BUDGET,
        _number("fitness", "kappa", "Cohen's kappa on the test split"),
        _number("accuracy", "share", "test accuracy"),
        _number("average_accuracy", "share", "class-average test accuracy"),
        _number("train_fitness", "kappa", "kappa on the train split"),
        _number("seconds", "s", "cumulative training seconds up to the budget"),
        Column("flagged", YES_NO, "", "quality control kept the run but flagged it (low or odd fitness)"),
        _text("fingerprint", "the run's fingerprint"),
    ),
    _footprint(
        "cells",
        "Every cell of the population and of the walks, with what a reader can see of it",
        _CELL,
        Column("population", YES_NO, "", "cell is in the population"),
        Column("walk", YES_NO, "", "cell is on a walk"),
        _integer("vertices", "", "vertices of the pruned cell"),
        _integer("edges", "", "edges of the pruned cell"),
        _integer("depth", "edges", "longest path from input to output"),
        _integer("width", "", "largest number of vertices at one depth"),
        _integer("conv1x1", "", "vertices with this operation"),
        _integer("conv3x3", "", "vertices with this operation"),
        _integer("maxpool3x3", "", "vertices with this operation"),
        _number("parameters", "", "trainable parameters of the network (of the first sensor that trained it)"),
    ),
    _footprint(
        "pruned",
        "Runs that quality control pruned",
        _SENSOR,
        _CELL,
        _integer("seed", "", "training seed"),
        _text("roles", "`population`, `walk` or both, joined by a space"),
        _text("outcome", "finished, diverged, out_of_memory, timed_out or failed"),
        _text("reasons", "joined by `; `"),
        _text("fingerprint", "the run's fingerprint"),
    ),
    # --- the eight metrics --------------------------------------------------------------------------------------------------------------
    _footprint(
        "metrics",
        "All metrics of `METRICS`, both readings, at the footprint budget and (mean, sd, ruggedness, autocorrelation, fdc) at every budget",
        _SENSOR,
        _BUDGET,
        _text("metric", "a key of `METRICS`"),
        _text("reading", "paper or robust"),
        _number("value", "the metric's", "the metric"),
        *_interval("the metric's"),
        _N,
        _number(
            "reference",
            "the metric's",
            "its null: chance for persistence, white noise for autocorrelation, permutation for optima; else empty",
        ),
        _text("note", "a condition a reader must know (few models behind a P, interval of ρ̂ holds 0)"),
        _REASON,
    ),
    _footprint(
        "means",
        "Mean and standard deviation at each budget, and the change of the mean from the budget before (paired over cells)",
        _SENSOR,
        _BUDGET,
        _number("mean", "kappa", "mean fitness"),
        _number("mean_low", "kappa", "lower end of its interval"),
        _number("mean_high", "kappa", "upper end"),
        _number("sd", "kappa", "standard deviation, ddof 0"),
        _number("sd_low", "kappa", "lower end of its interval"),
        _number("sd_high", "kappa", "upper end"),
        _integer("previous_budget", "epochs", "the budget before; empty at the first"),
        _number("change", "kappa", "mean paired change of the fitness since the budget before"),
        _number("change_low", "kappa", "lower end of its interval"),
        _number("change_high", "kappa", "upper end"),
        _integer("n_change", "models", "cells with both budgets"),
        _N,
        _REASON,
    ),
    _footprint(
        "sensitivity",
        "Metrics with the flagged runs left out beside those with them (footprint budget, paper reading)",
        _SENSOR,
        _text("metric", "a key of `METRICS`"),
        _number("value", "the metric's", "with all accepted runs"),
        _N,
        _number("value_unflagged", "the metric's", "without the flagged runs"),
        _integer("n_unflagged", "models", "models left"),
        _REASON,
    ),
    # --- density (Figures 3-5, Tables 1-3) ----------------------------------------------------------------------------------------------
    _footprint(
        "densities",
        "Maximum-likelihood fits of two parameters: Tables 1-3 of the paper, and tests of the fit",
        _SENSOR,
        _BUDGET,
        _text("points", "`all` models, or `inner`: those strictly between 0 and 1, a row of its own only when some are not"),
        _text("family", "beta (a, b on [0, 1]), weibull (shape, scale) or log-normal (log-mean, log-sd), location 0"),
        _number("first", "", "first parameter"),
        _number("second", "", "second parameter"),
        _number("log_likelihood", "nats", "empty (minus infinity) when a point is off the support"),
        _number("aic", "", "2k - 2L, k = 2"),
        _number("bic", "", "k ln n - 2L"),
        Column("best", YES_NO, "", "smallest AIC among the families on these points"),
        _number("winner_share", "share", "bootstrap samples in which this family has the smallest AIC"),
        _number("anderson_darling", "", "A² against the fit"),
        _number("anderson_darling_p", "", "parametric-bootstrap p"),
        _number("kolmogorov_smirnov", "", "D against the fit"),
        _number("kolmogorov_smirnov_p", "", "parametric-bootstrap p"),
        _N,
        _REASON,
    ),
    _footprint(
        "vuong",
        "Vuong's test between every two families on the same points",
        _SENSOR,
        _BUDGET,
        _text("points", "`all` or `inner`"),
        _text("first", "family"),
        _text("second", "family"),
        _number("statistic", "", "positive: the first is closer to the data"),
        _number("p", "", "two-sided"),
        _N,
        _REASON,
    ),
    _footprint(
        "histogram",
        "Histogram of the fitness (Figures 3-4)",
        _SENSOR,
        _BUDGET,
        _number("left", "kappa", "left edge of the bin"),
        _number("right", "kappa", "right edge"),
        _integer("count", "models", "models in the bin"),
        _number("density", "1/kappa", "count / (n · width)"),
    ),
    _footprint(
        "curves",
        "Density and cumulative curves over the fitness: the kernel density reflected at the boundaries and the fits (Figures 3-5)",
        _SENSOR,
        _BUDGET,
        _text("curve", "`kernel`, `beta`, `weibull` or `log-normal` (fits: of the points `all`, of `inner` where `all` has none)"),
        _number("fitness", "kappa", "grid of 201 points"),
        _number("density", "1/kappa", "probability density"),
        _number("cumulative", "share", "cumulative probability"),
    ),
    _footprint(
        "ecdf",
        "Empirical distribution function (step after each point); at most 2,001 points per sensor and budget",
        _SENSOR,
        _BUDGET,
        _number("fitness", "kappa", "a fitness, ascending"),
        _number("cumulative", "share", "share of models with at most this fitness"),
    ),
    # --- fitness-distance correlation (Figures 6-7) -------------------------------------------------------------------------------------
    _footprint(
        "fdc_points",
        "Scatter of fitness against distance to the best model; at most 5,000 points (a fixed draw) per sensor, budget and distance",
        _SENSOR,
        _BUDGET,
        _text("distance", "`code` (bits) or `edit` (edits)"),
        _CELL,
        _number("d", "bits or edits", "distance to the best model"),
        _number("fitness", "kappa", "fitness"),
        Column("best", YES_NO, "", "this is the best model itself"),
    ),
    _footprint(
        "fdc_fits",
        "Linear fit and correlations per sensor, budget and distance",
        _SENSOR,
        _BUDGET,
        _text("distance", "`code` or `edit`"),
        _text("best_cell", "hash of the best model x*"),
        _number("intercept", "kappa", "paper: of the fit through all points, x* included"),
        _number("slope", "kappa per bit or edit", "paper: x* included"),
        _number("pearson_paper", "", "Pearson, x* included"),
        _number("slope_robust", "kappa per bit or edit", "x* left out"),
        _number("slope_low", "kappa per bit or edit", "lower end of the interval of slope_robust"),
        _number("slope_high", "kappa per bit or edit", "upper end"),
        _number("pearson", "", "robust: x* left out"),
        _number("pearson_low", "", "lower end of its interval"),
        _number("pearson_high", "", "upper end"),
        _number("spearman", "", "robust: x* left out"),
        _number("spearman_low", "", "lower end of its interval"),
        _number("spearman_high", "", "upper end"),
        _number("p", "", "permutation p of `pearson` with x* drawn again, two-sided"),
        _number("five_best_low", "", "smallest Pearson with each of the five best as x*"),
        _number("five_best_high", "", "largest"),
        _N,
        _REASON,
    ),
    _footprint(
        "fdc_boxes",
        "Boxplot of the fitness at each distance (x* left out)",
        _SENSOR,
        _BUDGET,
        _text("distance", "`code` or `edit`"),
        _number("d", "bits or edits", "distance"),
        _number("mean", "kappa", "mean fitness"),
        _number("sd", "kappa", "spread: standard deviation, ddof 1; empty for one model"),
        _number("whisker_low", "kappa", "smallest within 1.5 quartile ranges"),
        _number("quarter", "kappa", "first quartile"),
        _number("median", "kappa", "median"),
        _number("three_quarters", "kappa", "third quartile"),
        _number("whisker_high", "kappa", "largest within 1.5 quartile ranges"),
        _N,
    ),
    _footprint(
        "fdc_change",
        "Change of FDC from the footprint budget to the late budget",
        _SENSOR,
        _text("distance", "`code` or `edit`"),
        _text("quantity", "`pearson`, `slope`, or `spread`: pooled standard deviation within distances"),
        _integer("budget", "epochs", "early"),
        _integer("late_budget", "epochs", "late"),
        _number("early", "", "robust value at the early budget"),
        _number("late", "", "at the late budget"),
        _number("change", "", "late - early"),
        *_interval("", "change (paired over cells, each budget's own x* kept)"),
        _N,
        _REASON,
    ),
    # --- ruggedness (Figure 8) ----------------------------------------------------------------------------------------------------------
    _footprint(
        "walks",
        "Fitness along the walks at every budget the walk cells were trained to; missing points are empty",
        _SENSOR,
        _BUDGET,
        _integer("walk", "", "number of the walk, from 0"),
        _integer("step", "", "point of the walk, from 0"),
        _CELL,
        _number("fitness", "kappa", "fitness"),
        _number("smoothed", "kappa", "5-point moving average (`valid`), at its middle point; empty at the ends and beside missing points"),
    ),
    _footprint(
        "ruggedness",
        "Autocorrelation of the walks at every budget",
        _SENSOR,
        _BUDGET,
        _text("neighbourhood", "hamming, edge or edit"),
        _text(
            "estimate",
            "`walk` (one walk, number in `walk`), `paper` (mean over walks), `robust` (pooled), `exact` (every neighbour measured), "
            "`corrected` (ρ̂ / reliability)",
        ),
        _integer("walk", "", "number of the walk; empty for the others"),
        _number("rho", "", "ρ̂(1)"),
        *_interval("", "rho (AR(1) test inverted)"),
        _number("tau", "", "1/ρ̂(1); empty at or below 0"),
        _number("correlation_length", "steps", "-1/ln ρ̂(1); empty at or below 0"),
        _number("bias", "", "expected bias of ρ̂, about -(1 + 4ρ)/n"),
        Column("white_noise", YES_NO, "", "the interval holds 0: not told from white noise"),
        _integer("n", "points", "measured points of the walk(s); cells for `exact`"),
        _integer("missing", "points", "points without a fitness"),
        _REASON,
    ),
    _footprint(
        "ruggedness_trend",
        "Is longer training less rugged? Change of ρ̂ (robust) between consecutive budgets and from the first to the last of the walk",
        _SENSOR,
        _integer("from_budget", "epochs", ""),
        _integer("to_budget", "epochs", ""),
        _number("change", "", "ρ̂(to) - ρ̂(from); positive: less rugged"),
        *_interval("", "change"),
        _number("p", "", "two-sided"),
        _text(
            "verdict",
            "`less rugged`, `more rugged` or `not told apart` (p adjusted by Holm over sensors and steps); empty when undefined",
        ),
        _N,
        _REASON,
    ),
    _footprint(
        "walk_correlation",
        "Do the walk's curves of two sensors look alike? Correlation of the same walk's fitness between sensors",
        *_PAIR,
        _BUDGET,
        _number("raw", "", "Pearson of the raw curves"),
        _number("detrended", "", "Pearson after each walk's linear trend was taken out"),
        *_interval("", "detrended (effective sample size of two autocorrelated series)"),
        _number("p", "", "two-sided, of detrended = 0"),
        _integer("n", "points", "points that both sensors measured"),
        _number("effective_n", "points", "points it amounts to after autocorrelation"),
        _REASON,
    ),
    # --- persistence (Figures 9-10) -----------------------------------------------------------------------------------------------------
    _footprint(
        "persistence",
        "Persistence curves P(N): nested intersections over the first 1, 2, … budgets, N = 1 … 50",
        _SENSOR,
        _text("sign", "positive (top) or negative (bottom)"),
        _text("reading", "paper (type-7 quantile cut) or robust (rank cut)"),
        _integer("budgets", "", "number of budgets intersected, from the smallest"),
        _integer("percent", "%", "N"),
        _number("value", "%", "P(N)"),
        *_interval("%"),
        _integer("kept", "models", "models in the intersection"),
        _integer("start", "models", "models in the set of the smallest budget"),
        _number("independence", "%", "expected when the budgets' rankings are independent"),
        _number("independence_low", "%", "2.5 % quantile of the exact law"),
        _number("independence_high", "%", "97.5 % quantile"),
        _number("copula", "%", "expected under the Gaussian copula with the observed rank correlations (robust rows)"),
        _number("copula_low", "%", "2.5 % quantile"),
        _number("copula_high", "%", "97.5 % quantile"),
        _N,
        _REASON,
    ),
    _footprint(
        "auc",
        "Area under the persistence curve: mean of P(N)/100 over the defined N of 1 … persistence_to",
        _SENSOR,
        _text("sign", "positive or negative"),
        _text("reading", "paper or robust"),
        _integer("budgets", "", "number of budgets intersected"),
        _number("value", "share", "AuC"),
        *_interval("share"),
        _number("independence", "share", "expected under independence"),
        _number("copula", "share", "expected under the copula (robust rows)"),
        _number("copula_low", "share", "2.5 % quantile"),
        _number("copula_high", "share", "97.5 % quantile"),
        _integer("defined", "", "number of N with a defined P"),
        _text("empty", "the N with an empty first set, joined by a space"),
        _N,
        _REASON,
    ),
    _footprint(
        "persistence_seeds",
        "Persistence with noise taken apart: a different seed per budget, and the copula with noise-corrected correlations",
        _SENSOR,
        _text("sign", "positive or negative"),
        _text("kind", "`cross-seed` or `corrected`"),
        _integer("budgets", "", "number of budgets intersected"),
        _integer("percent", "%", "N (that of the metric)"),
        _number("value", "%", "P(N)"),
        *_interval("%"),
        _N,
        _REASON,
    ),
    # --- local optima -------------------------------------------------------------------------------------------------------------------
    _footprint(
        "optima",
        "Local optima: of the sample, of the landscape exactly, estimated",
        _SENSOR,
        _BUDGET,
        _text("method", "`sample`, `exact`, `birthday`, `chao1` or `uniform`"),
        _text("neighbourhood", "hamming, edge or edit; for `sample` the distance: code or edit"),
        _number("value", "cells", "number of optima"),
        *_interval("cells"),
        _number("expected", "cells", "under permuted fitness (white noise): Σ 1/(deg + 1)"),
        _number("expected_low", "cells", "2.5 % quantile of the permutations (`sample`)"),
        _number("expected_high", "cells", "97.5 % quantile"),
        _integer("isolated", "cells", "cells without a neighbour, counted apart"),
        _integer("plateaus", "", "optima that are plateaus of several cells"),
        _integer("searches", "", "hill climbs behind an estimate"),
        _N,
        _REASON,
    ),
    # --- radar (Figure 1) ---------------------------------------------------------------------------------------------------------------
    _footprint(
        "radar",
        "The axes of the footprint radar: 0 = the metric's null, 1 = its ceiling",
        _SENSOR,
        _text("axis", "mean, autocorrelation, local_optima, persistence_positive, persistence_negative, auc_positive, auc_negative"),
        _text("label", "the axis as written"),
        _number("raw", "the metric's", "value"),
        _number("raw_low", "the metric's", "lower end of its interval (of the mean: mean - σ)"),
        _number("raw_high", "the metric's", "upper end (mean + σ)"),
        _number("null", "the metric's", "value drawn at 0"),
        _number("ceiling", "the metric's", "value drawn at 1"),
        _number("position", "share", "(raw - null) / (ceiling - null), cut to 0 … 1"),
        _number("position_low", "share", "of raw_low"),
        _number("position_high", "share", "of raw_high"),
        _REASON,
    ),
    # --- comparing sensors --------------------------------------------------------------------------------------------------------------
    _footprint(
        "differences",
        "Differences of every metric between every two sensors",
        *_PAIR,
        _text("metric", "a key of `METRICS` (autocorrelation stands for ruggedness)"),
        _number("value_first", "the metric's", "robust value, on the cells of the comparison"),
        _number("value_second", "the metric's", "the same"),
        _number("difference", "the metric's", "first - second"),
        *_interval("the metric's", "difference"),
        _number("effect", "", "standardised: paired difference / its standard deviation for the mean, difference / standard error else"),
        _number("p", "", "two-sided"),
        _number("p_holm", "", "Holm over metrics × pairs"),
        _number("smallest_detectable", "the metric's", "difference that would be more than noise in 80 % of studies, after Holm"),
        _text("verdict", "`more than noise`, `within noise`, or empty"),
        _integer("n", "cells", "cells that both trained (walk points for autocorrelation)"),
        _REASON,
    ),
    # --- noise --------------------------------------------------------------------------------------------------------------------------
    _footprint(
        "reliability",
        "How much of the variance of the fitness is the cell's, how much the seed's",
        _SENSOR,
        _BUDGET,
        _integer("seeds", "", "most seeds of a cell"),
        _number("variance_cells", "kappa²", "σ²_a"),
        _number("variance_noise", "kappa²", "σ²_e"),
        _number("value", "share", "R = σ²_a / (σ²_a + σ²_e)"),
        *_interval("share", "R (bootstrap over cells)"),
        _number("rho", "", "ρ̂(1) of the walks, robust"),
        _number("rho_corrected", "", "ρ̂ / R"),
        _number("rho_corrected_low", "", "from the lower end of ρ̂'s interval and the upper of R's: at least 90 % with the other end"),
        _number("rho_corrected_high", "", "from the upper end of ρ̂'s interval and the lower of R's"),
        _N,
        _REASON,
    ),
    _footprint(
        "agreement",
        "Agreement of two sensors on the cells, noise taken out",
        *_PAIR,
        _BUDGET,
        _number("raw", "", "Pearson of the cells' means"),
        _number("value", "", "cov(a_s, a_t) / (σ_a,s σ_a,t)"),
        *_interval(""),
        _integer("n", "cells", "cells with several seeds at both"),
        _REASON,
    ),
    # --- the open question --------------------------------------------------------------------------------------------------------------
    _footprint(
        "correlation",
        "Rank correlation of the fitness between all (sensor, budget) pairs: the whole matrix, both triangles and the diagonal",
        _text("first_sensor", ""),
        _integer("first_budget", "epochs", ""),
        _text("second_sensor", ""),
        _integer("second_budget", "epochs", ""),
        _number("kendall", "", "τ_b"),
        _number("kendall_low", "", "lower end of its interval"),
        _number("kendall_high", "", "upper end"),
        _number("spearman", "", "ρ_S"),
        _number("spearman_low", "", "lower end of its interval"),
        _number("spearman_high", "", "upper end"),
        _integer("n", "cells", "cells that both measured"),
        _REASON,
    ),
    _footprint(
        "proxies",
        "Shortlist-and-retrain: regret at the target (late budget of each sensor) against cost, for every proxy and shortlist length",
        _text("target_sensor", ""),
        _integer("target_budget", "epochs", ""),
        _text("proxy_sensor", ""),
        _integer("proxy_budget", "epochs", ""),
        _integer("shortlist", "models", "m: best by the proxy that are trained at the target"),
        _number("regret", "kappa", "max f_t - max over the shortlist of f_t"),
        *_interval("kappa", "regret over held-out halves of the cells"),
        _number("random", "kappa", "expected regret of m cells drawn at random"),
        _number("ceiling", "kappa", "regret when the target's own second seed ranks; empty with one seed"),
        _number("cost_seconds", "s", "all proxy trainings and the shortlist's target trainings"),
        _number("full_seconds", "s", "training every cell at the target"),
        _text("scored_on", "`same seed` (one seed: optimistic) or `other seed`"),
        _integer("n", "cells", "cells that proxy and target measured"),
        _REASON,
    ),
    # --- what in a cell matters ---------------------------------------------------------------------------------------------------------
    _footprint(
        "features",
        "Linear model of the fitness on features of the cell (standardised), per sensor, at the footprint budget",
        _SENSOR,
        _BUDGET,
        _text("feature", "conv1x1, conv3x3, maxpool3x3 (counts), depth, width, parameters (log10)"),
        _number("coefficient", "kappa per sd", "change of the fitness per standard deviation of the feature"),
        *_interval("kappa per sd", "coefficient (HC3)"),
        _number("p", "", "two-sided"),
        _number("importance", "share", "share of the variance (Shapley value of R²)"),
        _number("r_squared", "share", "R² of the whole model"),
        _N,
        _REASON,
    ),
    _footprint(
        "interactions",
        "Does a feature matter differently to two sensors? Difference of coefficients in one model over both, errors clustered by cell",
        *_PAIR,
        _BUDGET,
        _text("feature", ""),
        _number("difference", "kappa per sd", "coefficient(first) - coefficient(second)"),
        *_interval("kappa per sd", "difference"),
        _number("p", "", "two-sided"),
        _number("p_holm", "", "Holm over features × pairs"),
        _integer("n", "cells", "cells that both trained"),
        _REASON,
    ),
    # --- search replay ------------------------------------------------------------------------------------------------------------------
    _footprint(
        "replay",
        "Searches replayed on landscapes whose neighbours all have a value; a sensor without one gives a row with its reason",
        _text("landscape", "name: sensor or synthetic landscape and subspace"),
        _SENSOR,
        _BUDGET,
        _text("neighbourhood", "hamming, edge or edit"),
        _text("algorithm", "random, local or evolution"),
        _integer("evaluations", "", "cells evaluated so far"),
        _number("regret", "kappa", "mean over seeds of the landscape's best less the best found"),
        *_interval("kappa", "regret over seeds"),
        _integer("seeds", "", "searches"),
        _REASON,
    ),
    _footprint(
        "replay_summary",
        "One row per landscape, neighbourhood and algorithm: footprint beside search; the synthetic landscapes are those of every study",
        _text("landscape", ""),
        Column("synthetic", YES_NO, "", "a synthetic landscape of known ruggedness"),
        _BUDGET,
        _text("neighbourhood", ""),
        _text("algorithm", "random, local or evolution"),
        _integer("cells", "", "size of the landscape"),
        _number("rho", "", "exact autocorrelation"),
        _number("optima", "share", "local optima per cell"),
        _number("fdc", "", "Pearson correlation of fitness and code distance to the best cell, that one left out"),
        _number(
            "median_evaluations", "", "median evaluations until a cell among the best 0.1 % (at least one) is found; censored at the limit"
        ),
        _number("found", "share", "searches that found one"),
        _number(
            "area",
            "",
            "mean normalised regret over the evaluations (0 at once, 1 never better than the landscape's median), of the fitness's normal "
            "scores: only where the good cells lie counts, not how good they are",
        ),
        _number("excess", "", "area less that of random search on the same landscape, below 0 quicker; of random search the area itself"),
        _integer("seeds", "", "searches"),
    ),
    _footprint(
        "replay_correlation",
        "Does an easier footprint mean a quicker search? Rank correlation over landscapes",
        _text("neighbourhood", ""),
        _text("algorithm", ""),
        _text("measure", "`rho`, `optima` or `fdc`"),
        _integer("landscapes", "", "landscapes in the correlation"),
        _number("spearman", "", "with `excess`: negative for rho means smoother is quicker"),
        *_interval("", "spearman (bootstrap over landscapes)"),
        _number("p", "", "permutation"),
        _number("p_holm", "", "Holm-adjusted over all rows"),
        _REASON,
    ),
    # --- published ----------------------------------------------------------------------------------------------------------------------
    _footprint(
        "published",
        "Values of the paper, to be shown beside ours, never as a target",
        _SENSOR,
        _BUDGET,
        _text("metric", "a key of `METRICS`, or log_likelihood_<family>, walk_mean, accepted, best_density"),
        _number("value", "", "the published number"),
        _text("text", "the published word (best density)"),
        _text("source", "where in the paper"),
    ),
    # --- DVC plots ----------------------------------------------------------------------------------------------------------------------
    _plot("density", "Kernel density at the footprint budget", _SENSOR, _number("fitness", "kappa", ""), _number("density", "1/kappa", "")),
    _plot("means", "Mean fitness per budget", _SENSOR, _BUDGET, _number("mean", "kappa", ""), _number("sd", "kappa", "")),
    _plot("fdc", "Mean fitness per code distance to the best model", _SENSOR, _number("d", "bits", ""), _number("fitness", "kappa", "")),
    _plot("walk", "Smoothed fitness along the first walk", _SENSOR, _integer("step", "", ""), _number("smoothed", "kappa", "")),
    _plot("ruggedness", "Robust autocorrelation per budget", _SENSOR, _BUDGET, _number("rho", "", "")),
    _plot("persistence_positive", "P₊(N), all budgets, paper reading", _SENSOR, _integer("percent", "%", "N"), _number("value", "%", "")),
    _plot("persistence_negative", "P₋(N), all budgets, paper reading", _SENSOR, _integer("percent", "%", "N"), _number("value", "%", "")),
    _plot("radar", "Positions on the radar's axes", _SENSOR, _text("axis", ""), _number("position", "share", "")),
    _plot(
        "regret",
        "Regret of every cheaper (sensor, budget) at the footprint budget against cost, target: the study's last sensor at the late budget",
        _text("proxy", "sensor @ budget"),
        _integer("shortlist", "models", ""),
        _number("cost_seconds", "s", ""),
        _number("regret", "kappa", ""),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL if table.folder == "footprint"}
PLOTS: dict[str, Table] = {table.name: table for table in _ALL if table.folder == "plots"}


def write_table(folder: Path, table: Table, frame: pd.DataFrame) -> None:
    """Write `frame` as ``folder/<name>.csv`` in the columns and order of `table`: equal frames give equal bytes.

    Args:
        folder: where; made if missing.
        table: its description; every column must be in `frame` and no other (an empty frame may have none).
        frame: the rows.

    Raises:
        ValueError: when columns are missing or unknown: a fault of the caller.
    """
    if frame.empty and not len(frame.columns):
        frame = pd.DataFrame(columns=table.names)
    if set(frame.columns) != set(table.names):
        odd = sorted(set(frame.columns) ^ set(table.names))
        raise ValueError(f"table {table.name}: columns differ from the schema: {odd}")
    columns = [_as_text(frame[column.name], column.kind) for column in table.columns]
    with atomic_write(folder / f"{table.name}.csv") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(table.names)
        lines.writerows(zip(*columns, strict=True))


def read_table(folder: Path, table: Table) -> pd.DataFrame:
    """Read ``folder/<name>.csv``: text and yes/no columns as str (empty for nothing), integers as Int64,
    numbers as float64 (NaN for nothing).

    Raises:
        SensorscapeError: when the file is missing or its columns differ from the schema.
    """
    path = folder / f"{table.name}.csv"
    kinds = {TEXT: "str", YES_NO: "str", INTEGER: "Int64", NUMBER: "float64"}
    try:
        frame = pd.read_csv(
            path,
            dtype={column.name: kinds[column.kind] for column in table.columns},
            keep_default_na=False,
            na_values={column.name: [""] for column in table.columns if column.kind in (INTEGER, NUMBER)},
        )
    except FileNotFoundError as error:
        raise SensorscapeError(f"{path} is missing", "make it with: dvc repro footprint") from error
    except ValueError as error:
        raise SensorscapeError(f"{path} cannot be read: {error}", "make it again with: dvc repro -f footprint") from error
    if list(frame.columns) != table.names:
        raise SensorscapeError(f"{path} has other columns than this version writes", "make it again with: dvc repro -f footprint")
    return frame


def read_tables(folder: Path, tables: Mapping[str, Table] = TABLES) -> dict[str, pd.DataFrame]:
    """All tables of a folder by name (see `read_table`)."""
    return {name: read_table(folder, table) for name, table in tables.items()}


def _as_text(values: pd.Series, kind: str) -> list[str]:
    write = _WRITTEN[kind]
    return ["" if missing else write(value) for value, missing in zip(values.tolist(), values.isna().tolist(), strict=True)]


_WRITTEN: dict[str, Callable[[Any], str]] = {
    NUMBER: lambda value: format(float(value), f".{DIGITS}g"),
    INTEGER: lambda value: str(int(value)),
    YES_NO: lambda value: "" if value == "" else "yes" if value in (True, "yes") else "no",
    TEXT: str,
}
