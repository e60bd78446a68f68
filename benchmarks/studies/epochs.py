"""The family `epochs`: what every recipe costs at 28x28 and at 32x32 in colour.

Each recipe with its defaults, in a process of its own: parameters, the median time of
a training step of 64 examples, minutes of 60,000 examples, minutes of the recipe's
default training, and the peak memory. Images have 256 levels. Recipes that take no
images of that size are left out by name. Needs no peers.
"""

import json
import resource
import sys
import time
from statistics import median

from benchmarks.harness.interleave import print_table
from benchmarks.harness.processes import finished, started
from benchmarks.studies.scaling import step

SHAPES = {"28x28": (28, 28, 1), "32x32 in colour": (32, 32, 3)}
BATCH, EXAMPLES = 64, 60_000
SECONDS = 10.0  # Of timing; three calls of eight steps at least.


def report(options):
    """Prints a table for each size; `--only` chooses recipes.

    Args:
        options: Options of the command line.
    """
    from kgen.recipes import RECIPES

    names = options.only.split(";") if options.only else list(RECIPES)
    for title, shape in SHAPES.items():
        rows, without = [], []
        for name in names:
            print(f"{title}, {name} ...", file=sys.stderr, flush=True)
            command = ("-m", "benchmarks.studies.epochs", name, *map(str, shape))
            try:
                found = json.loads(finished(started(command)).splitlines()[-1])
            except RuntimeError as error:
                reason = str(error).strip().splitlines()[-1]
                without.append(f"{name}: {reason}")
                continue
            rows.append(row(name, found))
        print(f"\n## Recipes as they come, {title}\n")
        header = ("recipe", "parameters", "ms a step", "minutes an epoch")
        print_table((*header, "default steps", "minutes of them", "MB"), rows)
        if without:
            print("\nWithout:\n", *without, sep="\n")


def row(name, found):
    """The cells of a recipe, from the answer of its process."""
    seconds, steps = found["step"], found["steps"]
    return (
        f"`{name}`",
        f"{found['parameters']:,}",
        f"{1e3 * seconds:.1f}",
        f"{seconds * EXAMPLES / BATCH / 60:.1f}",
        f"{steps:,}",
        f"{seconds * steps / 60:.0f}",
        f"{found['peak'] / 1e6:.0f}",
    )


def run(name, shape):
    """Prints what a recipe costs for images of a shape."""
    import keras
    import numpy as np

    import kgen
    from kgen.recipes import RECIPES

    recipe = RECIPES[name]
    keras.utils.set_random_seed(0)
    classes = 10 if recipe.conditional else None
    levels = {"levels": 256} if recipe.takes_levels({}) else {}
    model = kgen.build(name, shape, num_classes=classes, seed=0, **levels)
    rng = np.random.default_rng(0)
    x = (rng.integers(0, 256, (BATCH, *shape)) / 255).astype("float32")
    labels = None if classes is None else np.arange(BATCH) % classes
    call, steps = step(model, x, labels)
    for _ in range(2):  # Traces, and lets blocks of steps settle.
        call()
    times = []
    while steps * sum(times) < SECONDS or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) / steps)
    found = {
        "parameters": model.count_params(),
        "step": median(times),
        "steps": recipe.steps_for(shape),
        "peak": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    run(sys.argv[1], tuple(map(int, sys.argv[2:])))
