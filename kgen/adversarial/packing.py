"""PacGAN: the discriminator sees several examples side by side."""

import tensorflow as tf

from kgen.networks.inputs import input_shape


def packed(x, packing):
    """Joins each row on the last axis with the rows after it; the last wraps around.

    Args:
        x: `(batch, ..., channels)`.
        packing: Rows in a pack.

    Returns:
        `(batch, ..., packing * channels)`.
    """
    if packing == 1:
        return x
    return tf.concat([tf.roll(x, -shift, axis=0) for shift in range(packing)], -1)


def pack_weights(weight, packing):
    """Weights of packs: products of the weights of their rows; 0 excludes a pack.

    In a batch with fewer rows than a pack, all weights are 0: a pack would hold an
    example twice, which would look like mode collapse.

    Args:
        weight: `(batch,)`.
        packing: Rows in a pack.
    """
    if packing == 1:
        return weight
    weight = tf.reduce_prod(packed(weight[:, None], packing), axis=-1)
    return tf.where(tf.shape(weight)[0] >= packing, weight, tf.zeros_like(weight))


def check_packing(model):
    """Raises a ValueError unless a GAN's discriminator takes its packs."""
    if model.packing > 1 and model.condition is not None:
        raise ValueError(
            f"packing={model.packing} was given to a conditional GAN, whose packs "
            "would mix classes. Leave out packing, or num_classes and context_shape."
        )
    *size, channels = model.data_shape
    expected = (*size, channels * model.packing)
    shape = input_shape(model.discriminator, "x")
    if shape != expected:
        raise ValueError(
            f"The discriminator takes examples of shape {shape}, but the generator "
            f"makes examples of shape {model.data_shape}, and packs of them have the "
            f"shape {expected} with packing={model.packing}. Build both networks for "
            "the same data_shape."
        )
