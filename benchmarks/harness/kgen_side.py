"""Shared by the families in Keras: layers, the bare loop, `fit` of kgen's models."""

import itertools
import math
import threading
import time
from functools import partial

import keras
import tensorflow as tf
from keras import layers

from benchmarks.harness.data import BATCH_SIZE, images

WARM_UP = 5  # Seconds after which kgen has XLA compile small steps.
ADAM = partial(keras.optimizers.Adam, 1e-3)


def convolutions():
    """Layers from an image to 64 channels, a quarter as high and wide."""
    return (
        layers.Conv2D(32, 3, 2, "same", activation="relu"),
        layers.Conv2D(64, 3, 2, "same", activation="relu"),
    )


def deconvolutions(output_activation=None):
    """Layers to an image, four times as high and wide."""
    return (
        layers.Conv2DTranspose(64, 3, 2, "same", activation="relu"),
        layers.Conv2DTranspose(32, 3, 2, "same", activation="relu"),
        layers.Conv2D(1, 3, padding="same", activation=output_activation),
    )


def deconvolutions_of_vector(output_activation=None):
    """Layers from a vector to a 28x28 image."""
    return (
        layers.Dense(7 * 7 * 64, activation="relu"),
        layers.Reshape((7, 7, 64)),
        *deconvolutions(output_activation),
    )


def network(input_shape, *stack):
    """Layers one after the other."""
    return keras.Sequential([keras.Input(input_shape), *stack])


def bare_loop(
    variables,
    loss,
    batch_size=BATCH_SIZE,
    data=images,
    steps_per_call=1,
    jit_compile=None,
):
    """A variant: the step with TensorFlow operations, the limit for `fit`.

    Args:
        variables: The trained variables.
        loss: Function from a batch to the loss.
        batch_size: Rows of a batch.
        data: Function from a number of steps and the rows of a batch to an array.
        steps_per_call: Steps in one call of the graph.
        jit_compile: Argument of `tf.function`.
    """
    optimizer = ADAM()
    optimizer.build(variables)

    def step(x):
        with tf.GradientTape() as tape:
            value = loss(x)
        optimizer.apply(tape.gradient(value, variables), variables)
        return value

    @tf.function(autograph=False, jit_compile=jit_compile)
    def call(batches):
        if steps_per_call == 1:
            return step(batches[0])
        # XLA needs the number of steps when it compiles.
        return tf.while_loop(
            lambda i, _: i < steps_per_call,
            lambda i, _: (i + 1, step(tf.gather(batches, i))),
            (0, 0.0),
            maximum_iterations=steps_per_call,
        )[1]

    x = data(8 * steps_per_call, batch_size)
    x = x.reshape(8, steps_per_call, batch_size, *x.shape[1:])
    calls = [tf.constant(batches) for batches in x]

    def run(steps):
        num_calls = steps // steps_per_call
        for batches in itertools.islice(itertools.cycle(calls), num_calls):
            value = call(batches)
        value.numpy()  # Waits for the last step.

    return num_parameters(variables), run


def fits(make, make_optimizer=ADAM, batch_size=BATCH_SIZE, data=images, **settings):
    """The variants that `fit` a model of kgen, one call for all steps.

    Args:
        make: Function without arguments that makes the model.
        make_optimizer: Function without arguments that makes its optimizer; `None` if
            `make` compiles the model.
        batch_size: Rows of a batch.
        data: Function from a number of steps and the rows of a batch to an array, or to
            a tuple of arrays for x and y.
        **settings: Arguments of `compile`.
    """
    sources = {
        "arrays": from_arrays,
        "dataset": partial(from_dataset, autotune=False),
        "autotuned": partial(from_dataset, autotune=True),
    }

    def compiled():
        model = make()
        if make_optimizer is not None:
            model.compile(make_optimizer(), **settings)
        return model

    return {
        name: partial(_fit, compiled, partial(_arguments, source, data, batch_size))
        for name, source in sources.items()
    }


def _arguments(source, data, batch_size, steps):
    return source(data(steps, batch_size), batch_size)


def _fit(compiled, arguments_of):
    model = compiled()
    end = TrainEnd()
    arguments = {}

    def run(steps):
        if steps not in arguments:
            arguments[steps] = arguments_of(steps)
            warm_up(lambda: model.fit(**arguments[steps], verbose=0))
        model.fit(**arguments[steps], verbose=0, callbacks=[end])
        return time.perf_counter() - end.time

    return num_parameters(model.trainable_variables), run


def warm_up(run):
    """Calls `run` for some seconds, and until XLA has compiled what it compiles."""
    start = time.perf_counter()
    while time.perf_counter() - start < WARM_UP or is_compiling():
        run()


def is_compiling():
    """Whether kgen has XLA compile something in a thread."""
    return any(thread.name == "kgen-xla" for thread in threading.enumerate())


def from_arrays(x, batch_size):
    """The array itself, or x and y of a tuple; kgen makes a shuffled dataset of it."""
    arrays = x if isinstance(x, tuple) else (x,)
    return {**dict(zip("xy", arrays, strict=False)), "batch_size": batch_size}


def from_dataset(x, batch_size, autotune):
    """The array as a dataset in memory."""
    options = tf.data.Options()
    options.autotune.enabled = autotune
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(batch_size).prefetch(2)
    return {"x": dataset.with_options(options), "shuffle": False}


class TrainEnd(keras.callbacks.Callback):
    """Records the end of training: the rest of `fit` is waiting."""

    time = None

    def on_train_end(self, logs=None):
        """Records the time."""
        self.time = time.perf_counter()


class StopAfter(keras.callbacks.Callback):
    """Ends training at the first step after `seconds` seconds of `fit`."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self.start = time.perf_counter()

    def steps_until_look(self):
        """Infinity: time has nothing to do with the model."""
        return math.inf

    def on_train_batch_end(self, batch, logs=None):
        """Stops training once the time is over."""
        self.model.stop_training = time.perf_counter() - self.start > self.seconds


def train(model, x, seconds):
    """Trains a compiled model in batches of 64.

    Args:
        model: The model.
        x: Array of examples.
        seconds: Training time, including tracing.

    Returns:
        Dictionary of the number of parameters, the steps and the seconds.
    """
    stop = StopAfter(seconds)
    start = time.perf_counter()
    model.fit(x, batch_size=64, epochs=10**6, verbose=0, callbacks=[stop])
    return {
        "parameters": num_parameters(model.trainable_variables),
        "steps": model.progress.step,
        "seconds": time.perf_counter() - start,
    }


def num_parameters(variables):
    """Number of values in variables."""
    return sum(int(tf.size(variable)) for variable in variables)
