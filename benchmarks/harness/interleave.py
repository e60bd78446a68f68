"""The runner: one process per side, variants in turn, ratios within a round."""

import json
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parents[2]


class Worker:
    """A process with one side of a comparison, alive for the whole run.

    Args:
        python: Python that runs it.
        module: Module that ends in a call of `benchmarks.harness.worker.serve`.
        threads: Processors and threads that it may use.
    """

    def __init__(self, python, module, threads):
        count = str(threads)
        limits = {
            "CUDA_VISIBLE_DEVICES": "-1",
            "OMP_NUM_THREADS": count,
            "MKL_NUM_THREADS": count,
            "TF_NUM_INTRAOP_THREADS": count,
            "TF_NUM_INTEROP_THREADS": count,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TQDM_DISABLE": "1",
        }
        self.process = subprocess.Popen(
            [python, "-m", module],
            cwd=REPOSITORY,
            env={**os.environ, **limits},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_pin(threads),
        )
        self.arguments = python, module, threads
        self.module = module

    def afresh(self):
        """A new process of the same kind."""
        return Worker(*self.arguments)

    def call(self, command, **arguments):
        """Sends a command and waits for the answer."""
        print(
            json.dumps({"command": command, **arguments}),
            file=self.process.stdin,
            flush=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended before it answered.")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.module} failed:\n{answer['error']}")
        return answer["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def _pin(threads):
    """Limits the process to its first processors: some pools ignore the variables."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    return partial(os.sched_setaffinity, 0, sorted(os.sched_getaffinity(0))[:threads])


def build(variants, others=()):
    """Makes the variants, which must have equal sizes.

    Args:
        variants: Dictionary from a name to a worker and the variant's name there.
        others: Names of variants that have a network of their own, of any size.

    Returns:
        The number of trainable parameters of each, as text.
    """
    parameters = {
        name: worker.call("build", variant=variant)
        for name, (worker, variant) in variants.items()
    }
    apart = {name: parameters.pop(name) for name in others if name in parameters}
    if len(set(parameters.values())) > 1:
        sys.exit(f"The variants differ in their parameters: {parameters}")
    text = f"All variants have {next(iter(parameters.values())):,} parameters"
    return text + "".join(f"; {name} has {n:,}" for name, n in apart.items()) + "."


def interleave(variants, rounds, steps):
    """Runs variants one at a time, in another order in each round.

    In a fixed order the first variant would always run on a cool machine.

    Args:
        variants: As for `build`.
        rounds: Number of runs of each. One more round is not counted: it traces
            graphs and prepares data.
        steps: Length of one run.

    Returns:
        Dictionary from the name to the list of the worker's answers.
    """
    results = {name: [] for name in variants}
    order, chance = list(variants), random.Random(0)
    for _ in range(1 + rounds):
        chance.shuffle(order)
        for name in order:
            worker, variant = variants[name]
            results[name].append(worker.call("run", variant=variant, steps=steps))
    return {name: answers[1:] for name, answers in results.items()}


def at(workers, rows):
    """Rows with the worker itself in place of its name."""
    return {name: (workers[side], what) for name, (side, what) in rows.items()}


def whole(answers):
    """The seconds of each run, by variant, without the seconds of waiting."""
    return {name: [run for run, _ in pairs] for name, pairs in answers.items()}


def ratios(values, reference):
    """The result of each round, relative to the reference in that round."""
    return [value / other for value, other in zip(values, reference, strict=True)]


def spread(values, digits):
    """`median (min–max)` as text."""
    low, middle, high = (f"{f(values):.{digits}f}" for f in (min, median, max))
    return f"{middle} ({low}–{high})"


def print_times(seconds, steps, references, digits, more=None):
    """Prints the milliseconds of a step, and ratios to the reference variants.

    Args:
        seconds: Dictionary from variant to the seconds of each round.
        steps: Steps in a round.
        references: Dictionary from the head of a column to its reference variant.
        digits: Decimals of the milliseconds; ratios have one more.
        more: Further columns, from a head to a dictionary from variant to text.
    """
    more = more or {}
    rows = []
    for name, values in seconds.items():
        row = [name, spread([1000 * value / steps for value in values], digits)]
        for reference in references.values():
            row.append(spread(ratios(values, seconds[reference]), digits + 1))
        rows.append([*row, *(column[name] for column in more.values())])
    print_table(("variant", "ms", *references, *more), rows)


def print_table(header, rows):
    """Prints a Markdown table with aligned columns."""
    table = [list(map(str, row)) for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, ["-" * width for width in widths])
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("| " + " | ".join(cells) + " |")
