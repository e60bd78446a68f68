"""The family `best_vae`: settings of a VAE with a MAF prior, on the binarised digits.

    python -m benchmarks best_vae
    python -m benchmarks best_vae --only "bound of 4 draws, 3 % damaged"

Each setting trains on seven eighths of the training digits. Its bound of 200 draws on
the first eighth says which is best; that on the held-out digits is shown beside. The
best then trains on all training digits. Seconds are those of the processor, as one
process runs on one thread. Needs no peers.
"""

import time

from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

DRAWS, BATCH, RATE = 200, 64, 2e-3
FOUR = {"bound": "iwae", "num_samples": 4}
EIGHT = {"bound": "iwae", "num_samples": 8}
# Settings, share of damaged pixels, epochs: about as long each, but for the ELBO.
SETTINGS = {
    "bound of 4 draws, 3 % damaged": (FOUR, 0.03, 200),
    "bound of 4 draws, 5 % damaged": (FOUR, 0.05, 200),
    "bound of 4 draws, none damaged": (FOUR, 0.0, 200),
    "bound of 8 draws, 3 % damaged": (EIGHT, 0.03, 150),
    "ELBO, 3 % damaged": ({}, 0.03, 300),
}


def report(options):
    """Prints the table of settings, and the figure of the best one.

    Args:
        options: Options of the command line.
    """
    names = options.only.split(";") if options.only else list(SETTINGS)
    if unknown := set(names) - set(SETTINGS):
        raise SystemExit(f"Unknown: {unknown}. Choose of {'; '.join(SETTINGS)}.")
    tasks = [(name, False) for name in names]
    found = {name: row for (name, _), row in each(run, tasks, options.threads)}
    print("\n## Binarised digits, nats by 200 draws\n")
    header = ("setting", "nats, other eighth", "nats, held-out", "s")
    print_table(header, [(name, *cells(row)) for name, row in found.items()])
    best = max(found, key=lambda name: found[name][0])
    for _, row in each(run, [(best, True)], 1):
        print(f"\n{best}, trained on all: {row[1]:.2f} nats, {row[2]:.0f} s.")


def cells(row):
    """The cells of a setting."""
    chosen, held_out, seconds = row
    return f"{chosen:.2f}", f"{held_out:.2f}", f"{seconds:.0f}"


def run(task):
    """Trains a setting: nats on the first eighth and held-out, seconds of training."""
    import keras
    import numpy as np

    import kgen
    from kgen.autoencoders.corruptions import SaltAndPepper

    name, on_all = task
    settings, share, epochs = SETTINGS[name]
    keras.utils.set_random_seed(0)
    parts = kgen.data.load("digits", batch_size=BATCH, binarize=True)
    x, test = (np.concatenate([np.asarray(b[0]) for b in part]) for part in parts)
    rest = len(x) // 8
    seen = x if on_all else x[rest:]
    steps = epochs * -(-len(seen) // BATCH)
    start = time.process_time()
    vae = kgen.build(
        "vae",
        (8, 8, 1),
        prior="maf",
        num_latent_steps=4,
        corruption=SaltAndPepper(share) if share else None,
        learning_rate=keras.optimizers.schedules.CosineDecay(RATE, steps),
        seed=0,
        **settings,
    )
    vae.fit(seen, epochs=epochs, batch_size=BATCH, verbose=0)
    seconds = time.process_time() - start
    bounds = (
        float(np.mean(vae.iwae_bound(rows, num_samples=DRAWS, seed=0)))
        for rows in (x[:rest], test)
    )
    return *bounds, seconds
