"""PacGAN: the discriminator sees several examples side by side."""

import tensorflow as tf

from kgen.networks.inputs import input_shape


def packed(x, packing):
    """Each row with those that follow it, on the last axis; the first follows the last.

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
    """Weights of packs, products of those of their rows: one of 0 excludes a pack.

    A batch of fewer rows than a pack holds none: an example beside itself would look
    like collapse. All its weights are 0.

    Args:
        weight: `(batch,)`.
        packing: Rows in a pack.
    """
    if packing == 1:
        return weight
    weight = tf.reduce_prod(packed(weight[:, None], packing), axis=-1)
    return tf.where(tf.shape(weight)[0] >= packing, weight, tf.zeros_like(weight))


def check_packing(model):
    """Raises a ValueError unless a GAN's discriminator takes what its packs are."""
    if model.packing > 1 and model.condition is not None:
        raise ValueError(
            f"packing={model.packing} was given to a conditional GAN, whose packs "
            "would mix classes. Leave out packing, or num_classes and context_dim."
        )
    *size, channels = model.data_shape
    expected = (*size, channels * model.packing)
    shape = input_shape(model.discriminator, "x")
    if shape != expected:
        raise ValueError(
            f"The discriminator takes examples of shape {shape}, but the generator "
            f"makes some of shape {model.data_shape}, with packing={model.packing} "
            f"{expected}. Build both for the same data_shape."
        )
