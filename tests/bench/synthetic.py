"""Search the synthetic landscapes of known ruggedness once and for all: writes src/sensorscape/landscape/synthetic.csv.

Run: ``python tests/bench/synthetic.py`` (two minutes, 2 GiB). In each of the three neighbourhoods of all 423,624 cells 20 landscapes from
white noise to wholly smooth (`search.synthetic`) are searched 40 times with 300 evaluations by every algorithm. They depend on the space,
the generator's seed and the code of the searches only, so a study reads the file; `tests/unit/landscape/test_replay.py` makes three of
them again (marked slow) and compares.
"""

import csv

import numpy as np

from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.space import space
from sensorscape.landscape.bootstrap import generator
from sensorscape.landscape.landscape import Graph
from sensorscape.landscape.reading import rounded
from sensorscape.landscape.replay import SYNTHETIC, Field, searched
from sensorscape.landscape.search import synthetic

NUMBER = 20
COLUMNS = ("landscape", "neighbourhood", "algorithm", "cells", "seeds", "rho", "optima", "fdc", "median_evaluations", "found", "area")


def field(name, number):
    """The landscape `number` (0 white noise … 19 wholly smooth) in a neighbourhood."""
    matrix = neighbourhood(name).matrix
    graph = Graph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))
    share = number / (NUMBER - 1)
    fitness = synthetic(graph, share, generator(0, "synthetic", name, number))
    return Field(f"synthetic, {100 * share:.0f} % smooth", "", None, name, fitness, graph, space().words)


def lines_of(name, number):
    """Its rows of `replay_summary`, the numbers as they are written."""
    digits = {float: lambda value: rounded(value), int: int, str: str}
    return [{key: digits[type(line[key])](line[key]) for key in COLUMNS} for line in searched(field(name, number))[1]]


def main():
    with SYNTHETIC.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        out.writeheader()
        for name in ("hamming", "edge", "edit"):
            for number in range(NUMBER):
                out.writerows(lines_of(name, number))


if __name__ == "__main__":
    main()
