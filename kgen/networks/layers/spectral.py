"""Layers whose kernel is divided by its largest singular value."""

import keras
import numpy as np

from kgen.networks.layers.kernels import ChangedKernel, ConvKernel, DenseKernel


class _Spectral(ChangedKernel):
    """The base of both layers."""

    def build(self, input_shape):
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=(self.kernel.shape[-1], 1),
            initializer=self._direction,
            trainable=False,
            autocast=False,
            # All replicas compute the same value.
            aggregation="only_first_replica",
        )

    def _direction(self, shape, dtype):
        """The limit of power iteration, `(filters, 1)`."""
        matrix = np.reshape(keras.ops.convert_to_numpy(self.kernel), (-1, shape[0]))
        matrix = matrix.astype("float64")
        # The leading eigenvector of the smaller of the two products.
        if len(matrix) < shape[0]:
            u = matrix.T @ np.linalg.eigh(matrix @ matrix.T)[1][:, -1:]
        else:
            u = np.linalg.eigh(matrix.T @ matrix)[1][:, -1:]
        norm = np.linalg.norm(u)
        return keras.ops.cast(u / norm if norm else np.eye(*shape), dtype)

    def used_kernel(self, training):
        """`W / sigma(W)`."""
        sigma = keras.ops.cast(self.sigma(training), self.compute_dtype)
        # A kernel of zeros has no direction and stays 0.
        return keras.ops.divide_no_nan(self.kernel, sigma)

    def sigma(self, training=False):
        """Estimate of the kernel's largest singular value, `v^T W u`.

        Args:
            training: Whether one power iteration first improves the estimate, and is
                kept.
        """
        width = self.kernel.shape[-1]
        matrix = keras.ops.reshape(keras.ops.cast(self.kernel, "float32"), (-1, width))
        # u and v are constants, so the gradient of sigma is v u^T.
        fixed = keras.ops.stop_gradient(matrix)
        u = self.u.value
        v = _unit(keras.ops.matmul(fixed, u))
        if training:
            u = _unit(keras.ops.matmul(keras.ops.transpose(fixed), v))
            self.u.assign(u)
        else:
            u = _unit(u)
        return keras.ops.sum(v * keras.ops.matmul(matrix, u))

    # Keras' dense layers and convolutions would save only kernel and bias.
    def save_own_variables(self, store):
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        keras.layers.Layer.load_own_variables(self, store)


def _unit(vector):
    return keras.ops.normalize(vector, axis=0)


@keras.saving.register_keras_serializable("kgen")
class SpectralDense(_Spectral, DenseKernel):
    """`activation(x W / sigma(W) + b)`, sigma the largest singular value of `W`.

    The gradient flows through sigma, and `W` is never overwritten. Power iteration
    estimates sigma. It starts converged, and takes one step in each training call and
    none in inference. Arguments are those of `keras.layers.Dense`.

    References:
        [Miyato et al., 2018](https://arxiv.org/abs/1802.05957)
    """


@keras.saving.register_keras_serializable("kgen")
class SpectralConv2D(_Spectral, ConvKernel):
    """A convolution with the kernel `W / sigma(W)`, see `SpectralDense`.

    Sigma is the largest singular value of the kernel as a matrix `(height * width *
    channels, filters)`. Arguments are those of `keras.layers.Conv2D`.

    References:
        [Miyato et al., 2018](https://arxiv.org/abs/1802.05957)
    """
