"""The family `scaling`: how the time of a step or of a draw grows with its sizes.

A row for each size of a network, of data or of a sampler: times at some values, the
line `a + b n` through them, and the exponent of the last doubling, `log2 t(2n) / t(n)`:
1 is linear, 2 quadratic. Each value has a process of its own, for the peak of its
memory. Needs no peers.
"""

import functools
import json
import math
import os
import resource
import sys
import time
from statistics import median

import numpy as np

from benchmarks.harness.interleave import print_table
from benchmarks.harness.processes import answer, started

TIMED = 0.5  # Seconds of one timing, at least one call.
PORT = 23_450


def step(model, x, labels=None, steps=8):
    """A function that runs training steps, and their number."""
    import tensorflow as tf

    data = (x,) if labels is None else (x, labels)
    dataset = tf.data.Dataset.from_tensors(data[0] if labels is None else data)
    dataset = dataset.repeat(steps)
    return functools.partial(model.fit, dataset, verbose=0), steps


def warm(call, steps):
    """The same, after XLA has compiled what kgen has it compile."""
    from benchmarks.harness.kgen_side import warm_up

    warm_up(call)
    return call, steps


def images(rows, size=28, channels=1, levels=None):
    """Random images in [0, 1]; of whole levels, if their number is given."""
    values = np.random.default_rng(0).random((rows, size, size, channels))
    if levels is not None:
        values = np.floor(values * levels).clip(0, levels - 1) / (levels - 1)
    return values.astype("float32")


def replicated_step(replicas=1):
    """A step of a VAE of 128 images on logical devices of the processor."""
    import tensorflow as tf

    import kgen

    (cpu,) = tf.config.list_physical_devices("CPU")
    devices = [tf.config.LogicalDeviceConfiguration() for _ in range(replicas)]
    tf.config.set_logical_device_configuration(cpu, devices)
    strategy = kgen.strategies.get("mirrored" if replicas > 1 else "none")
    with strategy.scope():
        model = kgen.build("vae", (28, 28, 1))
    return step(model, images(128))


def distributed_step(processes=1):
    """A step of a VAE of 128 images, shared by processes of this machine."""
    import kgen

    strategy = kgen.strategies.get("multiworker" if processes > 1 else "none")
    with strategy.scope():
        model = kgen.build("vae", (28, 28, 1))
    return step(model, images(128))


def vae_step(batch=64, size=28, filters=(32, 64), classes=None):
    """A step of a convolutional VAE."""
    import kgen

    model = kgen.build("vae", (size, size, 1), classes, network="conv", filters=filters)
    labels = None if classes is None else np.arange(batch) % classes
    return step(model, images(batch, size), labels)


def unet_step(size=16, width=32, steps=1000):
    """A step of a diffusion model, with a U-Net of `width` and `2 width` channels."""
    import kgen

    model = kgen.build(
        "ddpm", (size, size, 1), filters=(width, 2 * width), num_timesteps=steps
    )
    return step(model, images(16, size))


def diffusion_draw(steps=20, rows=16):
    """A draw by DDIM."""
    import kgen

    model = kgen.build("ddpm", (16, 16, 1))
    sampler = kgen.diffusion.DDIM(steps)
    return lambda: model.sample(rows, seed=0, sampler=sampler).numpy(), 1


def flow_step(batch=512, layers=4, width=64, dimensions=2):
    """A step of a masked autoregressive flow."""
    import kgen

    model = kgen.build("maf", (dimensions,), num_steps=layers, hidden=(width, width))
    x = np.random.default_rng(0).normal(size=(batch, dimensions)).astype("float32")
    # A call of `fit` takes as long as some dozens of these steps.
    return warm(*step(model, x, steps=512))


def flow_draw(dimensions=16, rows=256):
    """A draw of a masked autoregressive flow: one value after the other."""
    import kgen

    model = kgen.build("maf", (dimensions,), num_steps=4, hidden=(64, 64))
    return warm(lambda: model.sample(rows, seed=0).numpy(), 1)


def pixelcnn_step(levels=2, size=16):
    """A step of a PixelCNN."""
    import kgen

    model = kgen.build("pixelcnn", (size, size, 1), levels=levels)
    return step(model, images(16, size, levels=levels))


def pixelcnn_draw(size=8, levels=2, rows=16):
    """A draw of a PixelCNN: one pixel after the other."""
    import kgen

    model = kgen.build("pixelcnn", (size, size, 1), levels=levels)
    return lambda: model.sample(rows, seed=0).numpy(), 1


def bound(draws=16, rows=32):
    """The importance-weighted bound of a VAE."""
    import kgen

    model = kgen.build("vae", (28, 28, 1), network="conv")
    x = images(rows, levels=2)
    return lambda: model.iwae_bound(x, num_samples=draws, seed=0).numpy(), 1


def figure(examples=1000, dim=64):
    """Precision and recall: distances between all pairs."""
    from kgen import metrics

    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, examples, dim)).astype("float32")
    return lambda: metrics.precision_recall(real, fake), 1


# What is timed, the name of the size, and its values.
ROWS = {
    "VAE, step: batch": (vae_step, "batch", (16, 32, 64, 128, 256)),
    "VAE, step: height and width": (vae_step, "size", (8, 16, 32, 64)),
    "VAE, step: classes": (vae_step, "classes", (10, 100, 1000)),
    "VAE, bound: draws": (bound, "draws", (16, 32, 64, 128)),
    "diffusion, step: height and width": (unet_step, "size", (8, 16, 32)),
    "diffusion, step: width": (unet_step, "width", (16, 32, 64)),
    "diffusion, step: time steps": (unet_step, "steps", (100, 1000, 4000)),
    "diffusion, draw: steps": (diffusion_draw, "steps", (10, 20, 40)),
    "diffusion, draw: images": (diffusion_draw, "rows", (8, 16, 32)),
    "PixelCNN, step: levels": (pixelcnn_step, "levels", (2, 16, 256)),
    "PixelCNN, step: height and width": (pixelcnn_step, "size", (8, 16, 32)),
    "PixelCNN, draw: height and width": (pixelcnn_draw, "size", (8, 16, 32)),
    "PixelCNN, draw: images": (pixelcnn_draw, "rows", (4, 16, 64)),
    "MAF, step: batch": (flow_step, "batch", (128, 512, 2048)),
    "MAF, step: layers": (flow_step, "layers", (2, 4, 8)),
    "MAF, step: hidden units": (flow_step, "width", (32, 128, 512)),
    "MAF, step: dimensions": (flow_step, "dimensions", (2, 16, 128)),
    "MAF, draw: dimensions": (flow_draw, "dimensions", (8, 32, 128)),
    "VAE, step: replicas": (replicated_step, "replicas", (1, 2, 4)),
    "VAE, step: processes": (distributed_step, "processes", (1, 2)),
    "precision and recall: examples": (figure, "examples", (1000, 2000, 4000)),
}


def report(options):
    """Prints the table; `--only` names rows, `--rounds` the timings of each value.

    Args:
        options: Options of the command line.
    """
    chosen = options.only.split(";") if options.only else list(ROWS)
    rows = []
    for title in chosen:
        print(f"{title} ...", file=sys.stderr, flush=True)
        values = ROWS[title][2]
        found = [of_processes(title, n, options.rounds) for n in values]
        rows.append((title, *row(values, *zip(*found, strict=True))))
    print(
        "\n## How cost grows\n\nMilliseconds of a step or of a call, median, and the "
        "peak memory of the process, MB.\n"
    )
    header = ("work: size", "values", "ms", "line", "exponent", "peak memory")
    print_table(header, rows)


def of_processes(title, n, rounds):
    """Seconds of a step and peak memory in bytes; of several processes the sum."""
    several = n if ROWS[title][1] == "processes" else 1
    addresses = [f"localhost:{PORT + k}" for k in range(several)]
    command = ("-m", "benchmarks.studies.scaling", title, str(n), str(rounds))
    processes = []
    for index in range(several):
        variables = {}
        if several > 1:
            task = {"type": "worker", "index": index}
            cluster = {"cluster": {"worker": addresses}, "task": task}
            variables["TF_CONFIG"] = json.dumps(cluster)
        processes.append(started(command, **variables))
    found = [answer(process) for process in processes]
    return found[0][0], sum(peak for _, peak in found)


def run(title, n, rounds):
    """Prints the seconds of a step and the peak memory of this process in bytes."""
    make, name, _ = ROWS[title]
    seconds = timed(*make(**{name: n}), rounds)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([seconds, peak]))


def timed(call, steps, rounds):
    """Median seconds of a step, after calls that trace and warm up."""
    call()
    start = time.perf_counter()
    call()
    repeats = max(1, round(TIMED / (time.perf_counter() - start)))
    if "TF_CONFIG" in os.environ:
        repeats = 1  # All processes take the same number of steps.
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        found.append((time.perf_counter() - start) / repeats / steps)
    return median(found)


def row(values, seconds, peaks):
    """The values, times, the line through these, the last exponent, and the peaks."""
    ms = 1000 * np.array(seconds)
    # Relative errors: the small values count as much as the large ones.
    slope, start = np.polyfit(values, ms, 1, w=1 / ms)
    growth = math.log(ms[-1] / ms[-2]) / math.log(values[-1] / values[-2])
    return (
        ", ".join(map(str, values)),
        ", ".join(f"{value:.3g}" for value in ms),
        f"{start:.3g} + {slope:.3g} n",
        f"{growth:.2f}",
        ", ".join(f"{peak / 1e6:.0f}" for peak in peaks),
    )


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
