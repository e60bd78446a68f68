"""The family `bounds`: what held-out figures cost beside the network alone.

`kgen.evaluate` of a VAE takes 200 draws of z for each image, that of a diffusion model
50 times t. The least that this can cost is as many passes of the network, each a call
of one graph, at the batch that is fastest. Memory is the peak of a new process.
Needs no peers.
"""

import json
import math
import sys
import time
from statistics import median

from benchmarks.harness.interleave import print_table
from benchmarks.harness.processes import answer, started

SHAPE = (28, 28, 1)
BATCHES = (128, 512, 2048)  # Rows of a pass of the network alone.
DRAWS, TIMES = 200, 50
WORK = {
    "VAE, 200 draws": ("vae", {}),
    "diffusion, 50 times": ("ddpm", {}),
}


def report(options):
    """Prints the table; `--examples` is the number of images, `--rounds` of timings.

    Args:
        options: Options of the command line.
    """
    rows = []
    for title in WORK:
        command = ("-m", "benchmarks.studies.bounds", title, str(options.examples))
        found = [answer(started(command)) for _ in range(options.rounds)]
        cells = [f"{median(each[0] for each in found):.1f}"]
        cells += [f"{median(each[1] for each in found):.1f}"]
        ratios = [each[0] / each[1] for each in found]
        cells += [f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"]
        rows.append((title, *cells, f"{max(each[2] for each in found) / 1e6:.0f}"))
    print(f"\n## Held-out figures of {options.examples:,} images of 28x28, seconds\n")
    header = ("bound", "kgen.evaluate", "network alone", "ratio", "peak memory, MB")
    print_table(header, rows)


def run(title, examples):
    """Prints the seconds of both and the peak memory; for a process of its own."""
    import resource

    import numpy as np

    import kgen

    name, settings = WORK[title]
    model = kgen.build(name, SHAPE, seed=0, **settings)
    x = (np.random.default_rng(0).random((examples, *SHAPE)) > 0.8).astype("float32")
    kgen.evaluate(model, x[:256])  # Traces.
    start = time.perf_counter()
    kgen.evaluate(model, x)
    seconds = time.perf_counter() - start
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    alone = min(passes(model, examples, rows) for rows in BATCHES)
    print(json.dumps([seconds, alone, peak]))


def passes(model, examples, rows):
    """Seconds of all passes of the network with so many rows, from some of them."""
    import tensorflow as tf

    decoder = hasattr(model, "decoder")
    network = model.decoder if decoder else model.denoiser
    shapes = [(rows, *tensor.shape[1:]) for tensor in network.inputs]
    inputs = [tf.zeros(s, t.dtype) for s, t in zip(shapes, network.inputs, strict=True)]
    inputs = inputs[0] if len(inputs) == 1 else inputs

    @tf.function(autograph=False)
    def call():
        return network(inputs, training=False)

    call()
    number = math.ceil(examples * (DRAWS if decoder else TIMES + 1) / rows)
    some = min(number, max(1, 20_000 // rows))
    start = time.perf_counter()
    for _ in range(some):
        value = call()
    tf.nest.map_structure(lambda tensor: tensor.numpy(), value)
    return (time.perf_counter() - start) * number / some


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
