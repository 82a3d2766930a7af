"""All measures of one landscape, computed once, from which tables, summary, radar and words are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sensorscape.forking import side_by_side
from sensorscape.landscape import density, fdc, moments, optima, persistence, ruggedness
from sensorscape.landscape.density import Density
from sensorscape.landscape.fdc import Change, Fdc
from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.moments import Moments
from sensorscape.landscape.optima import Optima
from sensorscape.landscape.persistence import Curves
from sensorscape.landscape.reading import NAN, Reading, undefined
from sensorscape.landscape.ruggedness import Autocorrelation
from sensorscape.landscape.settings import Settings

SEARCHES, REPETITIONS = 400, 25
SLOW = ("persistence", "optima", "densities", "fdc")
"""Measures that take most of the time, the longest first."""


@dataclass(frozen=True)
class Measured:
    """The measures of a landscape; each is computed when first asked for.

    Attributes:
        landscape, settings: what of, and how.
    """

    landscape: Landscape
    settings: Settings

    @cached_property
    def moments(self) -> dict[int, Moments]:
        """By budget."""
        found = moments.moments(self.landscape, count=self.settings.bootstrap, seed=self.settings.seed)
        return {one.budget: one for one in found}

    @cached_property
    def densities(self) -> dict[int, Density]:
        """By budget; budgets without a model are left out."""
        found = density.densities(self.landscape, count=self.settings.bootstrap, seed=self.settings.seed)
        return {one.budget: one for one in found}

    @cached_property
    def fdc(self) -> dict[tuple[int, str], Fdc]:
        """By budget and distance."""
        names = fdc.distances(self.landscape)
        count, seed = self.settings.bootstrap, self.settings.seed
        return {(b, name): fdc.fdc(self.landscape, b, name, count=count, seed=seed) for b in self.landscape.budgets for name in names}

    @cached_property
    def fdc_change(self) -> list[Change]:
        """From the budget to the late budget; empty when the landscape lacks one of them."""
        early, late = self.settings.budget, self.settings.late_budget
        found: list[Change] = []
        for name in fdc.distances(self.landscape):
            if (early, name) in self.fdc and (late, name) in self.fdc and early != late:
                pair = self.fdc[early, name], self.fdc[late, name]
                found += fdc.change(*pair, self.landscape, count=self.settings.bootstrap, seed=self.settings.seed)
        return found

    @cached_property
    def ruggedness(self) -> list[Autocorrelation]:
        """Every estimate at every budget."""
        return ruggedness.ruggedness(self.landscape)

    @cached_property
    def persistence(self) -> dict[tuple[str, str], Curves]:
        """By sign and reading."""
        settings = self.settings
        found = persistence.persistence(self.landscape, to=settings.persistence_to, count=settings.bootstrap, seed=settings.seed)
        return {(one.sign, one.reading): one for one in found}

    @cached_property
    def optima(self) -> list[Optima]:
        """Sample optima at the footprint's budgets; where every cell has a fitness, exact and estimated ones at every budget."""
        found: list[Optima] = []
        for budget in self.landscape.budgets:
            if budget in (self.settings.budget, self.settings.late_budget) and not self.landscape.complete:
                found += [self._sample_optima(budget, name) for name in fdc.distances(self.landscape)]
            for name in self.landscape.graphs:
                found.append(optima.exact_optima(self.landscape, budget, name))
                found += optima.estimated_optima(
                    self.landscape, budget, name, searches=SEARCHES, repetitions=REPETITIONS, seed=self.settings.seed
                )
        return found

    def _sample_optima(self, budget: int, distance: str) -> Optima:
        nearest, count, seed = self.settings.optima_neighbours, self.settings.bootstrap, self.settings.seed
        return optima.sample_optima(self.landscape, budget, distance, nearest=nearest, count=count, seed=seed)

    def autocorrelation(self, budget: int, estimate: str) -> Autocorrelation:
        """One estimate (``paper``, ``robust``) at a budget; undefined when the landscape has no such budget.

        Where every cell is measured the robust one is exact, and so is the paper's where no walk gives it.
        """
        here = {one.estimate: one for one in self.ruggedness if one.budget == budget and one.walk is None}
        exact = self._exact_autocorrelation(budget)
        found = here.get(estimate)
        if exact is not None and (found is None or estimate == "robust" or not found.rho.defined):
            return exact
        if found is not None:
            return found
        return Autocorrelation(budget, estimate, None, self.no_budget(budget), 0, self.landscape.neighbourhood)

    def _exact_autocorrelation(self, budget: int) -> Autocorrelation | None:
        landscape = self.landscape
        if not landscape.complete:
            return None
        exact = (
            one for one in self.ruggedness if (one.budget, one.estimate, one.neighbourhood) == (budget, "exact", landscape.neighbourhood)
        )
        return next(exact, None)

    def no_budget(self, budget: int) -> Reading:
        """The undefined reading of a budget that the landscape does not have."""
        known = ", ".join(map(str, self.landscape.budgets))
        return undefined(f"{self.landscape.name} has no budget of {budget} epochs (it has {known})")

    def metric(self, name: str, reading: str, budget: int | None = None) -> Reading:
        """A metric of `schema.METRICS` in the paper or the robust reading, at the footprint budget unless said.

        Raises:
            KeyError: for an unknown metric.
        """
        late = name in ("mean_late", "sd_late", "fdc_late")
        at = budget if budget is not None else self.settings.late_budget if late else self.settings.budget
        if at not in self.landscape.budgets and not name.startswith(("persistence", "auc")):
            return self.no_budget(at)
        return _METRICS[name.removesuffix("_late")](self, reading, at)


def fill(measured: Sequence[Measured], *, processes: int) -> None:
    """Compute the `SLOW` measures of all landscapes, on several cores; the values do not depend on `processes`."""
    wanted = [(one, name) for name in SLOW for one in measured]
    for (one, name), found in zip(wanted, side_by_side(lambda pair: getattr(*pair), wanted, processes=processes), strict=True):
        vars(one)[name] = found  # where a cached property keeps its value


def _mean(measured: Measured, reading: str, budget: int) -> Reading:
    one = measured.moments[budget]
    return one.mean_paper if reading == "paper" else one.mean


def _sd(measured: Measured, reading: str, budget: int) -> Reading:
    one = measured.moments[budget]
    return one.sd_paper if reading == "paper" else one.sd


def _rho(measured: Measured, reading: str, budget: int) -> Reading:
    return measured.autocorrelation(budget, reading).rho


def _tau(measured: Measured, reading: str, budget: int) -> Reading:
    return measured.autocorrelation(budget, reading).tau


def _length(measured: Measured, reading: str, budget: int) -> Reading:
    rho = _rho(measured, reading, budget)
    if not rho.defined:
        return rho
    if not 0 < rho.value < 1:
        return undefined(f"ρ̂(1) = {rho.value:.3g} is not between 0 and 1", rho.n)
    low, high = (-1 / np.log(end) if 0 < end < 1 else NAN for end in (rho.low, rho.high))
    return Reading(float(-1 / np.log(rho.value)), float(low), float(high), rho.n, note=rho.note)


def _walk_mean(measured: Measured, reading: str, budget: int) -> Reading:
    column = measured.landscape.at(budget)
    points = [walk.fitness[:, column] for walk in measured.landscape.walks]
    values = np.concatenate(points) if points else np.empty(0)
    values = values[~np.isnan(values)]
    if not len(values):
        return undefined("the study has no walk" if not points else ruggedness.absent(measured.landscape))
    mean = float(values.mean())
    rho = _rho(measured, "robust", budget)
    if reading == "paper" or not rho.defined:
        return Reading(mean, n=len(values))
    effective = len(values) * (1 - max(rho.value, 0)) / (1 + max(rho.value, 0))
    reach = 1.96 * float(values.std(ddof=1)) / max(effective, 1) ** 0.5
    return Reading(mean, mean - reach, mean + reach, len(values), note=f"{effective:.3g} independent points after autocorrelation")


def _best(measured: Measured, reading: str, budget: int) -> Reading:
    landscape = measured.landscape
    positions, fitness = landscape.measured(budget)
    if not len(fitness):
        return undefined("0 models left, at least 1 needed")
    if reading == "paper":
        return Reading(float(fitness.max()), n=len(fitness))
    if landscape.seeds == 1:
        return undefined("one seed: the largest of many noisy values is too high, and a bootstrap cannot say by how much", len(fitness))
    others = landscape.fitness[1:, positions[fitness.argmax()], landscape.at(budget)]
    if np.isnan(others).all():
        return undefined("the best cell has no other seed", len(fitness))
    return Reading(float(np.nanmean(others)), n=len(fitness), note="the best cell of the first seed, scored on the others")


def _fdc(measured: Measured, reading: str, budget: int) -> Reading:
    if (budget, "code") not in measured.fdc:
        return undefined("the cells' codes are not known")
    one = measured.fdc[budget, "code"]
    if reading == "robust":
        return one.pearson
    return undefined(one.reason, len(one.fitness)) if np.isnan(one.pearson_paper) else Reading(one.pearson_paper, n=len(one.fitness))


def _fdc_slope(measured: Measured, reading: str, budget: int) -> Reading:
    if (budget, "code") not in measured.fdc:
        return undefined("the cells' codes are not known")
    one = measured.fdc[budget, "code"]
    if reading == "robust":
        return one.slope_robust
    return undefined(one.reason, len(one.fitness)) if np.isnan(one.slope) else Reading(one.slope, n=len(one.fitness))


def _local_optima(measured: Measured, reading: str, budget: int) -> Reading:
    landscape = measured.landscape
    if landscape.complete:
        for one in measured.optima:
            if (one.budget, one.method, one.neighbourhood) == (budget, "exact", landscape.neighbourhood):
                return one.count
        return undefined("every cell is measured: there is no sample; no neighbourhood was given")
    for one in measured.optima:
        if (one.budget, one.method, one.neighbourhood) == (budget, "sample", "code"):
            note = f"permuted fitness has {one.expected[0]:.0f} to {one.expected[1]:.0f}" if one.count.defined else ""
            return Reading(
                one.count.value, NAN, NAN, one.count.n, one.count.reference, one.count.reason, note if reading == "robust" else ""
            )
    return undefined("the cells' codes are not known")


def _persistence(sign: str, measured: Measured, reading: str) -> Reading:
    return persistence.at(measured.persistence[sign, reading], measured.settings.persistence_to)


def _auc(sign: str, measured: Measured, reading: str) -> Reading:
    return persistence.area(measured.persistence[sign, reading], measured.settings.persistence_to)


_METRICS: dict[str, Callable[[Measured, str, int], Reading]] = {
    "mean": _mean,
    "sd": _sd,
    "ruggedness": _tau,
    "autocorrelation": _rho,
    "correlation_length": _length,
    "walk_mean": _walk_mean,
    "best": _best,
    "fdc": _fdc,
    "fdc_slope": _fdc_slope,
    "local_optima": _local_optima,
    "persistence_positive": lambda measured, reading, _: _persistence("positive", measured, reading),
    "persistence_negative": lambda measured, reading, _: _persistence("negative", measured, reading),
    "auc_positive": lambda measured, reading, _: _auc("positive", measured, reading),
    "auc_negative": lambda measured, reading, _: _auc("negative", measured, reading),
}
