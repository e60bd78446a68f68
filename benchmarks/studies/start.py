"""The family `start`: seconds from nothing to the first step, in new processes.

The same networks and step in kgen, and in Keras with nothing else; and commands of the
shell. Rounds take turns, A B C ... A B C .... Needs no peers.
"""

import itertools
import json
import sys
import tempfile
import time
from statistics import median

from benchmarks.harness.interleave import print_table
from benchmarks.harness.processes import finished, started

SHAPE, BATCH = (8, 8, 1), 64
STAGES = ("import", "build", "first step", "second step", "whole process")
COMMANDS = {
    "kgen --help": ("--help",),
    "kgen list": ("list",),
    "kgen train autoencoder --epochs 1": ("train", "autoencoder", "--epochs", "1"),
    "kgen train vae --epochs 1": ("train", "vae", "--epochs", "1"),
}


def imported_keras():
    """What the bare models need."""
    import keras  # noqa: F401
    import tensorflow  # noqa: F401


def imported_kgen():
    """kgen; it imports TensorFlow when a model is built."""
    import kgen  # noqa: F401


def keras_autoencoder():
    """An autoencoder of two dense layers in Keras alone."""
    import keras

    model = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Flatten(),
            keras.layers.Dense(32),
            keras.layers.Dense(64, "sigmoid"),
            keras.layers.Reshape(SHAPE),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return lambda x: model.fit(x, x, batch_size=BATCH, verbose=0)


def keras_vae():
    """A VAE in Keras alone, with a `train_step` and the networks of the recipe."""
    import keras
    import tensorflow as tf
    from keras import layers

    class VAE(keras.Model):
        def __init__(self):
            super().__init__()
            down = {"strides": 2, "padding": "same", "activation": "relu"}
            self.encoder = keras.Sequential(
                [
                    keras.Input(SHAPE),
                    layers.Conv2D(32, 4, **down),
                    layers.Conv2D(64, 4, **down),
                    layers.Flatten(),
                    layers.Dense(32),
                ]
            )
            self.decoder = keras.Sequential(
                [
                    keras.Input((16,)),
                    layers.Dense(2 * 2 * 64, "relu"),
                    layers.Reshape((2, 2, 64)),
                    layers.Conv2DTranspose(64, 4, **down),
                    layers.Conv2DTranspose(32, 4, **down),
                    layers.Conv2D(1, 3, padding="same"),
                ]
            )

        def train_step(self, x):
            with tf.GradientTape() as tape:
                mean, log_variance = tf.split(self.encoder(x), 2, axis=-1)
                noise = tf.random.normal(tf.shape(mean))
                logits = self.decoder(mean + tf.exp(0.5 * log_variance) * noise)
                cost = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
                variance = tf.exp(log_variance)
                kl = 0.5 * tf.reduce_sum(variance + mean**2 - 1 - log_variance, -1)
                loss = tf.reduce_mean(tf.reduce_sum(cost, [1, 2, 3]) + kl)
            variables = self.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return {"loss": loss}

    model = VAE()
    model.compile(keras.optimizers.AdamW(2e-3, 0.1))
    return lambda x: model.fit(x, batch_size=BATCH, verbose=0)


def recipe(name):
    """A function that builds a recipe."""

    def build():
        import kgen

        model = kgen.build(name, SHAPE)
        return lambda x: model.fit(x, batch_size=BATCH, verbose=0)

    return build


WORK = {
    "autoencoder, Keras": (imported_keras, keras_autoencoder),
    "autoencoder, kgen": (imported_kgen, recipe("autoencoder")),
    "VAE, Keras": (imported_keras, keras_vae),
    "VAE, kgen": (imported_kgen, recipe("vae")),
}


def run(name):
    """Prints the seconds of each stage; for a process of its own."""
    imports, build = WORK[name]
    times = [time.perf_counter()]
    imports()
    times.append(time.perf_counter())
    step = build()
    times.append(time.perf_counter())
    import numpy as np

    x = np.random.default_rng(0).random((BATCH, *SHAPE)).astype("float32")
    for _ in range(2):
        step(x)
        times.append(time.perf_counter())
    print(json.dumps([b - a for a, b in itertools.pairwise(times)]))


def report(options):
    """Prints the tables.

    Args:
        options: Options of the command line.
    """
    stages = {name: [] for name in WORK}
    commands = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, found in stages.items():
            seconds, output = timed(("-m", "benchmarks.studies.start", name))
            found.append([*json.loads(output), seconds])
        for name, found in commands.items():
            with tempfile.TemporaryDirectory() as folder:
                command = ("-m", "kgen", *COMMANDS[name])
                found.append(timed(command, folder=folder)[0])
    print("\n## From nothing to the first step, seconds\n")
    rows = [
        (name, *map(in_seconds, zip(*found, strict=True)))
        for name, found in stages.items()
    ]
    print_table(("model of 8x8 images", *STAGES), rows)
    print("\n## Commands, seconds\n")
    rows = [(name, in_seconds(found)) for name, found in commands.items()]
    print_table(("command", "seconds"), rows)


def timed(command, **options):
    """Seconds of a process, and what it printed."""
    start = time.perf_counter()
    output = finished(started(command, **options))
    return time.perf_counter() - start, output


def in_seconds(found):
    """The median of seconds and their range, as text."""
    return f"{median(found):.2f} ({min(found):.2f} to {max(found):.2f})"


if __name__ == "__main__":
    run(sys.argv[1])
