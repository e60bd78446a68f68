"""One learned variance for all values of the data."""

import keras

from kgen.networks.inputs import network


@keras.saving.register_keras_serializable("kgen")
class SharedLogVariance(keras.layers.Layer):
    """Appends one trainable number, a log variance, to each mean."""

    def build(self, input_shape):
        """Makes the number, 0 at first."""
        self.scaled_log_var = self.add_weight(
            name="scaled_log_var", shape=(), initializer="zeros"
        )

    def call(self, mean):
        """`(..., channels)` to `(..., 2 * channels)`."""
        # Adam moves a weight by its learning rate only, so the weight is scaled up.
        log_var = 10.0 * self.scaled_log_var * keras.ops.ones_like(mean)
        return keras.ops.concatenate([mean, log_var], axis=-1)


def shares_variance(decoder):
    """Whether a decoder has one variance for all values, by `with_shared_variance`."""
    return any(isinstance(layer, SharedLogVariance) for layer in decoder.layers)


def with_shared_variance(decoder: keras.Model) -> keras.Model:
    """A decoder of means with one variance beside them, as in the sigma-VAE.

    For the likelihood `"learned_gaussian"`. The best variance is the mean squared error
    of the reconstruction, so it balances this error against the KL term.

    Args:
        decoder: Network `z -> (batch, ..., channels)`, the means.

    Returns:
        `keras.Model` `z -> (batch, ..., 2 * channels)`, means and log variances side by
        side.

    References:
        [Rybkin et al., 2021](https://arxiv.org/abs/2006.13202)
    """
    output = SharedLogVariance()(decoder.outputs[0])
    return network(decoder.name, decoder.inputs, output)
