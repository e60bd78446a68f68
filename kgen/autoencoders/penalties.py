"""Penalties on codes, for sparse and contractive autoencoders."""

import math

import keras
import tensorflow as tf

from kgen.core.checks.values import check_fraction, check_number
from kgen.core.config import Configured, named
from kgen.core.distribution.batch import batch_mean
from kgen.networks.inputs import apply, output_activation


class CodePenalty(Configured):
    """A cost of codes; a subclass defines `__call__`."""

    def check(self, encoder):
        """Raises a ValueError unless the codes of `encoder` suit this penalty."""

    def __call__(self, encoder, x, z, labels=None, training=False):
        """The penalty of each example, `(batch,)`.

        Args:
            encoder: Network `x -> z`.
            x: The encoded data, `(batch, *data_shape)`.
            z: Its codes, `(batch, *latent_shape)`.
            labels: Classes, for a conditional encoder.
            training: Whether the encoder runs in training mode.
        """
        raise TypeError(f"{type(self).__name__} does not define `__call__`.")


class L1(CodePenalty):
    """`weight * sum_j |z_j|`: few entries of a code differ from 0.

    The same as `activity_regularizer=keras.regularizers.L1(weight)` on the code layer.

    Args:
        weight: 0 or larger. The penalty competes with the reconstruction error, a mean
            over the values of an example.
    """

    def __init__(self, weight: float = 1e-4) -> None:
        self.weight = check_number("weight", weight)

    def __call__(self, encoder, x, z, labels=None, training=False):
        return self.weight * tf.reduce_sum(tf.abs(z), _axes(z))


class KLSparsity(CodePenalty):
    """`weight * sum_j KL(rho || mean activation of unit j)`, for Bernoulli variables.

    Each unit of the code should be active for a share `rho` of the data. The mean is
    over the whole batch, so a batch should hold well over `1 / rho` examples. Codes are
    in (0, 1): the encoder ends with a sigmoid.

    Args:
        weight: 0 or larger.
        rho: Target share, in 0..1.

    References:
        [Ng, 2011, Sparse autoencoder](https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf)
    """

    def __init__(self, weight: float = 1e-3, rho: float = 0.05) -> None:
        self.weight = check_number("weight", weight)
        self.rho = check_fraction("rho", rho)

    def check(self, encoder):
        activation = output_activation(encoder)
        if activation != "sigmoid":
            raise ValueError(
                f"The encoder ends with {activation!r}, but KLSparsity expects codes "
                "in (0, 1). End it with a sigmoid, or take the penalty L1."
            )

    def __call__(self, encoder, x, z, labels=None, training=False):
        epsilon = keras.config.epsilon()
        mean = tf.clip_by_value(batch_mean(z), epsilon, 1.0 - epsilon)
        on, off = self.rho, 1.0 - self.rho
        kl = _x_log_x_over_y(on, mean) + _x_log_x_over_y(off, 1.0 - mean)
        return self.weight * tf.fill(tf.shape(z)[:1], tf.reduce_sum(kl))


class Contractive(CodePenalty):
    """`weight * |dz / dx|_F^2`: small changes of the data hardly change the code.

    The derivative is taken at the data that is encoded, so at corrupted data if there
    is a corruption.

    If the encoder is one dense layer with a known activation, the squared norm is
    `sum_j f'(a_j)^2 sum_i W_ij^2`, with `f' = h (1 - h)` for a sigmoid. Otherwise the
    Jacobian is computed, which takes one more backward pass for each entry of the code.

    Args:
        weight: 0 or larger.

    References:
        [Rifai et al., 2011](https://icml.cc/2011/papers/455_icmlpaper.pdf)
    """

    def __init__(self, weight: float = 1e-4) -> None:
        self.weight = check_number("weight", weight)

    def __call__(self, encoder, x, z, labels=None, training=False):
        layer = single_dense_layer(encoder)
        if layer is None:
            return self.weight * jacobian_norm(encoder, x, labels, training)
        slopes = _SLOPES[layer.activation.__name__](z)
        norms = tf.reduce_sum(tf.square(tf.convert_to_tensor(layer.kernel)), axis=0)
        return self.weight * tf.reduce_sum(tf.square(slopes) * norms, axis=-1)


def jacobian_norm(
    encoder: keras.Model,
    x: tf.Tensor,
    labels: tf.Tensor | None = None,
    training: bool = False,
) -> tf.Tensor:
    """`|dz / dx|_F^2`, one value per example, by automatic differentiation."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = apply(encoder, x, labels, training)
        z = tf.reshape(z, [-1, math.prod(z.shape[1:])])
    jacobian = tape.batch_jacobian(z, x)
    return tf.reduce_sum(tf.square(jacobian), _axes(jacobian))


def single_dense_layer(encoder: keras.Model) -> keras.layers.Dense | None:
    """The only layer of an encoder if it is dense with a known slope, else `None`."""
    dense = [layer for layer in encoder.layers if layer.weights]
    others = [layer for layer in encoder.layers if not layer.weights]
    plain = all(isinstance(layer, _SHAPE_ONLY) for layer in others)
    if len(dense) != 1 or not plain or len(encoder.inputs) > 1:
        return None
    layer = dense[0]
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    flat = len(layer.input.shape) == 2  # Else the layer acts at each position.
    known = type(layer) is keras.layers.Dense and name in _SLOPES
    return layer if known and flat else None


_SHAPE_ONLY = (keras.layers.InputLayer, keras.layers.Flatten, keras.layers.Reshape)
# The derivative of an activation as a function of its value.
_SLOPES = {
    "linear": tf.ones_like,
    "relu": lambda h: tf.cast(h > 0, h.dtype),
    "sigmoid": lambda h: h * (1.0 - h),
    "tanh": lambda h: 1.0 - tf.square(h),
}


def _x_log_x_over_y(x, y):
    return tf.math.xlogy(x, x) - tf.math.xlogy(x, y)


def _axes(z):
    return list(range(1, len(z.shape)))


PENALTIES = {"contractive": Contractive, "kl_sparsity": KLSparsity, "l1": L1}


def get(penalty: str | CodePenalty | None) -> CodePenalty | None:
    """A penalty from its name in `PENALTIES`; an instance or `None` as it is."""
    return named("code_penalty", CodePenalty, penalty, PENALTIES)
