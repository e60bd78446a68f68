"""Two replicas train like one device."""

import contextlib
from unittest import mock

import numpy as np
import tensorflow as tf

from kgen import strategies
from kgen.core.random import NoiseSource
from kgen.testing.tools import ROUNDING, copied, data_for

# A last batch of one row leaves one replica without rows.
ROWS, BATCH_SIZE, REPEATS, EPOCHS = 66, 65, 5, 2


def two_devices() -> None:
    """Splits the CPU into two logical devices, in place of two GPUs.

    Raises:
        RuntimeError: if TensorFlow has been used before.
    """
    (cpu,) = tf.config.list_physical_devices("CPU")
    halves = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
    tf.config.set_logical_device_configuration(cpu, halves)


def check_replicas(model, x, labels=None):
    """Two replicas reach the weights of one device, also on ragged batches."""
    with held_noise():
        alone, logs = trained(model, tf.distribute.get_strategy(), x, labels)
        both, expected = trained(model, pair(), x, labels)
    for name, values in logs.items():
        # A small term is a difference of rounded numbers near 1.
        np.testing.assert_allclose(
            values, expected[name], rtol=1e-4, atol=1e-6, err_msg=name
        )
    for one, other in zip(alone.weights, both.weights, strict=True):
        np.testing.assert_allclose(
            one.numpy(), other.numpy(), **ROUNDING, err_msg=one.path
        )
    draws = pair_of_draws(both)
    assert np.any(draws[0] != draws[1]), f"both replicas draw noise from {draws[0]}"


def pair():
    """The strategy over all devices of this machine, at least two."""
    strategy = strategies.get("mirrored")
    if strategy.num_replicas_in_sync < 2:
        raise RuntimeError(
            "Replicas are checked on two devices or more: where there are no GPUs, "
            "call kgen.testing.two_devices() at the start of the program."
        )
    return strategy


def trained(model, strategy, x, labels):
    """A copy of a model after 20 more steps under a strategy, and its logs."""
    repeats = -(-ROWS // len(x))
    x, labels = (
        None if a is None else np.concatenate([a] * repeats)[:ROWS] for a in (x, labels)
    )
    with strategy.scope():
        model = copied(model)
    arrays = data_for(model, x, labels)
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(BATCH_SIZE)
    # Repeated: the start of an epoch takes longer than all of its steps.
    history = model.fit(data.repeat(REPEATS), epochs=EPOCHS, verbose=0)
    return model, history.history


def pair_of_draws(model):
    """The next seed of each replica."""
    strategy = model.distribute_strategy
    seeds = strategy.run(lambda: model.noise.next(training=True))
    return [seed.numpy() for seed in strategy.experimental_local_results(seeds)]


@contextlib.contextmanager
def held_noise():
    """Context in which training draws the same noise for each row of each replica."""
    names = ("stateless_normal", "stateless_uniform", "stateless_truncated_normal")
    with contextlib.ExitStack() as stack:
        for module in (tf.random, tf.compat.v2.random):
            for name in names:
                same = one_row(getattr(module, name))
                stack.enter_context(mock.patch.object(module, name, same))
        key = tf.constant([1, 2], tf.int64)
        same = mock.patch.object(NoiseSource, "next", lambda self, training=False: key)
        stack.enter_context(same)
        yield


def one_row(draw):
    """A function that draws the first row and repeats it."""

    def repeated(shape, *args, **kwargs):
        shape = tf.convert_to_tensor(shape, tf.int32)
        row = tf.concat([[1], shape[1:]], 0)
        return tf.broadcast_to(draw(row, *args, **kwargs), shape)

    return repeated
