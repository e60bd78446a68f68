"""Draws of an approximate posterior q, and log joints at them, checked."""

import tensorflow as tf

from kgen.core.checks.values import check_seed
from kgen.core.random import row_keys, row_seeds


def draw_key(name, seed):
    """A key for stateless draws, int32 `(2,)`, from what a user passes as `seed`.

    Args:
        name: Name of the function that takes the seed, for the error.
        seed: An int; a key, int tensor `(2,)`; or `None` for a new one in each call.
    """
    if seed is None:
        # A stateful operation: in a graph, too, each call gets a new key.
        low, high = tf.int32.min, tf.int32.max
        return tf.random.uniform([2], low, high, tf.int32)
    if tf.is_tensor(seed):
        if seed.shape != (2,) or not seed.dtype.is_integer:
            raise ValueError(
                f"`{name}` was given a tensor of shape {seed.shape} and type "
                f"{seed.dtype.name} as seed, but expects an int, or a key of two ints."
            )
        # The lower halves of wider ints: TFP takes keys of 32 bits.
        return seed if seed.dtype == tf.int32 else tf.bitcast(seed, tf.int32)[:, 0]
    return row_keys(row_seeds(check_seed(name, seed), 1))[0]


def check_distribution(name, key, q):
    """`q`, if it is a distribution of TensorFlow Probability."""
    from tensorflow_probability import distributions as tfd

    if not isinstance(q, tfd.Distribution):
        raise ValueError(
            f"`{name}` was given {key} of type {type(q).__name__}, but expects a "
            "distribution of tensorflow_probability, such as tfd.Normal(loc, scale)."
        )
    return q


def is_reparameterized(q):
    """Whether draws of `q` are differentiable functions of its parameters."""
    from tensorflow_probability import distributions as tfd

    kinds = tf.nest.flatten(q.reparameterization_type)
    return all(kind == tfd.FULLY_REPARAMETERIZED for kind in kinds)


def kind_of(q):
    """The name of a distribution in an error."""
    return f"a {type(q).__name__}"


def batch_shape_of(q):
    """The batch shape of `q`; of a joint distribution that of its parts."""
    shape = tf.TensorShape([])
    for part in tf.nest.flatten(q.batch_shape):
        shape = tf.broadcast_static_shape(shape, tf.TensorShape(part))
    return shape


def checked_joint(log_joint, q, num_samples):
    """`log_joint` as a function of draws, which checks the shape of its values.

    The parts of a joint `q` are arguments of their own: by position where a draw is a
    tuple or a list, by name where it is a dictionary.
    """
    wanted = tf.TensorShape([num_samples]).concatenate(batch_shape_of(q))

    def checked(z):
        values = called(log_joint, z)
        if not tf.is_tensor(values):
            values = tf.convert_to_tensor(values)
        if not values.shape.is_compatible_with(wanted):
            raise ValueError(
                f"log_joint gave values of shape {values.shape}, but expects one for "
                f"each draw, {wanted}: a number of draws, then the batch shape of q. "
                "Sum over data and over the axes of z. If those axes are q's batch "
                "shape, wrap q in tfd.Independent."
            )
        return values

    return checked


def called(function, z):
    """The value of a function of one latent, or of the parts of a joint one."""
    if isinstance(z, dict):
        return function(**z)
    return function(*z) if isinstance(z, (list, tuple)) else function(z)


@tf.custom_gradient
def with_gradient(value, carrier):
    """The numbers of `value`, also infinite ones, with the gradient of `carrier`."""
    return tf.identity(value), lambda upstream: (None, upstream)


def trailing(values, others):
    """`values` with further axes of size 1 at the end, as many as `others` has."""
    missing = others.shape.rank - values.shape.rank
    return tf.reshape(values, tf.concat([tf.shape(values), [1] * missing], 0))
