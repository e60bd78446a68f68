"""The family `overhead`: time of kgen's checks and noise in a training step."""

import sys

from benchmarks.harness.interleave import (
    Worker,
    build,
    interleave,
    print_times,
)

STEPS = 300
PLAIN = "without checks, plain noise"
UNCHECKED = "without checks"
VARIANTS = {
    PLAIN: "plain",
    "the same once more": "again",
    UNCHECKED: "unchecked",
    "kgen, first epoch of a data set": "first",
    "kgen, first epoch of arrays": "arrays",
    "kgen, later epochs": "later",
    "kgen with one Checkpoint": "checkpoint",
}


def report(options):
    """Prints the table of the family.

    Args:
        options: Options of the command line.
    """
    steps = options.steps or STEPS
    with Worker(sys.executable, "benchmarks.overhead.kgen", options.threads) as worker:
        variants = {name: (worker, key) for name, key in VARIANTS.items()}
        parameters = build(variants)
        seconds = interleave(variants, options.rounds, steps)
    print(
        '\n## Overhead on a training step\n\n`kgen.build("vae", (8, 8, 1))`, binarised '
        f"digits, batch 64; {options.rounds} rounds of {steps} steps, "
        f"{options.threads} threads. {parameters}\n"
        "Median (min–max); ratios are taken inside a round. The second "
        "row is a copy of the first: its distance from 1 is noise.\n"
    )
    references = {"/ plain": PLAIN, "/ unchecked": UNCHECKED}
    print_times(seconds, steps, references, digits=2)
