"""The recipe `vae`: unchanged, without kgen's checks, and without its noise source."""

import math
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf

import kgen
from benchmarks.harness.data import binary_digits
from benchmarks.harness.kgen_side import num_parameters
from benchmarks.harness.worker import Side, serve
from kgen.core.training.gathering import batches
from kgen.likelihoods import posteriors

BATCH_SIZE = 64


class Unchecked(kgen.VAE):
    """Checks no shape, value or result, counts no steps, supports only one device."""

    fit = keras.Model.fit
    make_train_function = keras.Model.make_train_function

    def train_step(self, x):
        """The model's training step without its checks."""
        with tf.GradientTape() as tape:
            terms = self.with_regularization(self.objective(x, training=True))
            loss = tf.reduce_mean(terms["loss"])
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.track(terms, None)


class Plain(Unchecked):
    """Takes plain noise: its state is not saved, and all replicas share it."""

    def objective(self, x, labels=None, training=False):
        """The objective of the VAE for one draw."""
        q = self.posterior(x, labels, training)
        noise = tf.random.normal((tf.shape(x)[0], *self.latent_shape))
        z = posteriors.reparameterize(q, noise)
        reconstruction = -self.log_likelihood(x, z, labels, training)
        kl = posteriors.kl_to_standard_normal(q)
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


class EpochTimer(keras.callbacks.Callback):
    """Records the time of the steps of the latest epoch."""

    def steps_until_look(self):
        """Infinity: time has nothing to do with the model."""
        return math.inf

    def on_train_batch_begin(self, batch, logs=None):
        """Starts the clock."""
        if batch == 0:
            self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Stops the clock."""
        self.seconds = time.perf_counter() - self.start


def variant(cls=kgen.VAE, epochs=1, checkpoint=False, arrays=False):
    """A model with the recipe's settings; its run gives the seconds of the last epoch.

    Args:
        cls: Class of the model.
        epochs: Number of epochs of `steps` steps.
        arrays: Whether `fit` is given arrays, which it checks before the first step.
        checkpoint: Whether a new folder gets a checkpoint before the first step.
    """
    keras.utils.set_random_seed(0)
    recipe = kgen.build("vae", (8, 8, 1))
    model = cls.from_config(recipe.get_config())
    model.compile_from_config(recipe.get_compile_config())
    digits, _ = binary_digits()

    def run(steps):
        x = np.resize(digits, (steps * BATCH_SIZE, *digits.shape[1:]))
        with tempfile.TemporaryDirectory() as folder:
            callbacks = [timer := EpochTimer()]
            if checkpoint:
                callbacks.append(kgen.callbacks.Checkpoint(folder, every_steps=steps))
            data = {"x": batches(x, batch_size=BATCH_SIZE)}
            if arrays:
                data = {"x": x, "batch_size": BATCH_SIZE}
            model.fit(
                **data, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks
            )
        return timer.seconds

    return num_parameters(model.trainable_variables), run


if __name__ == "__main__":
    side = Side(
        {
            "plain": lambda: variant(Plain),
            "again": lambda: variant(Plain),
            "unchecked": lambda: variant(Unchecked),
            "first": variant,
            "arrays": lambda: variant(arrays=True),
            "later": lambda: variant(epochs=2),
            "checkpoint": lambda: variant(checkpoint=True),
        }
    )
    serve(build=side.build, run=lambda variant, steps: side.runs[variant](steps))
