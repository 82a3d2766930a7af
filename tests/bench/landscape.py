"""GraphFLA and ours on the whole space, one after the other in processes of their own: time, peak memory, values; and a footprint's time.

Run: ``python tests/bench/landscape.py [measures]``. Both get the 423,624 cells, the `hamming` neighbourhood and the same fitness (a smooth
part and noise on the graph); each builds, then computes autocorrelation, local optima and FDC. GraphFLA is given the 289 bits as booleans,
so that it finds the same neighbours. What may differ: its autocorrelation is pooled under one mean over 1,000 random walks of 20, ours is
exact; it drops isolated cells from everything, ours only from the optima (counted apart); both FDCs are rank correlations with bits from
the best.

measures: processor seconds and peak memory of one process for the footprint of three sensors with 100 cells each (four budgets, a walk of
100 points, 1,000 bootstrap replicates, every table and word of it), and for density, persistence, exact optima in all three neighbourhoods
and the autocorrelation of 1,000 walks of 100 points on the whole space with four budgets. Made-up fitness, real cells.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np

NEEDED = ("build", "autocorrelation", "optima", "fdc")


def space_and_fitness():
    from sensorscape.cells.neighbourhoods import neighbourhood
    from sensorscape.cells.space import space
    from sensorscape.landscape.landscape import Graph
    from sensorscape.landscape.search import synthetic

    cells = space()
    start = time.process_time()
    matrix = neighbourhood("hamming").matrix
    graph = Graph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))
    seconds = time.process_time() - start
    return cells.words, graph, synthetic(graph, 0.8, np.random.default_rng(1)), seconds


def peak_gigabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(found, name, work):
    """Processor seconds of this process: what else the machine does at the time does not count."""
    start = time.process_time()
    value = work()
    found[name] = time.process_time() - start
    return value


def ours():
    from sensorscape.landscape.landscape import code_distances
    from sensorscape.landscape.optima import climb
    from sensorscape.landscape.ranks import spearman
    from sensorscape.landscape.ruggedness import exact

    words, graph, fitness, building = space_and_fitness()
    found = {"build": building}
    rho = timed(found, "autocorrelation", lambda: exact(fitness, graph))
    ends = timed(found, "optima", lambda: climb(fitness, graph))
    best = int(fitness.argmax())
    d = timed(found, "fdc", lambda: code_distances(words, np.array([best]))[0].astype(float))
    start = time.process_time()
    rank = float(spearman(d, fitness))
    found["fdc"] += time.process_time() - start
    values = {"rho": rho, "optima": ends.optima, "isolated": ends.isolated, "edges": len(graph.neighbours) // 2, "fdc": rank}
    return {"seconds": found, "values": values, "gigabytes": peak_gigabytes()}


def graphfla():
    from graphfla.analysis import autocorrelation, fdc, local_optima_ratio
    from graphfla.landscape import BooleanLandscape

    from sensorscape.cells.codes import unpack

    words, _, fitness, _ = space_and_fitness()
    bits = unpack(words)
    start_memory = peak_gigabytes()
    found = {}
    landscape = timed(found, "build", lambda: BooleanLandscape(maximize=True).build_from_data(bits, fitness, verbose=False))
    rho = timed(found, "autocorrelation", lambda: autocorrelation(landscape, seed=1))
    ratio = timed(found, "optima", lambda: local_optima_ratio(landscape))
    rank = timed(found, "fdc", lambda: fdc(landscape))
    values = {
        "rho": rho,
        "optima": round(ratio * landscape.n_configs),
        "configurations": landscape.n_configs,
        "edges": landscape.n_edges,
        "fdc": rank,
    }
    return {"seconds": found, "values": values, "gigabytes": peak_gigabytes(), "gigabytes_before": start_memory}


def sample():
    from sensorscape.landscape.footprint import footprint_of
    from sensorscape.landscape.settings import Settings

    rng, budgets = np.random.default_rng(0), (4, 12, 36, 108)
    landscapes = []
    for name in ("s1", "s2", "fusion"):
        quality = 0.5 + 0.08 * rng.standard_normal((100, 1))
        fitness = np.clip(quality + np.array([0, 0.05, 0.1, 0.12]) + 0.03 * rng.standard_normal((100, 4)), 0.01, 0.99)
        landscapes.append(made_up(name, budgets, fitness, rng.choice(423_624, 100, replace=False), [rng.integers(0, 100, 100)]))
    found = {}
    made = timed(found, "footprint", lambda: footprint_of(landscapes, Settings(36, 108, bootstrap=1000)))
    return {"seconds": found, "values": {"tables": len(made.tables)}, "gigabytes": peak_gigabytes()}


def whole():
    from sensorscape.landscape.landscape import Graph
    from sensorscape.landscape.measured import Measured
    from sensorscape.landscape.optima import exact_optima
    from sensorscape.landscape.ruggedness import random_walks
    from sensorscape.landscape.search import synthetic
    from sensorscape.landscape.settings import Settings

    rng, budgets, found = np.random.default_rng(0), (4, 12, 36, 108), {}
    matrix = space_of().neighbourhood("hamming")
    graph = Graph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))
    fitness = np.stack([synthetic(graph, share, rng) for share in (0.3, 0.5, 0.7, 0.8)], axis=1)
    walks = list(timed(found, "walks", lambda: random_walks(graph, rng.integers(0, len(fitness), 1000), 100, rng)))
    landscape = timed(found, "landscape", lambda: made_up("table", budgets, fitness, np.arange(len(fitness)), walks))
    measured = Measured(landscape, Settings(36, 108, bootstrap=1000))
    for name in ("densities", "persistence", "ruggedness"):
        timed(found, name, lambda name=name: getattr(measured, name))
    optima = timed(found, "optima", lambda: [exact_optima(landscape, b, name) for b in budgets for name in landscape.graphs])
    return {"seconds": found, "values": {"exact optima": len(optima)}, "gigabytes": peak_gigabytes()}


def space_of():
    from sensorscape.cells.cache import space_hashes
    from sensorscape.cells.neighbourhoods import neighbourhood
    from sensorscape.cells.space import space
    from sensorscape.landscape.table import Space

    return Space(space_hashes(), space().words, space().digits, lambda name: neighbourhood(name).matrix)


def made_up(name, budgets, fitness, rows, walks):
    """A table's landscape of some rows of the space; `walks` are places in `rows`."""
    from sensorscape.landscape.table import table_landscape

    space = space_of()
    hashes = [space.hashes[row].decode() for row in rows]
    return table_landscape(name, hashes, budgets, fitness, space, walks=[[hashes[place] for place in walk] for walk in walks])


def tell(results):
    for name, result in results.items():
        parts = ", ".join(f"{key} {seconds:.2f} s" for key, seconds in result["seconds"].items())
        total = sum(result["seconds"].values())
        print(f"{name}: {parts}; in sum {total:.1f} s; peak {result['gigabytes']:.2f} GiB; {result['values']}", flush=True)


def apart(which):
    done = subprocess.run([sys.executable, __file__, which], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    works = {"ours": ours, "graphfla": graphfla, "sample": sample, "whole": whole}
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what in works:
        print(json.dumps(works[what](), default=float))
        return
    if what:
        tell({name: apart(name) for name in ("sample", "whole")})
        return
    results = {name: apart(name) for name in ("ours", "graphfla")}
    tell(results)
    total = {name: sum(result["seconds"][key] for key in NEEDED) for name, result in results.items()}
    share = results["ours"]["gigabytes"] / results["graphfla"]["gigabytes"]
    print(f"ours is {total['graphfla'] / total['ours']:.1f} times quicker in {share:.2f} of the memory")


if __name__ == "__main__":
    main()
