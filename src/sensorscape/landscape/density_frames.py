"""The tables of the fitness's density, row by row as `schema.TABLES` describes them: fits, tests, histogram, curves, steps."""

from typing import Any

import numpy as np

from sensorscape.landscape import density
from sensorscape.landscape.families import cumulative, log_density
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.reading import NAN

Rows = list[dict[str, Any]]
MOST_STEPS = 2_001


def densities(measured: Measured) -> Rows:
    """Table `densities`."""
    rows: Rows = []
    for budget, found in measured.densities.items():
        for one in found.fits:
            rows.append({"sensor": measured.landscape.name} | vars(one) | {"budget": budget})
    return rows


def vuong(measured: Measured) -> Rows:
    """Table `vuong`."""
    return [{"sensor": measured.landscape.name} | vars(one) for found in measured.densities.values() for one in found.vuong]


def histogram(measured: Measured) -> Rows:
    """Table `histogram`."""
    rows: Rows = []
    for budget, found in measured.densities.items():
        if not len(found.fitness):
            continue
        edges, counts = density.histogram(found.fitness)
        for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True):
            share = count / (len(found.fitness) * (right - left))
            row = {"sensor": measured.landscape.name, "budget": budget, "left": left, "right": right, "count": int(count)}
            rows.append(row | {"density": share})
    return rows


def curves(measured: Measured) -> Rows:
    """Table `curves`."""
    rows: Rows = []
    for budget, found in measured.densities.items():
        values = found.fitness
        if not len(values):
            continue
        grid = density.grid_of(values)
        low, high = density.bounds(values)
        drawn = {"kernel": (density.kernel(values, grid, low, high), density.kernel_cumulative(values, grid, low, high))}
        if np.ptp(values) == 0:
            drawn = {}
        for one in found.drawn:
            with np.errstate(divide="ignore"):
                heights = np.exp(log_density(one.family, grid, one.parameters))
            drawn[one.family] = np.where(np.isfinite(heights), heights, NAN), cumulative(one.family, grid, one.parameters)
        for name, (heights, shares) in drawn.items():
            for at, height, share in zip(grid, heights, shares, strict=True):
                row = {"sensor": measured.landscape.name, "budget": budget, "curve": name, "fitness": at}
                rows.append(row | {"density": height, "cumulative": share})
    return rows


def ecdf(measured: Measured) -> Rows:
    """Table `ecdf`."""
    rows: Rows = []
    for budget, found in measured.densities.items():
        n = len(found.fitness)
        places = np.unique(np.linspace(0, n - 1, min(n, MOST_STEPS)).round().astype(int)) if n else np.empty(0, dtype=int)
        rows += [
            {"sensor": measured.landscape.name, "budget": budget, "fitness": found.fitness[i], "cumulative": (i + 1) / n} for i in places
        ]
    return rows
