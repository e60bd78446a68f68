"""The family `vae`: what is compared, and the tables."""

import sys
from functools import partial

from benchmarks.interleave import Worker, interleave, print_table, ratios, spread
from benchmarks.peers import peers_python

STEPS = 45
PEER = "pythae VAE class, own loop"
LIMIT = "bare tf.function loop"
VARIANTS = {
    PEER: ("torch", "pythae"),
    "PyTorch by hand, fused Adam": ("torch", "torch"),
    LIMIT: ("tf", "bare"),
    "kgen fit(dataset)": ("tf", "dataset"),
    "the same, autotune turned on": ("tf", "autotuned"),
    "kgen fit(x), arrays": ("tf", "arrays"),
}
FIT_LENGTHS = (20, 45)


def report(options):
    """Prints the tables of the family.

    Args:
        options: Options of the command line.
    """
    threads, python = options.threads, peers_python(options.peers_python)
    with (
        Worker(python, "benchmarks.vae_torch", threads) as torch,
        Worker(sys.executable, "benchmarks.vae_kgen", threads) as tf,
    ):
        workers = {"torch": torch, "tf": tf}
        parameters = {
            name: workers[side].call("build", variant=variant)
            for name, (side, variant) in VARIANTS.items()
        }
        if len(set(parameters.values())) > 1:
            sys.exit(f"The variants differ in their parameters: {parameters}")
        steps(workers, parameters, options)
        fits(workers, options)
        if options.seconds:
            quality(workers, options.seconds)


def steps(workers, parameters, options):
    """Time of a training step."""
    print(
        "\n## Training step\n\n28x28x1, batch 128, Adam; "
        f"{options.rounds} rounds of {options.steps} steps, {options.threads} threads. "
        "All variants have the same number of parameters.\n"
        "Median (min–max); ratios are taken inside a round, below 1 is faster. "
        "A `fit` is timed as one whole call.\n"
    )
    times = _times(workers, VARIANTS, options.steps, options.rounds)
    seconds = {name: [total for total, _ in pairs] for name, pairs in times.items()}
    rows = [
        (
            name,
            f"{parameters[name]:,}",
            spread([1000 * value / options.steps for value in values], 1),
            spread(ratios(values, seconds[PEER]), 2),
            spread(ratios(values, seconds[LIMIT]), 2),
        )
        for name, values in seconds.items()
    ]
    print_table(("variant", "parameters", "ms", "/ pythae", "/ bare loop"), rows)


def fits(workers, options):
    """Every `fit` of two lengths, and what of it is a wait after the last step."""
    print(
        "\n## Whole calls of fit\n\nSeconds of each call, one per round, and in "
        "brackets how long it waited after its last step.\n"
    )
    variants = {name: key for name, key in VARIANTS.items() if "fit" in name}
    columns = [
        _times(workers, variants, length, options.rounds) for length in FIT_LENGTHS
    ]
    rows = []
    for name in variants:
        calls = [column[name] for column in columns]
        rows.append(
            (name, *(" ".join(f"{t:.2f} [{w:.2f}]" for t, w in c) for c in calls))
        )
    print_table(("variant", *(f"{n} steps" for n in FIT_LENGTHS)), rows)


def _times(workers, variants, length, rounds):
    """Pairs (seconds, seconds of waiting after the last step) by variant."""
    tasks = {
        name: partial(workers[side].call, "run", variant=variant, steps=length)
        for name, (side, variant) in variants.items()
    }
    interleave(tasks, 1)  # Traces graphs and prepares data.
    return interleave(tasks, rounds)


def quality(workers, seconds, num_samples=200):
    """Held-out nats after the same training time."""
    print(
        f"\n## Held-out nats after {seconds:g} s of training\n\nBinarised digits, 1437 "
        f"for training, 360 held out; importance-weighted bound with {num_samples} "
        "draws, nats per image, smaller is better. One seed.\n"
    )
    rows = []
    for name, side in (
        ("pythae VAE, its default MLP, cosine", "torch"),
        ('kgen.build("vae"), its defaults', "tf"),
    ):
        found = workers[side].call("quality", seconds=seconds, num_samples=num_samples)
        rows.append(
            (
                name,
                f"{found['parameters']:,}",
                f"{found['steps']:,}",
                f"{found['seconds']:.1f}",
                f"{found['nats']:.2f}",
            )
        )
    print_table(("model", "parameters", "steps", "seconds", "nats"), rows)
