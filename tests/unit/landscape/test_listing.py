import numpy as np
import pytest

from sensorscape.landscape import listing
from sensorscape.landscape.gather import Run, landscape_of
from sensorscape.landscape.landscape import Landscape
from sensorscape.landscape.schema import TABLES


def run(cell, roles=("population",), accepted=True, sensor="s1", flags=(), reasons=()):
    return Run(
        {
            "fingerprint": f"{sensor}{cell}",
            "sensor": sensor,
            "seed": 0,
            "outcome": "finished",
            "cell": {"hash": cell, "ops": ["conv1x1"], "vertices": 3, "edges": 2, "depth": 2, "width": 1, "parameters": 10},
            "evaluations": {
                "4": {"seconds": 1.0, "test": {"kappa": 0.5, "accuracy": 0.6, "average_accuracy": 0.4}, "train": {"kappa": 0.7}}
            },
            "identity": {"subset": "aa"},
            "environment": {
                "device": "cpu",
                "python": "3.11",
                "torch": "2",
                "sensorscape": "0.1",
                "commit": "c",
                "dirty": False,
                "place": "cpu",
            },
        },
        tuple(roles),
        accepted,
        tuple(flags),
        tuple(reasons),
    )


@pytest.fixture
def runs():
    return [
        run("b", flags=["low"]),
        run("a", ["population", "walk"]),
        run("c", ["walk"]),
        run("d", accepted=False, reasons=["not finite"]),
        run("a", sensor="s2"),
    ]


def test_rows_have_the_columns_of_the_schema(runs):
    for rows, table in (
        (listing.fitness(runs, ["s1", "s2"], (4,)), "fitness"),
        (listing.cells(runs), "cells"),
        (listing.pruned(runs, ["s1", "s2"]), "pruned"),
    ):
        assert set(rows[0]) == set(TABLES[table].names)


def test_fitness_lists_accepted_population_runs_in_order(runs):
    rows = listing.fitness(runs, ["s2", "s1"], (4, 12))
    assert [(row["sensor"], row["cell"], row["flagged"]) for row in rows] == [("s2", "a", False), ("s1", "a", False), ("s1", "b", True)]


def test_cells_and_pruned(runs):
    assert [(row["cell"], row["population"], row["walk"]) for row in listing.cells(runs)] == [
        ("a", True, True),
        ("b", True, False),
        ("c", False, True),
        ("d", True, False),
    ]
    assert [(row["cell"], row["reasons"]) for row in listing.pruned(runs, ["s1", "s2"])] == [("d", "not finite")]


def test_conditions_count_and_name(runs):
    codes = {name: np.zeros(5, dtype=np.uint64) for name in "abcd"}
    landscape = landscape_of("s1", runs, budgets=(4,), seeds=(0,), codes=codes, walks=[["a", "c"]], walk_budget=4)
    found = listing.conditions(runs, [landscape], 50)
    assert found["runs"]["s1"] == {
        "population": 3,
        "accepted": 2,
        "pruned": 1,
        "flagged": 1,
        "walk_cells": 2,
        "walk_accepted": 2,
        "cells": 2,
        "seeds": 1,
    }
    assert found["pruned_reasons"] == {"s1": {"not finite": 1}}
    assert found["devices"] == ["cpu"]
    assert found["versions"] == {"python": ["3.11"], "sensorscape": ["0.1"], "torch": ["2"]}
    assert found["resolution"]["s1"] == {"P": 100.0, "rho": pytest.approx(2**-0.5, abs=1e-6)}


def test_a_table_counts_its_cells_and_prunes_none():
    table = Landscape("nb", (4,), np.array(["a" * 32, "b" * 32]), np.full((1, 2, 1), 0.5), table=True)
    found = listing.conditions([], [table], 25)["runs"]["nb"]
    assert (found["population"], found["accepted"], found["cells"], found["pruned"], found["flagged"]) == (2, 2, 2, 0, 0)
