"""The VAE in kgen, and the same step by hand as a bare `tf.function`."""

import itertools
import time
import warnings

import keras
import tensorflow as tf

import kgen
from benchmarks.data import BATCH_SIZE, binary_digits, images
from benchmarks.worker import Side, serve

LATENT_DIM = 2


def bare_loop():
    """The step with Keras layers and TensorFlow operations: the limit for `fit`."""
    encoder, decoder = _bare_networks()
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)

    @tf.function(autograph=False)
    def step(x):
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(encoder(x, training=True), 2, axis=-1)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            logits = decoder(z, training=True)
            cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
            kl = -0.5 * tf.reduce_sum(1 + log_var - mean**2 - tf.exp(log_var))
            loss = (tf.reduce_sum(cross_entropy) + kl) / BATCH_SIZE
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    batches = tf.split(tf.constant(images(8)), 8)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            loss = step(x)
        loss.numpy()  # Waits for the last step.

    return sum(tf.size(v) for v in variables), run


def _bare_networks():
    layers, relu = keras.layers, {"activation": "relu"}
    encoder = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, 2, "same", **relu),
            layers.Conv2D(64, 3, 2, "same", **relu),
            layers.Flatten(),
            layers.Dense(16, **relu),
            layers.Dense(2 * LATENT_DIM),
        ]
    )
    decoder = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 64, **relu),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 3, 2, "same", **relu),
            layers.Conv2DTranspose(32, 3, 2, "same", **relu),
            layers.Conv2D(1, 3, padding="same"),
        ]
    )
    return encoder, decoder


def kgen_vae():
    """The same architecture as a `kgen.VAE`, compiled."""
    shape, nets = (28, 28, 1), kgen.networks
    encoder = nets.conv_encoder(
        shape, 2 * LATENT_DIM, filters=(32, 64), kernel_size=3, hidden=(16,)
    )
    with warnings.catch_warnings():
        # The peers' kernel, for equal work.
        warnings.filterwarnings("ignore", "A transposed convolution with kernel 3")
        decoder = nets.conv_decoder(LATENT_DIM, shape, filters=(64, 32), kernel_size=3)
    model = kgen.VAE(encoder, decoder)
    model.compile(keras.optimizers.Adam(1e-3))
    return model


def kgen_fit(source):
    """`fit` of a `kgen.VAE`, one call for all steps.

    Args:
        source: Function from an array to the arguments of `fit` for one epoch of it.
    """
    model = kgen_vae()
    end = TrainEnd()
    arguments = {}

    def run(steps):
        if steps not in arguments:
            arguments[steps] = source(images(steps))
        model.fit(**arguments[steps], verbose=0, callbacks=[end])
        return time.perf_counter() - end.time

    return sum(tf.size(v) for v in model.trainable_variables), run


class TrainEnd(keras.callbacks.Callback):
    """Notes when training is over: what `fit` takes after it is waiting."""

    time = None

    def on_train_end(self, logs=None):
        """Notes the time."""
        self.time = time.perf_counter()


def from_arrays(x):
    """The array itself, which Keras turns into a shuffled dataset."""
    return {"x": x, "batch_size": BATCH_SIZE}


def from_dataset(x, autotune):
    """The array as a dataset in memory."""
    options = tf.data.Options()
    options.autotune.enabled = autotune
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(BATCH_SIZE).prefetch(2)
    return {"x": dataset.with_options(options), "shuffle": False}


class StopAfter(keras.callbacks.Callback):
    """Ends training at the first step after so many seconds of `fit`."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds
        self.steps = 0

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Stops training once the time is over."""
        self.steps += self.model.steps_per_execution
        self.model.stop_training = time.perf_counter() - self.start > self.seconds


def quality(seconds, num_samples):
    """Trains the recipe `vae` on the digits for so long; see `vae.py`."""
    train, test = binary_digits()
    keras.utils.set_random_seed(0)
    model = kgen.build("vae", (8, 8, 1))
    stop = StopAfter(seconds)
    start = time.perf_counter()
    model.fit(train, batch_size=64, epochs=10**6, verbose=0, callbacks=[stop])
    return {
        "parameters": model.count_params(),
        "steps": stop.steps,
        "seconds": time.perf_counter() - start,
        "nats": -float(
            tf.reduce_mean(model.iwae_bound(test, num_samples=num_samples, seed=0))
        ),
    }


if __name__ == "__main__":
    side = Side(
        {
            "bare": bare_loop,
            "dataset": lambda: kgen_fit(lambda x: from_dataset(x, autotune=False)),
            "autotuned": lambda: kgen_fit(lambda x: from_dataset(x, autotune=True)),
            "arrays": lambda: kgen_fit(from_arrays),
        }
    )
    serve(build=side.build, run=side.run, quality=quality)
