"""The family `densities`: held-out nats of kgen's flows and of other libraries."""

import sys

import numpy as np

from benchmarks.densities import mixtures
from benchmarks.harness.interleave import Worker, print_table
from benchmarks.harness.peers import peers_python

PLANES = ("moons", "8gaussians", "circles", "ring")
TABLES = ("wine", "breast_cancer", "friedman")
PLANE_STEPS = 4000
PLANE_SECONDS = 30
TABLE_STEPS = 1500
DIGITS_EPOCHS = 80
ZUKO_ON_PLANE = [(bins, rate) for bins in (8, 16) for rate in (2e-3, 1e-2)]
PARTS = ("plane", "tables", "digits")


def report(options):
    """Prints the tables.

    Args:
        options: Options of the command line. `--only` names some of `PARTS`, `--rounds`
            is the number of splits of the small tables, and `--steps` shortens kgen's
            training.
    """
    python = peers_python(("torch", "zuko"), options.peers_python)
    with (
        Worker(python, "benchmarks.densities.torch", options.threads) as torch,
        Worker(sys.executable, "benchmarks.densities.kgen", options.threads) as kgen,
    ):
        parts = dict(zip(PARTS, (print_plane, print_tables, print_digits), strict=True))
        for part in options.only.split(";") if options.only else PARTS:
            parts[part](torch, kgen, options)


def print_plane(torch, kgen, options):
    """Prints the gap to densities that are known exactly."""
    steps = options.steps or PLANE_STEPS
    seconds = min(options.seconds, PLANE_SECONDS)
    print(
        "\n## Gap to the true density on the plane\n\nNats above the mean of the true "
        "`-log p` on the same 20,000 points, ± the standard error of the mean, after "
        "training on 100,000 others, batch 512, Adam with a cosine; in brackets "
        f"seconds of training. Five steps, hidden layers (64, 64). kgen: {steps} "
        f"steps, tracing and compiling included; zuko: {seconds:g} s. One seed.\n"
    )
    rows = {}
    for name in PLANES:
        add(rows, 'kgen.build("nsf"), 16 bins, from 0.01', kgen, name=name, steps=steps)
        for bins, rate in ZUKO_ON_PLANE:
            title = f"zuko NSF, {bins} bins, from {rate:g}"
            settings = {"bins": bins, "learning_rate": rate, "seconds": seconds}
            add(rows, title, torch, name=name, **settings)
    print_table(("model", *PLANES), [(title, *row) for title, row in rows.items()])


def add(rows, title, worker, **settings):
    """Adds to a row the result of a model on one of `PLANES`."""
    found = worker.call("plane", **settings)
    text = "{gap:.4f} ± {error:.4f} [{seconds:.0f}]".format(**found)
    rows.setdefault(title, []).append(text)


def print_tables(torch, kgen, options):
    """Prints nats of small tables, beside scikit-learn's densities."""
    steps = options.steps or TABLE_STEPS
    splits = range(options.rounds)
    print(
        "\n## Small tables\n\nHeld-out nats of a row, mean of "
        f"{len(splits)} splits, and in brackets nats of the rows by which settings and "
        f"steps were chosen. Flows train for up to {steps} steps.\n"
    )
    models = {
        "Gaussian": mixtures.gaussian,
        "mixture of Gaussians": mixtures.mixture,
        "zuko MAF or NSF": lambda *row: torch.call("table", **table(*row, steps)),
        'kgen.build("nsf")': lambda *row: kgen.call("table", **table(*row, steps)),
        "the same, mean density of three": lambda *row: kgen.call(
            "table", **table(*row, steps), num_flows=3
        ),
    }
    rows = []
    for title, model in models.items():
        row = [title]
        for name in TABLES:
            found = [model(name, split) for split in splits]
            held_out, choosing = (
                np.mean([figures[key] for figures in found])
                for key in ("held_out", "choosing")
            )
            row.append(f"{held_out:.2f} [{choosing:.2f}]")
        rows.append(row)
    print_table(("model", *TABLES), rows)


def table(name, split, steps):
    """Arguments of a worker's `table`."""
    return {"name": name, "split": split, "steps": steps}


def print_digits(torch, kgen, options):
    """Prints nats of the digits with 17 levels."""
    epochs = min(options.steps or DIGITS_EPOCHS, DIGITS_EPOCHS)
    print(
        "\n## Digits of 17 levels\n\nNats of an image, by a density of its levels and "
        "uniform noise: mean over 8 draws of the noise on the 360 held-out images, and "
        "nats of the 144 images by which the best weights were chosen.\n"
    )
    models = {
        "zuko NSF, 3 steps": (torch, {"weight_decay": 0.0}),
        "the same, weight decay 0.05": (torch, {"weight_decay": 0.05}),
        'kgen.build("nsf"), 4 steps': (kgen, {"epochs": epochs}),
    }
    rows = []
    for title, (worker, settings) in models.items():
        if worker is torch:
            settings["seconds"] = options.seconds
        found = worker.call("digits", **settings)
        figures = (f"{found[key]:.2f}" for key in ("held_out", "choosing"))
        rows.append((title, *figures, f"{found['seconds']:.1f}"))
    print_table(("model", "held out", "for choosing", "seconds"), rows)
