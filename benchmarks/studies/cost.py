"""The family `cost`: what recipes would take on larger data, from counted operations.

A row for each recipe, its settings and a data set: the parameters, the floating-point
operations of a training step for one example, the memory that a further example of a
batch takes, and from these the hours of a training on 1, 8 and 64 GPUs. Operations are
those of forward, backward and optimizer, as TensorFlow's profiler counts convolutions
and products in the traced step. What is measured are operations and memory. The rate of
a GPU is an assumption, `RATE`; so are full use of all GPUs and the number of epochs.
Needs no peers.
"""

import dataclasses
import json
import resource
import sys

import numpy as np

from benchmarks.harness.interleave import print_table
from benchmarks.harness.processes import answer, started

# 30e12 operations a second: a tenth of the bfloat16 peak of an A100 (312e12). Small
# convolutions reach less of it than large products.
RATE = 30e12
GPUS = (1, 8, 64)
BATCHES = (8, 24)  # Two sizes, whose difference in memory is that of 16 examples.
LEAST = 100e6  # Bytes; less is lost in the memory that tracing takes.
IMAGES = {"CIFAR-10": 50_000, "CelebA": 162_770, "ImageNet-64": 1_281_167}
SHAPES = {name: (64, 64, 3) for name in IMAGES} | {"CIFAR-10": (32, 32, 3)}


@dataclasses.dataclass(frozen=True)
class Case:
    """A training: a recipe with settings, a data set, and a number of epochs."""

    recipe: str
    data: str
    epochs: int
    settings: dict = dataclasses.field(default_factory=dict)


GLOW = {"width": 512, "num_scales": 3, "num_steps": 32}
UNET = {"num_blocks": 2, "num_groups": 32}
CASES = (
    Case("vae", "CIFAR-10", 100, {"filters": (64, 128, 256), "latent_dim": 128}),
    Case("vae", "CelebA", 50, {"filters": (64, 128, 256, 512), "latent_dim": 256}),
    Case("vq-vae", "ImageNet-64", 20, {"filters": (128, 256), "num_codes": 512}),
    Case("dcgan", "CelebA", 25, {"filters": (64, 128, 256, 512)}),
    Case("stylegan", "CelebA", 100, {"filters": (64, 128, 256, 512, 512)}),
    Case("gated-pixelcnn", "CIFAR-10", 100, {"width": 120, "num_blocks": 14}),
    Case("glow", "CIFAR-10", 500, {**GLOW, "learning_rate": 1e-4}),
    Case("ddpm", "CIFAR-10", 2_000, {"filters": (128, 256, 256, 256), **UNET}),
    Case("ddpm", "CelebA", 400, {"filters": (128, 256, 256, 512), **UNET}),
    Case("ddpm", "ImageNet-64", 200, {"filters": (192, 384, 576, 768), **UNET}),
)


def report(options):
    """Prints the table.

    Args:
        options: Options of the command line; none has an effect.
    """
    rows = []
    for index, case in enumerate(CASES):
        print(f"{case.recipe}, {case.data} ...", file=sys.stderr, flush=True)
        found = [answer(started((*RUN, str(index), str(size)))) for size in BATCHES]
        rows.append(row(case, *found))
    print(
        "\n## What larger data would take\n\nHours at "
        f"{RATE / 1e12:.0f} TFLOP/s of each GPU.\n"
    )
    header = ("recipe", "data", "settings", "million parameters", "GFLOP an example")
    header += ("MB an example", "epochs", *(f"hours, {n} GPU" for n in GPUS))
    print_table(header, rows)


def row(case, few, many):
    """The cells of a case, from the answers of two processes."""
    memory = many["peak"] - few["peak"]
    images = BATCHES[1] - BATCHES[0]
    operations = many["operations"] / BATCHES[1]
    hours = operations * IMAGES[case.data] * case.epochs / RATE / 3600
    return (
        case.recipe,
        case.data,
        ", ".join(f"{name}={value}" for name, value in case.settings.items()),
        f"{many['parameters'] / 1e6:.1f}",
        f"{operations / 1e9:.2f}",
        f"{memory / images / 1e6:.0f}" if memory > LEAST else "",
        f"{case.epochs}",
        *(f"{hours / n:.3g}" for n in GPUS),
    )


def run(index, batch_size):
    """Prints operations, parameters and peak memory of one training step."""
    import tensorflow as tf

    import kgen

    case = CASES[index]
    shape = SHAPES[case.data]
    model = kgen.build(case.recipe, shape, seed=0, **case.settings)
    x = np.random.default_rng(0).random((batch_size, *shape)).astype("float32")
    traced = tf.function(model.train_step).get_concrete_function(tf.constant(x))
    model.fit(x, batch_size=batch_size, verbose=0)
    found = {
        "operations": operations(traced.graph),
        "parameters": model.count_params(),
        "peak": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(found))


def operations(graph):
    """Floating-point operations of a graph, a multiplication and an addition as two.

    Those of loops, branches and nested functions are left out. Of the cases only
    StyleGAN has any there: its penalty, in one of 16 steps.
    """
    from tensorflow.python.profiler.model_analyzer import profile
    from tensorflow.python.profiler.option_builder import ProfileOptionBuilder

    counted = ProfileOptionBuilder(ProfileOptionBuilder.float_operation())
    return profile(graph, options=counted.with_empty_output().build()).total_float_ops


RUN = ("-m", "benchmarks.studies.cost")

if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
