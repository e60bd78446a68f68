"""The loop of all samplers, in one graph."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.random import fold_rows, normal_rows
from kgen.diffusion.process import interpolate_log_variance


class Completion(NamedTuple):
    """Given data, `(batch, ...)` in the network's units, and a mask of known values."""

    given: tf.Tensor
    known: tf.Tensor


def run_sampler(
    steps, process, predict, x, keys=None, completion=None, num_frames=None
):
    """Takes all steps of a table, starting from x.

    A step costs one evaluation of the network; a step back to more noise costs none.
    Memory does not grow with the number of steps.

    Args:
        steps: `kgen.diffusion.samplers.Steps`.
        process: The `Process`.
        predict: Function from x_t and t, an int scalar, to an `Estimate`.
        x: The first state, `(batch, ...)`.
        keys: Keys of the rows, `(batch, 2)`, needed if the table has noise or there is
            a `completion`.
        completion: `Completion`, or `None`.
        num_frames: If given, the number of states to keep, evenly spread over the
            steps, the first and the last included; at most one more than steps.

    Returns:
        The last state, `(batch, ...)`; with `num_frames` all kept states,
        `(batch, num_frames, ...)`.
    """
    shape, count = x.shape[1:], len(steps)
    num_frames = None if num_frames is None else min(num_frames, count + 1)

    def step(k, x, before, *frames):
        row = row_of(steps, k)

        def noise(which):
            return normal_rows(fold_rows(keys, 2 * k + which), shape)

        if steps.back is None:
            x, before = step_down(steps, row, predict, x, before, noise)
        else:
            x, before = tf.cond(
                row["back"],
                lambda: (step_back(row, x, noise), before),
                lambda: step_down(steps, row, predict, x, before, noise),
            )
        if completion is not None:
            given = process.diffused(completion.given, row["then"], noise(2))
            x = tf.where(completion.known, given, x)
        frames = [f.write(frame_of(k, count, num_frames), x) for f in frames]
        return k + 1, x, before, *frames

    frames = []
    if num_frames is not None:
        array = tf.TensorArray(tf.float32, num_frames, element_shape=(None, *shape))
        frames = [array.write(0, x)]
    _, x, _, *frames = tf.while_loop(
        lambda k, *_: k < count,
        step,
        (0, x, tf.zeros_like(x), *frames),
        maximum_iterations=count,
    )
    if num_frames is None:
        return x
    return tf.transpose(frames[0].stack(), [1, 0, *range(2, len(x.shape) + 1)])


def row_of(steps, k):
    """The k-th row of a table: scalar tensors by the names of fields of `Steps`."""
    names = ["keep", "data", "before", "noise"]
    if steps.log_small is not None:
        names += ["log_small", "log_large"]
    table = np.stack([getattr(steps, name) for name in names], axis=1)
    numbers = tf.unstack(tf.gather(tf.constant(table, tf.float32), k))
    row = dict(zip(names, numbers, strict=True))
    for name in ("now", "then"):
        row[name] = tf.gather(tf.constant(getattr(steps, name), tf.int32), k)
    if steps.back is not None:
        row["back"] = tf.gather(tf.constant(steps.back), k)
    return row


def step_down(steps, row, predict, x, before, noise):
    """One step to less noise: the state after it, and the prediction of the step.

    Args:
        steps: The whole table.
        row: Its row, from `row_of`.
        predict: See `run_sampler`.
        x: The state, `(batch, ...)`.
        before: The prediction of the step before.
        noise: Function from the number of a draw to noise of the shape of x.
    """
    # The network has no t = 0: data is taken for x_1.
    found = predict(x, tf.maximum(row["now"], 1))
    data = getattr(found, steps.counts)
    mean = row["keep"] * x + row["data"] * data + row["before"] * before
    learned = steps.log_small is not None
    if not learned and not np.any(steps.noise):
        return mean, data
    stddev = row["noise"]
    if learned:
        log_variance = interpolate_log_variance(
            found.variance_fraction, row["log_small"], row["log_large"]
        )
        stddev *= tf.exp(0.5 * log_variance)
    return mean + stddev * noise(1), data


def step_back(row, x, noise):
    """One step to more noise: the state after it. Arguments are as for `step_down`."""
    return row["keep"] * x + row["noise"] * noise(1)


def frame_of(k, count, num_frames):
    """The index of the frame for the state after step k; later states overwrite it.

    Args:
        k: Index of the step.
        count: Number of steps.
        num_frames: Number of frames.
    """
    frames = np.arange(1, count + 1) * (num_frames - 1) / count
    return tf.gather(tf.constant(np.ceil(frames).astype("int32")), k)
