"""How fast the data is, and in how much memory. Run by hand: python tests/bench/patches.py synthesis | memory | order [folder] [GB ...]

synthesis: patches per second of the simulation, on one core.
memory: peak memory of the summary and of the subset on contiguous files of 2 GB, 8 GB and more than this machine's memory (or of the
    sizes given), each in a process of its own, and their read rates beside that of `dd`, all on a cold cache (the pages of the file are
    dropped first). Of the subset both are printed: the reading (until the raw file is read whole and the chosen rows are handed to the
    kernel) and all, with standardising, its digest and the wait for the disk.
order: which sensor a linear baseline finds easier, over 20 seeds of the generator, as shares; nothing asserts an order.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sensorscape.patches import subset
from sensorscape.patches.baseline import linear_baseline
from sensorscape.patches.layout import read_layout
from sensorscape.patches.sensors import resolve
from sensorscape.patches.subset import Plan, write_subset
from sensorscape.patches.summary import summarise
from sensorscape.patches.synthetic.generate import synthesize

ROW = 32 * 32 * 18 * 8
SENSORS = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}, "fusion": {"sen1": "all", "sen2": "all"}}


def synthesis(folder: Path) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    synthesize(folder / "bench.h5", patches=10_000, cities=12, seed=1)
    print(f"10,000 patches in {time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} s of one core")
    (folder / "bench.h5").unlink()


def memory(folder: Path, sizes: list[int], rounds: int = 3) -> None:
    own = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    print(f"this machine has {own / 1e9:.1f} GB of memory")
    for size in sizes or [2, 8, own * 11 // 10**10 + 1]:
        path = folder / f"{size}GB.h5"
        _fill(path, size * 10**9 // ROW)
        os.sync()
        rates: dict[str, list[float]] = {"dd": [], "summary": [], "subset, reading": [], "subset, whole": []}
        peaks = {"summary": 0.0, "subset": 0.0}
        for _ in range(rounds):  # in turn, because a disk's rate changes within minutes
            _cold(path)
            start = time.perf_counter()
            subprocess.run(["dd", f"if={path}", "of=/dev/null", "bs=4M", "status=none"], check=True)
            rates["dd"].append(path.stat().st_size / (time.perf_counter() - start))
            for what in peaks:
                _cold(path)
                done = subprocess.run([sys.executable, __file__, f"_{what}", str(path)], capture_output=True, text=True, check=True)
                whole, read, peak = map(float, done.stdout.split())
                peaks[what] = max(peaks[what], peak)
                for name, seconds in ((what, whole),) if what == "summary" else ((f"{what}, reading", read), (f"{what}, whole", whole)):
                    rates[name].append(path.stat().st_size / seconds)
        reference = statistics.median(rates["dd"])
        print(
            f"{size} GB, medians of {rounds} in turn on a cold cache; peak memory "
            + ", ".join(f"{k} {v:.0f} MiB" for k, v in peaks.items())
        )
        for name, found in rates.items():
            low, median, high = min(found) / 1e9, statistics.median(found) / 1e9, max(found) / 1e9
            print(f"  {name}: {median:.2f} GB/s ({low:.2f} to {high:.2f}), {1e11 * median / reference:.0f} % of dd")
        path.unlink()


def order(folder: Path, seeds: int = 20) -> None:
    first: Counter[str] = Counter()
    for seed in range(seeds):
        synthesize(folder / "order.h5", patches=1200, cities=12, seed=seed)
        layout = read_layout(folder / "order.h5")
        write_subset(folder / "subset.h5", layout, Plan(test_share=0.5, train_share=0.5, seed=1), accepted=np.ones(layout.rows, bool))
        sensors = {name: resolve(name, definition, {"sen1": 8, "sen2": 10}) for name, definition in SENSORS.items()}
        found = {name: result["kappa"] for name, result in linear_baseline(folder / "subset.h5", sensors, classes=17).items()}
        first[" > ".join(sorted(found, key=lambda name: -found[name]))] += 1
        print(f"seed {seed}: {found}", flush=True)
    for ranking, count in first.most_common():
        print(f"{ranking}: {count} of {seeds}")


def _fill(path: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        for name, channels in (("sen1", 8), ("sen2", 10)):
            array = file.create_dataset(name, (rows, 32, 32, channels), "<f8")
            block = rng.standard_normal((256, 32, 32, channels))
            for start in range(0, rows, 256):
                array[start : start + 256] = block[: min(256, rows - start)] + start
        file["label"] = np.eye(17)[np.arange(rows) % 17]


def _cold(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _measured(what: str, path: Path) -> None:
    """Print seconds in all, seconds until the raw file was read, and the peak memory in MiB."""
    start = time.perf_counter()
    read = 0.0
    if what == "_summary":
        summarise(path)
    else:
        copy = subset._copy

        def timed(*arguments: Any) -> Any:
            nonlocal read
            begun = time.perf_counter()
            moments = copy(*arguments)
            read = time.perf_counter() - begun
            return moments

        subset._copy = timed
        layout = read_layout(path)
        plan = Plan(test_share=0.2, train_share=0.35)
        write_subset(path.with_name("bench-subset.h5"), layout, plan, accepted=np.ones(layout.rows, bool))
    whole = time.perf_counter() - start
    print(whole, read or whole, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    path.with_name("bench-subset.h5").unlink(missing_ok=True)


def main(arguments: list[str]) -> None:
    what = arguments[0] if arguments else ""
    if what.startswith("_"):
        _measured(what, Path(arguments[1]))
        return
    tasks = {"synthesis": synthesis, "order": order}
    if what not in (*tasks, "memory"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(dir=arguments[1] if len(arguments) > 1 else None) as folder:
        if what == "memory":
            memory(Path(folder), [int(size) for size in arguments[2:]])
        else:
            tasks[what](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
