"""The family `learning`: what a recipe has learned after 10, 30 and 120 s.

Each recipe trains as it comes, with a third of its learning rate and with three times
as much, and with another weight decay, on one processor. The figure is its loss on
held-out examples. So one sees whether another default would learn more in the same
time. Needs no peers.
"""

import collections
import time

from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

SECONDS = (10, 30, 120)
DEFAULT = "default"
# Factors of the learning rate, and settings.
VARIANTS = {
    "rate / 3": (1 / 3, {}),
    DEFAULT: (1.0, {}),
    "3 rate": (3.0, {}),
    "no decay": (1.0, {"weight_decay": 0.0}),
    "decay 0.3": (1.0, {"weight_decay": 0.3}),
}
HELD_OUT = 1_000  # Examples.
RECIPES = (
    "autoencoder",
    "deep-autoencoder",
    "conv-autoencoder",
    "vae",
    "vq-vae",
    "pixelcnn",
    "transformer",
    "realnvp",
    "nsf",
    "ddpm",
    "flow-matching",
)


def report(options):
    """Prints the table; `--data` is any data set of `kgen.data.load`.

    `--only` chooses recipes: `"vae;ddpm"`. `--seconds` is the longest training.

    Args:
        options: Options of the command line.
    """
    data = options.data or "digits"
    asked = options.only.split(";") if options.only else RECIPES
    if unknown := set(asked) - set(RECIPES):
        raise SystemExit(f"Unknown: {unknown}. Choose of {', '.join(RECIPES)}.")
    times = [each for each in SECONDS if each <= options.seconds] or [options.seconds]
    tasks = [
        (name, variant, data, times) for name in asked for variant in variants_of(name)
    ]
    found = collections.defaultdict(dict)
    for (name, variant, *_), losses in each(run, tasks, options.threads):
        found[name][variant] = losses
    print(
        f"\n## Held-out loss after {', '.join(map(str, times))} s on one processor\n\n"
        f"{data}. In brackets: steps. The best of each time stands last.\n"
    )
    rows = []
    for name, variants in found.items():
        cells = ["; ".join(map(cell, variants.get(v, ()))) for v in VARIANTS]
        best = [
            min(variants, key=lambda v, i=i: variants[v][i][0])
            for i in range(len(times))
        ]
        rows.append((name, *cells, ", ".join(best)))
    print_table(("recipe", *VARIANTS, "best"), rows)


def variants_of(name):
    """Names of the variants that differ from a recipe's own settings."""
    from kgen.recipes import defaults_of, find

    own = defaults_of(find(name))
    return [
        variant
        for variant, (_, settings) in VARIANTS.items()
        if all(key in own and own[key] != settings[key] for key in settings)
    ]


def cell(found):
    """A loss and the steps until then, as text."""
    loss, steps = found
    return f"{loss:.4g} ({steps:,})"


def run(task):
    """Trains a variant of a recipe: its held-out losses and steps after each time."""
    import keras
    import numpy as np

    import kgen
    from benchmarks.harness.kgen_side import StopAfter
    from kgen.runs.run import build_for

    name, variant, data, times = task
    factor, settings = VARIANTS[variant]
    keras.utils.set_random_seed(0)
    train, test = kgen.data.load(data, batch_size=64)
    parts = [np.asarray(batch[0]) for batch in test.take(1 + HELD_OUT // 64)]
    held_out = np.concatenate(parts)[:HELD_OUT]
    model = build_for(train, name, False, 0, settings)
    rate = model.optimizer.learning_rate
    rate.assign(rate * factor)
    found, passed = [], 0.0
    for seconds in times:
        start = time.perf_counter()
        stop = StopAfter(seconds - passed)
        model.fit(train, epochs=10**6, verbose=0, callbacks=[stop])
        passed += time.perf_counter() - start
        loss = model.evaluate(held_out, verbose=0, return_dict=True)["loss"]
        found.append((float(loss), model.progress.step))
    return found
