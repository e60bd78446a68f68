"""kgen's flows on the plane, on small tables and on digits."""

import time

import keras
import numpy as np
import tensorflow as tf

import kgen
from benchmarks.densities.data import (
    LEVELS,
    NUM_DRAWS,
    gap,
    levels,
    plane,
    table,
    table_batch,
)
from benchmarks.harness.worker import serve

# Candidates for each table: the recipe, noise on the data, the learning rate, and
# arguments of the recipe.
SMALL = {"hidden": (32,), "activation": "tanh", "num_bins": 4, "permutation": "lu"}
FLOWS = (
    ("nsf-ar", 0.3, 5e-3, {**SMALL, "num_steps": 3, "weight_decay": 0.3}),
    ("nsf", 0.3, 5e-3, {"num_steps": 4, "dropout": 0.5, "weight_decay": 0.1}),
    ("nsf", 0.02, 1e-2, {"num_steps": 2, "dropout": 0.2, "weight_decay": 0.01}),
    ("nsf", 0.0, 1e-2, {"num_steps": 4, "weight_decay": 0.01}),
)
STEPS_PER_EPOCH = 20
XLA = {"jit_compile": True, "seed": 0}


def on_plane(name, steps):
    """The recipe `nsf` on a density on the plane.

    Args:
        name: Name of the density.
        steps: Training steps.
    """
    x, held_out, exact = plane(name)
    keras.utils.set_random_seed(0)
    start = time.perf_counter()
    flow = kgen.build(
        "nsf",
        (2,),
        num_steps=5,
        num_bins=16,
        hidden=(64, 64),
        learning_rate=cosine(1e-2, steps),
        steps_per_execution=32,
        **XLA,
    )
    flow.fit(batches(x, 512), steps_per_epoch=steps, verbose=0)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, **gap(flow.log_prob(held_out), exact)}


def on_table(name, split, steps, num_flows=1):
    """The best of `FLOWS` on a table, by the rows for choosing.

    Args:
        name: Name of the table.
        split: Seed of the split.
        steps: Training steps of each flow; the best weights are kept.
        num_flows: Number of flows, from different seeds, whose mean is the density.
    """
    x, choosing, held_out = table(name, split)
    start, found = time.perf_counter(), []
    for recipe, noise, learning_rate, settings in FLOWS:
        log_probs = {"choosing": [], "held_out": []}
        for seed in range(num_flows):
            keras.utils.set_random_seed(seed)
            flow = kgen.build(
                recipe,
                x.shape[1:],
                learning_rate=cosine(learning_rate, steps),
                steps_per_execution=STEPS_PER_EPOCH,
                seed=seed,
                **settings,
            )
            fit_best(
                flow,
                batches(x, table_batch(x), noise),
                choosing,
                steps_per_epoch=STEPS_PER_EPOCH,
                epochs=steps // STEPS_PER_EPOCH,
            )
            log_probs["choosing"].append(flow.log_prob(choosing))
            log_probs["held_out"].append(flow.log_prob(held_out))
        found.append({part: nats(values) for part, values in log_probs.items()})
    best = min(found, key=lambda figures: figures["choosing"])
    return {**best, "seconds": time.perf_counter() - start}


def nats(log_probs):
    """The mean of `-log p`, where p is the mean of some densities."""
    mean = np.logaddexp.reduce(np.float64(log_probs), axis=0) - np.log(len(log_probs))
    return -float(np.mean(mean))


def on_digits(epochs):
    """The recipe `nsf` on the digits.

    Args:
        epochs: Training epochs; the weights of the best one are kept.
    """
    x, choosing, held_out = (part / (LEVELS - 1) for part in levels())
    keras.utils.set_random_seed(0)
    start = time.perf_counter()
    flow = kgen.build(
        "nsf",
        x.shape[1:],
        levels=LEVELS,
        num_steps=4,
        hidden=(256, 256),
        dropout=0.3,
        weight_decay=0.05,
        learning_rate=cosine(3e-3, epochs * -(-len(x) // 128)),
        steps_per_execution=8,
        **XLA,
    )
    nats = fit_best(flow, x, choosing, batch_size=128, epochs=epochs)
    seconds = time.perf_counter() - start
    bounds = [np.mean(flow.elbo(held_out, seed=seed)) for seed in range(NUM_DRAWS)]
    test = -float(np.mean(bounds))
    return {"choosing": nats, "held_out": test, "seconds": seconds}


def fit_best(flow, x, choosing, **settings):
    """Trains a flow, and takes the weights of the best epoch.

    Args:
        flow: The flow.
        x: Data.
        choosing: Array of held-out data; the best epoch has the fewest nats on it.
        **settings: Arguments of `fit`.

    Returns:
        The nats of the held-out data.
    """
    # Training never stops early: the learning rate falls until the end.
    best = keras.callbacks.EarlyStopping(
        "val_loss", patience=10**6, restore_best_weights=True
    )
    history = flow.fit(
        x, validation_data=choosing, verbose=0, callbacks=[best], **settings
    )
    return min(history.history["val_loss"])


def cosine(learning_rate, steps):
    """A learning rate that falls to 0."""
    return keras.optimizers.schedules.CosineDecay(learning_rate, steps)


def batches(x, batch_size, noise=0.0):
    """Endless batches, with normal noise of standard deviation `noise`."""
    data = tf.data.Dataset.from_tensor_slices(x).repeat()
    data = data.shuffle(len(x), seed=0).batch(batch_size)
    if noise:
        data = data.map(lambda x: x + noise * tf.random.normal(tf.shape(x), seed=0))
    return data.prefetch(2)


if __name__ == "__main__":
    serve(plane=on_plane, table=on_table, digits=on_digits)
