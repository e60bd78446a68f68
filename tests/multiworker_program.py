"""What each worker of `test_multiworker.py` runs; the test itself calls `train`."""

import functools
import pathlib
import random
import sys

import keras
import numpy as np
import tensorflow as tf

import kgen
from kgen import strategies
from kgen.core.distribution.replicas import barrier, chief_first, from_chief, is_chief
from kgen.data import loading

ROWS, BATCH_SIZE, EPOCHS = 65, 32, 3  # The last batch leaves a worker without a row.


class Rewrite(keras.callbacks.Callback):
    """Reads all variables and assigns them anew, as a resumed run does."""

    def on_train_batch_begin(self, batch, logs=None):
        model = self.model
        for variable in [*all_variables(model), *model.metrics_variables]:
            variable.assign(variable.numpy())


def all_variables(model):
    return [*model.variables, *model.optimizer.variables]


def build(recipe, strategy):
    # Initial weights and the order of the rows are the chief's, whose index is 0,
    # although nothing but this is seeded.
    tf.random.set_seed(None)
    random.seed(worker_index())
    with strategy.scope():
        return kgen.build(recipe, data_shape=(6,), latent_dim=2, seed=3)


def worker_index():
    return tf.distribute.cluster_resolver.TFConfigClusterResolver().task_id or 0


def train(recipe, strategy, folder):
    """A model after a few epochs on arrays, and all that it came to, by name."""
    x = np.random.default_rng(0).uniform(size=(ROWS, 6)).astype("float32")
    model = build(recipe, strategy)
    table = folder / f"{recipe}-{worker_index()}.csv"
    history = model.fit(
        x,
        validation_data=(x[:33],),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        callbacks=[Rewrite(), keras.callbacks.CSVLogger(table)],
    ).history
    found = {f"log {name}": values for name, values in history.items()}
    for index, variable in enumerate(all_variables(model)):
        found[f"{index} {variable.path}"] = variable.numpy()
    return model, found


def shard(strategy, dataset):
    """The rows that this worker reads in an epoch, a list for each batch."""
    batches = strategy.experimental_distribute_dataset(dataset)
    shards = [strategy.experimental_local_results(x)[0] for x, _ in batches]
    return [x.numpy().reshape(len(x), -1) for x in shards]


def cooperate(strategy, folder):
    found = {}
    for recipe in ("autoencoder", "vae"):
        model, values = train(recipe, strategy, folder)
        found |= {f"{recipe} {name}": value for name, value in values.items()}
    loading.MEMORY_LIMIT = 0  # The rows are then read from the one file they are in.
    digits = functools.partial(kgen.data.load, "digits", "train", batch_size=64)
    rows = shard(strategy, chief_first(strategy, digits))
    found["sizes"] = [len(part) for part in rows]
    found["rows"] = np.concatenate(rows)
    found["of chief"] = from_chief(strategy, 2**40 + worker_index())
    if is_chief(strategy):
        model.save(folder / "vae.keras")
        kgen.export(model, folder / "served")
        np.save(folder / "samples.npy", model.sample(4, seed=0))
    found["noise"] = strategy.run(lambda: model.noise.next(training=True)).numpy()
    np.savez(folder / f"{worker_index()}.npz", **found)
    barrier(strategy)


if __name__ == "__main__":
    cooperate(strategies.get("auto"), pathlib.Path(sys.argv[1]))
