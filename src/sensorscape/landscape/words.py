"""What the data support, and what they cannot say, in words: made from the measures, never from what was hoped for."""

from collections.abc import Sequence

import numpy as np

from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.optima import LEAST_MODELS
from sensorscape.landscape.reading import Reading

Words = list[dict[str, str]]
SMALL_STEP = 10.0  # percent that one model may move P before it is said


def statements(measured: Sequence[Measured]) -> Words:
    """Sentences on each sensor's measures, in the order of the page's topics."""
    found: Words = []
    for topic, say in (
        ("overview", _overview),
        ("density", _density),
        ("fdc", _fdc),
        ("ruggedness", _ruggedness),
        ("persistence", _persistence),
        ("optima", _optima),
    ):
        found += [{"topic": topic, "text": text} for one in measured if (text := say(one))]
    return found


def cannot(measured: Sequence[Measured]) -> Words:
    """What this study cannot estimate and why."""
    found: Words = []
    for one in measured:
        found += [{"topic": topic, "text": f"{one.landscape.name}: {text}"} for topic, text in _limits(one)]
    if len(measured) == 1:
        found.append({"topic": "differences", "text": "One sensor: there is nothing to compare it with."})
    for i, first in enumerate(measured):
        for second in measured[i + 1 :]:
            if not len(np.intersect1d(first.landscape.cells, second.landscape.cells)):
                text = f"{first.landscape.name} and {second.landscape.name} have no cell in common: they cannot be compared cell by cell."
                found.append({"topic": "differences", "text": text})
    if measured and all(one.landscape.seeds == 1 for one in measured):
        text = "One training seed per cell: what is the cell's and what is the seed's cannot be told apart, so ruggedness may be noise."
        trained = any(not one.landscape.table for one in measured)
        found.append({"topic": "noise", "text": text + " Give training.seeds several seeds." * trained})
    return found


def number(value: float, digits: int = 3) -> str:
    """A number as a reader wants it: `digits` significant digits, no exponent for everyday sizes."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "undefined"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:.{min(decimals, 6)}f}"


def between(reading: Reading) -> str:
    """`` (95 % interval a to b)``, or nothing where there is no interval."""
    if np.isnan(reading.low) or np.isnan(reading.high):
        return ""
    return f" (95 % interval {number(reading.low)} to {number(reading.high)})"


def _overview(one: Measured) -> str:
    mean, late = one.metric("mean", "robust"), one.metric("mean_late", "robust")
    if not mean.defined:
        return f"{one.landscape.name}: the mean fitness is undefined: {mean.reason}."
    text = f"{one.landscape.name}: mean fitness {number(mean.value)}{between(mean)} after {one.settings.budget} epochs, n = {mean.n}"
    if late.defined and one.settings.late_budget != one.settings.budget:
        text += f"; {number(late.value)}{between(late)} after {one.settings.late_budget}"
    return text + "."


def _density(one: Measured) -> str:
    if one.settings.budget not in one.landscape.budgets:
        return ""
    fits = [fit for fit in one.densities[one.settings.budget].fits if fit.best]
    if not fits:
        return f"{one.landscape.name}: no density could be fitted: {one.densities[one.settings.budget].fits[0].reason}."
    best = fits[0]
    text = f"{one.landscape.name}: {best.family} has the smallest AIC"
    if not np.isnan(best.winner_share):
        sure = "so the data do not decide" if best.winner_share < 0.95 else "so the choice is stable"
        text += f", in {best.winner_share:.0%} of bootstrap samples, {sure}"
    if not np.isnan(best.anderson_darling_p):
        fitting = "does not fit" if best.anderson_darling_p < 0.05 else "is compatible with the data"
        text += f"; it {fitting} (Anderson-Darling p = {number(best.anderson_darling_p, 2)})"
    return text + "."


def _fdc(one: Measured) -> str:
    found = one.fdc.get((one.settings.budget, "code"))
    if found is None:
        return ""
    if not found.pearson.defined:
        return f"{one.landscape.name}: fitness-distance correlation is undefined: {found.pearson.reason}."
    told = "not told from chance" if found.p >= 0.05 else "more than chance"
    r = found.pearson
    text = f"{one.landscape.name}: fitness-distance correlation {number(r.value)}{between(r)} without the best model"
    return f"{text}, {told} (p = {number(found.p, 2)})."


def _ruggedness(one: Measured) -> str:
    rho = one.metric("autocorrelation", "robust")
    if not rho.defined:
        return f"{one.landscape.name}: ruggedness is undefined: {rho.reason}."
    exact = one.autocorrelation(one.settings.budget, "robust").estimate == "exact"
    if exact:
        text = f"{one.landscape.name}: ρ(1) = {number(rho.value)}, exact over all {rho.n:,} cells"
    else:
        text = f"{one.landscape.name}: ρ̂(1) = {number(rho.value)}{between(rho)} on {rho.n} walk points"
    if rho.low <= 0 <= rho.high:
        return text + ", not told from white noise: τ has no upper bound."
    tau = one.metric("ruggedness", "robust")
    return text + (f", τ = {number(tau.value)}{between(tau)}." if tau.defined else f"; τ is undefined: {tau.reason}.")


def _persistence(one: Measured) -> str:
    parts = []
    for sign, word in (("positive", "best"), ("negative", "worst")):
        found = one.metric(f"persistence_{sign}", "robust")
        if not found.defined:
            return f"{one.landscape.name}: persistence is undefined: {found.reason}."
        curves = one.persistence[sign, "robust"]
        column = one.settings.persistence_to - 1
        low, high = curves.copula_low[-1, column], curves.copula_high[-1, column]
        inside = "as the rank correlations alone would give" if low <= found.value <= high else "beyond what the rank correlations give"
        parts.append(f"of the {word} {one.settings.persistence_to} % stay {number(found.value)} %{between(found)}, {inside}")
    return f"{one.landscape.name}: {'; '.join(parts)}."


def _optima(one: Measured) -> str:
    found = one.metric("local_optima", "paper")
    if not found.defined:
        return f"{one.landscape.name}: local optima are undefined: {found.reason}."
    return f"{one.landscape.name}: {found.value:.0f} local optima; without structure {number(found.reference)} would be expected."


def _limits(one: Measured) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    landscape, settings = one.landscape, one.settings
    for budget, what in ((settings.budget, "the footprint"), (settings.late_budget, "its late budget")):
        if budget not in landscape.budgets:
            found.append(("conditions", f"no run was evaluated at {budget} epochs, the budget of {what}."))
    if landscape.n < LEAST_MODELS and not landscape.complete:
        found.append(("optima", f"{landscape.n} models are too few for local optima of the sample (at least {LEAST_MODELS})."))
    start = round(landscape.n * settings.persistence_to / 100)
    if start and 100 / start >= SMALL_STEP:
        found.append(("persistence", f"one model moves P at N = {settings.persistence_to} by {100 / start:.0f} percentage points."))
    found += _walk_limits(landscape, one)
    if not landscape.graphs and not landscape.parts:
        found.append(
            ("replay", "searches are not replayed: not every neighbour of its cells has a measured fitness, and no surrogate stands in.")
        )
    return found


def _walk_limits(landscape: Landscape, one: Measured) -> list[tuple[str, str]]:
    if not landscape.walks:
        return [("ruggedness", "the study has no walk.")]
    rho = one.metric("autocorrelation", "robust")
    if not rho.defined:
        return [("ruggedness", f"ρ̂(1) is undefined: {rho.reason}.")]
    if one.autocorrelation(one.settings.budget, "robust").estimate == "exact":
        return []
    error = 1 / rho.n**0.5
    return [
        (
            "ruggedness",
            f"ρ̂(1) of {rho.n} walk points has a standard error of about {error:.2f}: |ρ̂| below {1.96 * error:.2f} is no ruggedness.",
        )
    ]
