"""Ratios to the reference's way: NASBench-101's own functions, as `nasbench-pytorch` ships them, on this machine in this run.

Run: ``python tests/bench/cells.py``. The reference is timed on a part and extrapolated; every figure is the best of three.
"""

import time

import numpy as np
from nasbench_pytorch.model import graph_util

from sensorscape.cells.codes import unpack
from sensorscape.cells.distances import hamming
from sensorscape.cells.hashing import hashes
from sensorscape.cells.neighbourhoods import pairs_of
from sensorscape.cells.skeletons import deletions, skeletons
from sensorscape.cells.space import Space, space

LABELLED = 1_293_208
MASKS = sum(2 ** (v * (v - 1) // 2) for v in range(2, 8))


def best(work, times=3):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def fresh():
    for cached in (space, skeletons, deletions):
        cached.cache_clear()
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
    print(f"enumeration: {ours:.2f} s; reference {masks + each * LABELLED:.0f} s (extrapolated): {(masks + each * LABELLED) / ours:.0f}x")
    part = np.arange(0, len(cells), 10)
    some = Space(cells.vertices[part], cells.masks[part], cells.labels[part])
    mine = best(lambda: hashes(some)) / len(part)
    print(f"hashes: {mine * 1e6:.1f} us a cell, {mine * len(cells):.1f} s for all; reference {each * 1e6:.0f} us: {each / mine:.1f}x")
    words = cells.words[np.random.default_rng(0).integers(0, len(cells), 10_000)]
    packed = best(lambda: hamming(words))
    bits = unpack(words)
    plain = best(lambda: [(bits[row] != bits).sum(axis=1) for row in range(0, 10_000, 100)]) * 100
    print(f"all pairs of 10,000 codes: {packed:.2f} s; NumPy on unpacked codes {plain:.0f} s: {plain / packed:.0f}x")
    for name in ("hamming", "edge", "edit"):
        deletions.cache_clear()
        print(f"neighbourhood {name}: {best(lambda name=name: pairs_of(name), 2):.2f} s")


if __name__ == "__main__":
    main()
