"""A network that tells the language of a sentence from its latents."""

from collections.abc import Sequence

import keras

from kgen.networks.settings import checked
from kgen.networks.text.layers import MaskedMean


@checked
def text_discriminator(
    data_shape: Sequence[int],
    width: int = 64,
    hidden: Sequence[int] = (64, 64),
    name: str = "text_discriminator",
) -> keras.Model:
    """A perceptron on each latent, the mean over a sentence, then one logit.

    Args:
        data_shape: `(length,)`, the most words of a sentence.
        width: Number of channels of the latents.
        hidden: Units of the layers of the perceptron, leaky ReLU.
        name: Name of the network.

    Returns:
        `keras.Model` `z, mask -> (batch, 1)`, with `(batch, length, width)` and bools
        `(batch, length)`.

    References:
        [Lample et al., 2018](https://arxiv.org/abs/1711.00043)
    """
    z = keras.Input((*data_shape, width), name="z")
    mask = keras.Input(tuple(data_shape), name="mask", dtype="bool")
    h = z
    for units in hidden:
        h = keras.layers.LeakyReLU(0.2)(keras.layers.Dense(units)(h))
    logit = keras.layers.Dense(1)(MaskedMean()([h, mask]))
    return keras.Model([z, mask], logit, name=name)
