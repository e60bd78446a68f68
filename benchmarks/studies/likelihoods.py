"""The family `likelihoods`: the families with a likelihood, on the same digits.

Each recipe trains as it comes, or with the settings named in its row, on seven eighths
of the training digits. The loss on the first eighth stops it. The figures are those of
the held-out digits: nats of binary digits, bits per dimension of digits of 17 levels.
Seconds are those of the processor, as one process runs on one thread. Needs no peers.
"""

import time

from benchmarks.harness.drawing import milliseconds_a_sample
from benchmarks.harness.interleave import print_table
from benchmarks.harness.pool import each

MOST_EPOCHS = 400
PATIENCE = 25
DRAWN = 64
RICH = {"posterior_flow": "iaf", "prior": "maf", "num_latent_steps": 4}


def of_the_bound():
    """Settings of diffusion for the bound: the first noise is fitted to the levels."""
    import kgen

    schedule = kgen.diffusion.Linear(start=2.5e-4)
    return {"loss_type": "bound", "num_timesteps": 250, "schedule": schedule}


# Recipe and settings, or a function that gives them.
BINARY = {
    "vae": ("vae", {}),
    "iwae": ("iwae", {}),
    "vae, VampPrior": ("vamp-vae", {}),
    "vae, ladder": ("ladder-vae", {}),
    "vae, MAF as prior": ("vae", {"prior": "maf", "num_latent_steps": 4}),
    "vae, IAF and MAF": ("vae", RICH),
    "made": ("made", {}),
    "pixelcnn": ("pixelcnn", {}),
    "gated-pixelcnn": ("gated-pixelcnn", {"dropout": 0.3}),
    "transformer": ("transformer", {}),
    "realnvp": ("realnvp", {}),
    "maf": ("maf", {}),
    "nsf": ("nsf", {}),
    "glow": ("glow", {}),
    "ddpm, trained on the bound": ("improved-ddpm", of_the_bound),
    "vdm": ("vdm", {}),
}
LEVELS = {
    "vae": ("vae", {}),
    "iwae": ("iwae", {}),
    "vae, VampPrior": ("vamp-vae", {}),
    "vae, ladder": ("ladder-vae", {}),
    "vae, MAF as prior": ("vae", {"prior": "maf", "num_latent_steps": 4}),
    "vae, IAF and MAF": ("vae", RICH),
    "realnvp": ("realnvp", {}),
    "maf": ("maf", {}),
    "nsf": ("nsf", {}),
    "glow": ("glow", {}),
    "made": ("made", {}),
    "pixelcnn": ("pixelcnn", {}),
    "gated-pixelcnn": ("gated-pixelcnn", {"dropout": 0.3}),
    "transformer": ("transformer", {}),
    "ddpm, trained on the bound": ("improved-ddpm", of_the_bound),
    "vdm": ("vdm", {}),
}


def report(options):
    """Prints both tables; `--only` chooses rows: `"binary: vae;levels: ddpm"`.

    Args:
        options: Options of the command line.
    """
    rows = [("binary", name) for name in BINARY] + [("levels", n) for n in LEVELS]
    if options.only:
        asked = options.only.split(";")
        names = [": ".join(row) for row in rows]
        if unknown := set(asked) - set(names):
            raise SystemExit(f"Unknown: {unknown}. Choose of {'; '.join(names)}.")
        rows = [row for row, name in zip(rows, names, strict=True) if name in asked]
    found = {"binary": [], "levels": []}
    for (kind, name), figures in each(run, rows, options.threads):
        found[kind].append((name, *figures))
    for kind, unit in (("binary", "nats"), ("levels", "bits per dimension")):
        if found[kind]:
            print(f"\n## Held-out digits, {kind}: {unit}\n")
            header = ("model", unit, "figure", "epochs", "s", "ms a sample", "weights")
            print_table(header, found[kind])


def run(row):
    """Trains a row: likelihood, its verb, epochs, seconds, ms a sample, weights."""
    import keras
    import numpy as np

    import kgen
    from kgen.metrics import evaluate_likelihood
    from kgen.runs.run import build_for

    kind, name = row
    recipe, settings = (BINARY if kind == "binary" else LEVELS)[name]
    settings = settings() if callable(settings) else settings
    keras.utils.set_random_seed(0)
    data = kgen.data.load("digits", batch_size=64, binarize=kind == "binary")
    train, test = data
    model = build_for(train, recipe, False, 0, settings)
    x = np.concatenate([np.asarray(batch[0]) for batch in train])
    rest = len(x) // 8
    start = time.process_time()
    stop = keras.callbacks.EarlyStopping(
        "val_loss", patience=PATIENCE, mode="min", restore_best_weights=True
    )
    history = model.fit(
        x[rest:],
        epochs=MOST_EPOCHS,
        batch_size=64,
        validation_data=(x[:rest],),
        callbacks=[stop],
        verbose=0,
    )
    seconds = time.process_time() - start
    figures = evaluate_likelihood(model, test)
    verb = model.preferred_likelihood
    if kind == "binary":
        figure = f"{figures[verb]:.2f}"
    else:
        figure = f"{figures['bits_per_dimension']:.3f}"
    milliseconds = milliseconds_a_sample(model, DRAWN)
    weights = f"{model.count_params():,}"
    epochs = len(history.history["loss"])
    return figure, verb, epochs, f"{seconds:.0f}", f"{milliseconds:.2f}", weights
