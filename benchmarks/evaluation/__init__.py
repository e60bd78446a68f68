"""The family `evaluation`: figures of quality from features that are given."""

import sys
from statistics import median

from benchmarks.harness.interleave import (
    Worker,
    interleave,
    print_table,
    ratios,
    spread,
)
from benchmarks.harness.peers import peers_python

WIDTH = 2048
PRECISION_NEIGHBORS, DENSITY_NEIGHBORS = 3, 5  # The defaults of all who have them.
SUBSETS, SUBSET_SIZE = 100, 1000
FIDELITY, METRICS, PRDC, KGEN = "torch-fidelity", "torchmetrics", "prdc", "kgen"
# Rows of the table by figure, from a title to a process and a function there.
FIGURES = {
    "frechet_distance": {
        FIDELITY: ("torch", "fidelity_frechet"),
        METRICS: ("torch", "metrics_frechet"),
        KGEN: ("kgen", "frechet"),
    },
    "kernel_distance": {
        FIDELITY: ("torch", "fidelity_kernel"),
        METRICS: ("torch", "metrics_kernel"),
        KGEN: ("kgen", "kernel"),
    },
    "precision_recall": {
        FIDELITY: ("torch", "fidelity_precision"),
        f"{FIDELITY}, save_cpu_ram": ("torch", "fidelity_precision_saving"),
        KGEN: ("kgen", "precision"),
    },
    "density_coverage": {
        PRDC: ("torch", "prdc_density"),
        KGEN: ("kgen", "density"),
    },
}


def report(options):
    """Prints the table of the family.

    Args:
        options: Options of the command line. `--examples` is the number of rows of each
            set, and `--only` names some of the figures.
    """
    peers = ("torch", "torch_fidelity", "torchmetrics", "prdc")
    python = peers_python(peers, options.peers_python)
    names = options.only.split(";") if options.only else FIGURES
    family = "benchmarks.evaluation"
    with (
        Worker(python, f"{family}.torch", options.threads) as torch,
        Worker(sys.executable, f"{family}.kgen", options.threads) as kgen,
    ):
        workers = {"torch": torch, "kgen": kgen}
        rows = [row for name in names for row in measure(name, workers, options)]
    print(
        f"\n## Figures of quality\n\n{options.examples:,} real rows and as many fake "
        f"ones of {WIDTH} features, float32. {PRECISION_NEIGHBORS} neighbours for "
        f"precision and recall, {DENSITY_NEIGHBORS} for density and coverage; "
        f"{SUBSETS} subsets of {min(SUBSET_SIZE, options.examples)} for the kernel "
        f"distance. {options.rounds} rounds of one call, {options.threads} threads.\n"
        "Seconds are medians (min–max), those of processors are summed over threads. "
        "The ratio is that of the seconds inside a round, below 1 is faster. Peaks are "
        "those of a new process that makes one call, in millions of bytes, and in "
        "brackets before the call.\n"
    )
    heads = ("figure", "", "s", "/ fastest peer", "processor s", "MB", "value")
    print_table(heads, rows)


def measure(figure, workers, options):
    """The rows of one figure, a list of lists of text."""
    variants = {
        title: (workers[side], name) for title, (side, name) in FIGURES[figure].items()
    }
    for worker, name in variants.values():
        worker.call("build", variant=name, examples=options.examples)
    answers = interleave(variants, options.rounds, steps=1)
    seconds = {title: [wall for wall, _ in runs] for title, runs in answers.items()}
    peers = [title for title in variants if title != KGEN]
    fastest = min(peers, key=lambda title: median(seconds[title]))
    return [
        [
            figure if title == next(iter(variants)) else "",
            title,
            spread(seconds[title], 2),
            spread(ratios(seconds[title], seconds[fastest]), 2),
            f"{median(spent for _, spent in answers[title]):.1f}",
            peak(worker, name, options.examples),
            worker.call("value", variant=name),
        ]
        for title, (worker, name) in variants.items()
    ]


def peak(like, variant, examples):
    """Peak memory of a new process that makes one call, and of it before, as text."""
    with like.afresh() as worker:
        worker.call("build", variant=variant, examples=examples)
        before = worker.call("peak")
        worker.call("run", variant=variant, steps=1)
        return f"{worker.call('peak') / 1e6:.0f} [{before / 1e6:.0f}]"
