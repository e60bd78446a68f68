"""Linear steps: activation normalisation, standardisation, LU-factorised matrices."""

import numpy as np
import tensorflow as tf

from kgen.core.config import lookup
from kgen.core.training.initialization import channel_moments
from kgen.flows.steps import Step, change, inverted


class ActNorm(Step):
    """`z = (x - mean) / stddev` for each channel of the last axis, both learned.

    The first values are the mean and the standard deviation of the first data, so z
    starts with mean 0 and variance 1.

    References:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039)
    """

    learned = True

    def connect(self, shape):
        """The same shape."""
        weight = {"shape": shape[-1:], "initializer": "zeros", "autocast": False}
        weight["trainable"] = self.learned
        self.mean = self.add_weight(name="mean", **weight)
        self.log_stddev = self.add_weight(name="log_stddev", **weight)
        return super().connect(shape)

    def bijector(self):
        """The shift, then the scale, `tfb` bijectors of single values."""
        from tensorflow_probability import bijectors as tfb

        log_stddev = tf.convert_to_tensor(self.log_stddev)
        shift = tfb.Shift(-tf.convert_to_tensor(self.mean))
        return tfb.Chain([tfb.Scale(log_scale=-log_stddev), shift])

    def forward(self, x, conditions=None, training=False):
        """The normalised values."""
        return change(self.bijector(), x)

    def inverse(self, z, conditions=None, training=False):
        """The values with the mean and the standard deviation restored."""
        return change(inverted(self.bijector()), z)

    def adapt(self, x, conditions=None):
        """Takes mean and standard deviation of each channel from data."""
        mean, stddev = channel_moments(x)
        self.mean.assign(mean)
        self.log_stddev.assign(np.log(stddev))


class Standardize(ActNorm):
    """`z = (x - mean) / stddev` for each channel of the last axis, from the data.

    The first step of a flow over real data in any units.
    """

    learned = False


class LULinear(Step):
    """`z = P L U x` on the last axis: a matrix by its LU factors.

    For vectors this is the linear step of neural spline flows, for images the
    invertible 1x1 convolution of Glow. P is a fixed permutation. L and U are triangular
    and learned; the diagonal of L is 1, and that of U keeps its signs. The determinant
    costs nothing.

    Args:
        initializer: `"identity"`, or `"rotation"` for a random rotation from `seed`.
        seed: Integer.
        **kwargs: See `Step`.

    References:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039),
        [Oliva et al., 2018](https://arxiv.org/abs/1801.09819)
    """

    def __init__(self, initializer: str = "identity", seed: int = 0, **kwargs) -> None:
        super().__init__(**kwargs)
        choices = {"identity": "identity", "rotation": "rotation"}
        self.initializer = lookup("initializer", initializer, choices)
        self.seed = seed

    def connect(self, shape):
        """The same shape."""
        from scipy import linalg, stats

        size = shape[-1]
        start = np.eye(size)
        if self.initializer == "rotation" and size > 1:
            rng = np.random.default_rng(self.seed)
            start = stats.ortho_group.rvs(size, random_state=rng)
        permutation, lower, upper = linalg.lu(start)
        self._permutation = [int(place) for place in permutation.argmax(axis=1)]
        diagonal = np.diag(upper)
        self._signs = np.sign(diagonal).astype("float32")
        self.triangles = self.add_weight(
            name="triangles",
            shape=(size, size),
            initializer=_constant(np.tril(lower, -1) + np.triu(upper, 1)),
            autocast=False,
        )
        self.log_diagonal = self.add_weight(
            name="log_diagonal",
            shape=(size,),
            initializer=_constant(np.log(np.abs(diagonal))),
            autocast=False,
        )
        return super().connect(shape)

    def bijector(self):
        """TFP's product with a matrix in LU form."""
        from tensorflow_probability import bijectors as tfb

        diagonal = self._signs * tf.exp(tf.convert_to_tensor(self.log_diagonal))
        triangles = tf.convert_to_tensor(self.triangles)
        factors = tf.linalg.set_diag(triangles, diagonal)
        return tfb.ScaleMatvecLU(factors, self._permutation)

    def forward(self, x, conditions=None, training=False):
        """The product."""
        return change(self.bijector(), x)

    def inverse(self, z, conditions=None, training=False):
        """The product with the inverse matrix."""
        return change(inverted(self.bijector()), z)


def _constant(value):
    return lambda shape, dtype: tf.constant(value, dtype)
