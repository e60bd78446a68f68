"""A perceptron that contracts: distances shrink by a known factor at least."""

import keras
import tensorflow as tf

from kgen.core.config import ConfiguredLayer


class Contraction(ConfiguredLayer):
    """A perceptron g with `|g(x) - g(y)| <= bound |x - y|`, for any weights.

    Each matrix W is divided by `max(1, s(W) / c)`, where s(W) is at least its largest
    singular value, and c the n-th root of `bound` for n layers. Power iteration, which
    comes from below, would promise less. Each activation is `silu(x) / 1.1`, whose
    slope is below 1.

    Args:
        hidden: Units of each hidden layer.
        bound: The factor, above 0.
        **kwargs: Arguments of `keras.layers.Layer`.

    References:
        [Behrmann et al., 2019](https://arxiv.org/abs/1811.00995),
        [Delattre et al., 2023](https://arxiv.org/abs/2305.16173) (the bound)
    """

    def __init__(self, hidden=(64, 64), bound=0.9, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden
        self.bound = bound

    def build(self, input_shape):
        """Adds the weights; the output has the size of the input."""
        size = input_shape[-1]
        sizes = [size, *self.hidden, size]
        self.kernels, self.biases = [], []
        for k, (rows, columns) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            weight = {"trainable": True, "autocast": False}
            kernel = self.add_weight(
                name=f"kernel_{k}",
                shape=(rows, columns),
                initializer="orthogonal",
                **weight,
            )
            bias = self.add_weight(
                name=f"bias_{k}",
                shape=(columns,),
                initializer=keras.initializers.RandomNormal(stddev=0.5),
                **weight,
            )
            self.kernels.append(kernel)
            self.biases.append(bias)
        self.built = True

    def used_kernels(self):
        """The matrices as they are applied, each with a norm of c at most."""
        share = self.bound ** (1.0 / len(self.kernels))
        used = []
        for kernel in self.kernels:
            matrix = tf.convert_to_tensor(kernel)
            used.append(matrix / tf.maximum(1.0, norm_bound(matrix) / share))
        return used

    def call(self, x, kernels=None):
        """g(x), of the shape of x.

        Args:
            x: float32 `(batch, size)`.
            kernels: The result of `used_kernels`, for many calls with the same weights.
        """
        kernels = self.used_kernels() if kernels is None else kernels
        for k, (kernel, bias) in enumerate(zip(kernels, self.biases, strict=True)):
            if k:
                x = tf.nn.silu(x) / 1.1
            x = tf.matmul(x, kernel) + tf.convert_to_tensor(bias)
        return x


def norm_bound(matrix):
    """A bound on the largest singular value, from above, at most 3.4 % for 64 rows.

    The Frobenius norm of a power of the Gram matrix is dominated by this value.

    Args:
        matrix: `(rows, columns)`.
    """
    rows, columns = matrix.shape
    gram = tf.matmul(
        matrix, matrix, transpose_a=rows > columns, transpose_b=rows <= columns
    )
    log_bound, power = tf.zeros(()), 1.0
    for _ in range(5):
        # Scaled to norm 1, so that no power leaves the range of float32.
        norm = tf.sqrt(tf.reduce_sum(gram**2) + 1e-30)
        log_bound += tf.math.log(norm) / power
        gram = tf.matmul(gram / norm, gram / norm)
        power *= 2.0
    norm = tf.sqrt(tf.reduce_sum(gram**2) + 1e-30)
    log_bound += tf.math.log(norm) / power
    return tf.exp(0.5 * log_bound)
