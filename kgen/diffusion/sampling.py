"""The loop of all samplers, in one graph."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgen.core.random import fold_rows, normal_rows


class Completion(NamedTuple):
    """What is given, `(batch, ...)` in the network's units, and where it is known."""

    given: tf.Tensor
    known: tf.Tensor


def walk(steps, process, estimate, x, keys=None, completion=None, num_frames=None):
    """Takes all steps of a table from x on.

    A step costs one evaluation of the network, a step back to more noise none. Memory
    does not grow with the number of steps.

    Args:
        steps: `kgen.diffusion.samplers.Steps`.
        process: The `Process`.
        estimate: Function of x_t and t, an int scalar, to what the table calls data,
            and, where the table leaves the variance to the network, a number in 0..1
            for each value.
        x: Where to begin, `(batch, ...)`.
        keys: Keys of the rows, `(batch, 2)`, where the table has noise or there is a
            `completion`.
        completion: `Completion`, or `None`.
        num_frames: If given, how many states are kept, evenly over the steps, the first
            and the last among them.

    Returns:
        The last state, `(batch, ...)`; with `num_frames` all that are kept,
        `(num_frames, batch, ...)`.
    """
    shape, count = x.shape[1:], len(steps)
    learned = steps.log_small is not None
    random = learned or bool(np.any(steps.noise))
    names = ["keep", "data", "before", "noise"]
    names += ["log_small", "log_large"] if learned else []
    table = np.stack([getattr(steps, name) for name in names], axis=1)
    table = tf.constant(table, tf.float32)
    now, then = tf.constant(steps.now, tf.int32), tf.constant(steps.then, tf.int32)

    def moved(k, x, before):
        row = dict(zip(names, tf.unstack(tf.gather(table, k)), strict=True))
        data, share = estimate(x, tf.gather(now, k))
        mean = row["keep"] * x + row["data"] * data + row["before"] * before
        if not random:
            return mean, data
        stddev = row["noise"]
        if learned:
            log_variance = interpolated(share, row["log_small"], row["log_large"])
            stddev *= tf.exp(0.5 * log_variance)
        return mean + stddev * drawn(k, 1), data

    def moved_back(k, x, before):
        keep, _, _, noise = tf.unstack(tf.gather(table, k)[:4])
        return keep * x + noise * drawn(k, 1), before

    def drawn(k, which):
        return normal_rows(fold_rows(keys, 2 * k + which), shape)

    def body(k, x, before, frames):
        if steps.back is None:
            x, before = moved(k, x, before)
        else:
            x, before = tf.cond(
                tf.gather(tf.constant(steps.back), k),
                lambda: moved_back(k, x, before),
                lambda: moved(k, x, before),
            )
        if completion is not None:
            given = process.diffused(completion.given, tf.gather(then, k), drawn(k, 2))
            x = tf.where(completion.known, given, x)
        if num_frames is not None:
            frames = frames.write(tf.gather(kept_at, k), x)
        return k + 1, x, before, frames

    frames = tf.TensorArray(tf.float32, num_frames or 1, element_shape=(None, *shape))
    if num_frames is not None:
        # A later state takes the place of an earlier one.
        kept_at = np.arange(1, count + 1) * (num_frames - 1) / count
        kept_at = tf.constant(np.ceil(kept_at).astype("int32"))
        frames = frames.write(0, x)
    _, x, _, frames = tf.while_loop(
        lambda k, *_: k < count,
        body,
        (0, x, tf.zeros_like(x), frames),
        maximum_iterations=count,
    )
    return x if num_frames is None else frames.stack()


def interpolated(share, log_small, log_large):
    """The logarithm of a variance that the network chooses between two."""
    return share * log_large + (1.0 - share) * log_small
