"""Ratios to the reference's way: NASBench-101's own functions, as `nasbench-pytorch` ships them, on this machine in this run.

Run: ``python tests/bench/cells.py`` (two minutes on one core). What the reference does is timed on a part and extrapolated: to enumerate
it looks at every edge mask and hashes every labelled graph it finds. Everything starts from nothing in this process, and the better of
several is taken; beside each figure stands what is wanted, and the exit status is 1 where it is not reached.
"""

import os
import sys
import tempfile
import time
from itertools import combinations

import numpy as np
import pyarrow.parquet as pq
from nasbench_pytorch.model import graph_util

from sensorscape.cells import cache
from sensorscape.cells.codes import unpack
from sensorscape.cells.distances import edit, hamming
from sensorscape.cells.hashing import hashes
from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.neighbours import neighbours
from sensorscape.cells.skeletons import deletions, skeletons
from sensorscape.cells.space import space

LABELLED = 1_293_208
MASKS = sum(2 ** (v * (v - 1) // 2) for v in range(2, 8))
MISSED = []


def best(work, times=3):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def tell(what, seconds, at_most, reference=None, at_least=0):
    """One line: time, what is wanted, and how many times as long the reference takes."""
    line = f"{what}: {seconds:.2f} s (wanted: at most {at_most} s)"
    missed = seconds > at_most
    if reference:
        line += f"; reference {reference:.0f} s: {reference / seconds:.1f}x (wanted: at least {at_least}x)"
        missed |= reference < at_least * seconds
    if missed:
        MISSED.append(what)
    print(line + (" MISSED" if missed else ""), flush=True)


def forget():
    for cached in (space, skeletons, deletions, neighbourhood):
        cached.cache_clear()


def fresh():
    forget()
    space()


def reference_masks(count=3000):
    """NASBench-101 looks at every edge mask: is it a full DAG with at most nine edges?"""
    for bits in range(0, 2**21, 2**21 // count):
        matrix = np.fromfunction(graph_util.gen_is_edge_fn(bits), (7, 7), dtype=np.int8)
        graph_util.is_full_dag(matrix) and graph_util.num_edges(matrix) <= 9


def main():
    ours = best(fresh)
    cells = space()
    rows = np.arange(0, len(cells), 1500)
    graphs = [(cell.matrix, [-1, *cell.digits, -2]) for cell in map(cells.cell, rows.tolist())]
    each = best(lambda: [graph_util.hash_module(*graph) for graph in graphs]) / len(graphs)
    masks = best(reference_masks) / 3000 * MASKS
    tell("enumeration of 423,624 cells", ours, 20, masks + each * LABELLED, 30)
    tell("hashes of all cells", best(lambda: hashes(cells), 1), 60, each * len(cells), 5)
    words = cells.words[np.random.default_rng(0).integers(0, len(cells), 10_000)]
    bits = unpack(words)
    plain = best(lambda: [(bits[row] != bits).sum(axis=1) for row in range(0, 10_000, 100)]) * 100
    tell("Hamming distances of all pairs of 10,000 codes", best(lambda: hamming(words)), 2, plain, 50)
    for name, seconds in (("hamming", 5), ("edge", 60), ("edit", 180)):
        fresh()
        tell(f"neighbourhood {name} from the cells", best(lambda name=name: neighbourhood(name), 1), seconds)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SENSORSCAPE_CACHE"] = folder
        cache.space_file()
        tell("the columnar file, checked and read whole", best(lambda: pq.read_table(cache.space_file())), 1)
    few = [cells.cell(row) for row in rows[:: len(rows) // 40].tolist()]
    pairs = list(combinations(few, 2))
    print(f"edit distance: {best(lambda: [edit(*pair) for pair in pairs]) / len(pairs) * 1e6:.0f} us a pair")
    for name in ("hamming", "edge", "edit"):
        print(f"{name} neighbours of one cell: {best(lambda name=name: [neighbours(c, name) for c in few]) / len(few) * 1e3:.1f} ms")
    if MISSED:
        sys.exit(f"missed: {', '.join(MISSED)}")


if __name__ == "__main__":
    main()
