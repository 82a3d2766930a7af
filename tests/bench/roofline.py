"""How near a training step comes to what this machine could do at most, and what the published study would cost on it.

Run: ``python tests/bench/roofline.py [--device cpu|cuda] [--stem 16] [--precision float32] [--seconds 4] [--graphs]``, on a quiet machine.

Ceilings, measured here in the same run and precision: floating point operations a second of the best of matrix products and 3x3
convolutions, and bytes a second of a copy between arrays larger than any cache (bytes read and written). On a CPU one process of one
thread is measured, on a GPU one process; so are the rates.

Roofline (Williams, Waterman and Patterson 2009), operation by operation: no operation is quicker than its operations at the first
ceiling or its bytes at the second; a step is the sum. Operations of a cell's network at 32 x 32 patches, whatever its implementation:
convolutions forward (reads input, writes output), for the input's gradient and for the weights' gradient (each reads two, writes
one); batch norm with ReLU in two passes forward (reads; reads and writes) and two backward (reads two; reads two and writes one); max
pooling and sums (read all, write one), backward alike; the optimiser (reads value, gradient and two moments, writes three). Where
arrays fit into a cache, as small stems' do on a CPU, the copy's ceiling is too low and a share may exceed what it seems to say.

Study: 100 cells x 3 sensors x 108 epochs of 98,662 patches, with train (98,662) and test (70,473 patches) evaluated at 4 budgets, at the
mean seconds a patch of the 12 cells, sensor by sensor: hours of this one device, measured on few steps and multiplied.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from torch.nn import functional
from training import BATCH, CELLS, PATCHES, SENSORS, Ours, geometric, write_data

from sensorscape.training.network import ConvBnRelu

STUDY_CELLS, EPOCHS, BUDGETS, TRAIN, TEST = 100, 108, 4, 98_662, 70_473
SIDE = 32


def seconds_of(work, least, ready):
    """Seconds of one call, the best of calls that fill `least` seconds."""
    for _ in range(3):
        work()
    ready()
    best, end = float("inf"), time.perf_counter() + least
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        ready()
        best = min(best, time.perf_counter() - start)
    return best


def ceilings(device, precision, least, ready):
    """(operations a second, bytes a second)."""
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    sizes = (8192, 4096) if device == "cuda" else (2048, 1024)
    found = {}
    with torch.no_grad():
        for size in sizes:
            a, b = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
            found[f"{size} x {size} product"] = 2 * size**3 / seconds_of(lambda a=a, b=b: a @ b, least, ready)
        for channels in (128, 256):
            x = torch.randn(BATCH, channels, 16, 16, device=device, dtype=kind).contiguous(memory_format=torch.channels_last)
            w = torch.randn(channels, channels, 3, 3, device=device, dtype=kind).contiguous(memory_format=torch.channels_last)
            work = 2 * BATCH * 256 * channels**2 * 9
            found[f"3x3 of {channels} channels"] = work / seconds_of(lambda x=x, w=w: functional.conv2d(x, w, padding=1), least, ready)
        source = torch.empty((8 if device == "cuda" else 1) << 28, dtype=torch.float32, device=device).fill_(1)
        target = torch.empty_like(source)
        copied = 2 * 4 * source.numel() / seconds_of(lambda: target.copy_(source), least, ready)
    for name, rate in found.items():
        print(f"  {name}: {rate / 1e12:.3f} Tflop/s")
    print(f"  copy: {copied / 1e9:.1f} GB/s")
    return max(found.values()), copied


def operations(network, element):
    """(floating point operations, bytes) of every operation on one patch, in a training step."""
    for trunk in network.trunks:
        pixels = SIDE * SIDE
        yield from convolution(trunk.stem, pixels, element, first=True)
        for place, block in enumerate(trunk.cells):
            if place and place % trunk.per_stack == 0:
                inputs = block.projections.weight.shape[1]
                yield from pooling(pixels * inputs, pixels * inputs // 4, element)
                pixels //= 4
            yield from convolution(block.projections, pixels, element)
            for vertex in range(1, block.last):
                width = block.widths[vertex]
                entering = len(block.sources[vertex]) + (vertex in block.projected)
                if entering > 1:
                    yield addition(entering, pixels * width, element)
                if str(vertex) in block.operations:
                    yield from convolution(block.operations[str(vertex)], pixels, element)
                else:
                    yield from pooling(pixels * width, pixels * width, element)
            if block.last in block.projected and block.sources[block.last]:
                yield addition(2, pixels * block.widths[block.last], element)


def convolution(layer: ConvBnRelu, pixels, element, *, first=False):
    """Convolution, batch norm and ReLU, forward and backward."""
    outputs, inputs, kernel, _ = layer.weight.shape
    work, entering, leaving = 2 * pixels * inputs * outputs * kernel**2, element * pixels * inputs, element * pixels * outputs
    yield work, entering + leaving
    yield 0, leaving + 2 * leaving
    yield 0, 2 * leaving + 3 * leaving
    yield work, entering + leaving
    if not first:
        yield work, entering + leaving


def pooling(entering, leaving, element):
    """Max pooling forward (a byte of place each) and backward."""
    yield 0, element * (entering + leaving) + leaving
    yield 0, element * (entering + leaving) + leaving


def addition(terms, values, element):
    """A sum; its backward pass hands the gradient on."""
    return 0, element * values * (terms + 1)


def roofline(network, peak, copied, element):
    """Seconds, operations and bytes of one patch in training."""
    found = list(operations(network, element))
    update = 4 * 7 * sum(parameter.numel() for parameter in network.parameters()) / BATCH
    seconds = sum(max(work / peak, size / copied) for work, size in found) + update / copied
    return seconds, sum(work for work, _ in found), sum(size for _, size in found) + update


def rate(ours, work, least):
    """Patches a second of `ours.train` or `ours.evaluate`, feed included."""
    batches = PATCHES // BATCH
    work(4)
    start, done = time.perf_counter(), 0
    while not done or time.perf_counter() - start < least:
        work(batches)
        done += batches
    return done * BATCH / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stem", type=int)
    parser.add_argument("--precision", choices=["float32", "bfloat16"])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--graphs", action="store_true")
    chosen = parser.parse_args()
    on_gpu = chosen.device == "cuda"
    stem, precision = chosen.stem or (128 if on_gpu else 16), chosen.precision or ("bfloat16" if on_gpu else "float32")
    print(f"{torch.cuda.get_device_name() if on_gpu else 'one core'}, torch {torch.__version__}, stem {stem}, {precision}, batch {BATCH}")
    with tempfile.TemporaryDirectory() as name:
        write_data(Path(name))
        sides = {sensor: Ours(Path(name), stem, precision, chosen.device, chosen.graphs, sensor) for sensor in SENSORS}
        peak, copied = ceilings(chosen.device, precision, chosen.seconds / 4, sides["s2"].ready)
        shares, hours = [], {}
        for sensor, ours in sides.items():
            training = evaluating = 0.0
            for cell in CELLS:
                ours.prepare(cell)
                reached, evaluated = rate(ours, ours.train, chosen.seconds), rate(ours, ours.evaluate, chosen.seconds / 4)
                training, evaluating = training + 1 / reached / len(CELLS), evaluating + 1 / evaluated / len(CELLS)
                if sensor == "s2":
                    least, work, size = roofline(ours.training.network, peak, copied, 2 if precision == "bfloat16" else 4)
                    shares.append(least * reached)
                    print(
                        f"  {cell[0]:>21} {cell[1]:>5}: {work / 1e9:.3f} Gflop, {size / 1e6:.2f} MB a patch; at most {1 / least:,.0f}/s, "
                        f"reached {reached:,.0f}/s: {100 * shares[-1]:.0f} % of the roofline, {100 * work * reached / peak:.0f} % of peak",
                        flush=True,
                    )
            patches = EPOCHS * TRAIN * training + BUDGETS * (TRAIN + TEST) * evaluating
            hours[sensor] = STUDY_CELLS * patches / 3600
    print(
        f"share of the roofline, 12 cells, {SENSORS['s2']}: geometric mean {100 * geometric(shares):.0f} %, least {100 * min(shares):.0f} %"
    )
    print(f"published study on this device: {sum(hours.values()):,.1f} hours ({', '.join(f'{k} {v:,.1f}' for k, v in hours.items())})")


if __name__ == "__main__":
    main()
