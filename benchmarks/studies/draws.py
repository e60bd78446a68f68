"""The family `draws`: how far draws of value after value are from their limit.

A cached draw computes each activation once, as one pass over whole examples does, but
a value at a time. That pass, the verb `log_prob`, is the limit. For each value a row
takes at most as many multiplications as there are weights, and all rows together read
the weights once. Needs no peers.
"""

import time
from statistics import median

from benchmarks.harness.interleave import print_table

WORK = {
    "PixelCNN, 28x28": ("pixelcnn", (28, 28, 1), {}, 16),
    "gated PixelCNN, 28x28": ("gated-pixelcnn", (28, 28, 1), {}, 16),
    "Transformer, 16x16": ("transformer", (16, 16, 1), {}, 16),
    "LSTM, 16x16": ("lstm", (16, 16, 1), {}, 16),
    "MAF, 64 dimensions": ("maf", (64,), {"hidden": (128, 128)}, 256),
}


def report(options):
    """Prints the table; `--rounds` is the number of timings.

    Args:
        options: Options of the command line.
    """
    rows = []
    for title, (name, shape, settings, count) in WORK.items():
        rows.append((title, count, *figures(name, shape, settings, count, options)))
    print("\n## Draws of value after value, and one pass over the same examples\n")
    header = ("model", "rows", "weights", "KB of weights", "values")
    times = ("us a value", "draw, ms", "pass, ms", "draw / pass")
    print_table((*header, *times), rows)


def figures(name, shape, settings, count, options):
    """The cells of a row."""
    import math

    import numpy as np

    import kgen
    from benchmarks.harness.kgen_side import warm_up

    model = kgen.build(name, shape, seed=0, **settings)
    weights = [w.shape for w in model.trainable_variables if len(w.shape) > 1]
    weights = sum(map(math.prod, weights))

    def draw():
        model.sample(count, seed=0).numpy()

    x = np.asarray(model.sample(count, seed=0))

    def run():
        model.log_prob(x).numpy()

    seconds = []
    for call in (draw, run):
        warm_up(call)
        seconds.append(median(timed(call) for _ in range(options.rounds)))
    values = math.prod(shape)
    return (
        f"{weights:,}",
        f"{4 * weights / 1024:,.0f}",
        values,
        f"{1e6 * seconds[0] / values:.1f}",
        *(f"{1e3 * each:.2f}" for each in seconds),
        f"{seconds[0] / seconds[1]:.1f}",
    )


def timed(call):
    """Seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
