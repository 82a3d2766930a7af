"""GraphFLA and ours on the whole space, one after the other in processes of their own: time, peak memory, values.

Run: ``python tests/bench/landscape.py``. Both get the 423,624 cells, the `hamming` neighbourhood and the same fitness (a smooth part and
noise on the graph); each builds, then computes autocorrelation, local optima and FDC. GraphFLA is given the 289 bits as booleans, so that
it finds the same neighbours. What may differ: its autocorrelation is pooled under one mean over 1,000 random walks of 20, ours is exact;
it drops isolated cells from everything, ours only from the optima (counted apart); both FDCs are rank correlations with bits from the best.
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


def apart(which):
    done = subprocess.run([sys.executable, __file__, which], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if len(sys.argv) > 1:
        print(json.dumps({"ours": ours, "graphfla": graphfla}[sys.argv[1]](), default=float))
        return
    results = {name: apart(name) for name in ("ours", "graphfla")}
    for name, result in results.items():
        parts = ", ".join(f"{key} {result['seconds'][key]:.2f} s" for key in NEEDED)
        print(f"{name}: {parts}; peak {result['gigabytes']:.2f} GiB; {result['values']}")
    total = {name: sum(result["seconds"][key] for key in NEEDED) for name, result in results.items()}
    share = results["ours"]["gigabytes"] / results["graphfla"]["gigabytes"]
    print(f"ours is {total['graphfla'] / total['ours']:.1f} times quicker in {share:.2f} of the memory")


if __name__ == "__main__":
    main()
