"""Planar and radial steps, which bend space along a plane and around a point."""

import math

import tensorflow as tf

from kgen.flows.steps import Step, summed


class Bend(Step):
    """The base of steps over vectors that have weights of their own."""

    def connect(self, shape):
        """The same shape, of vectors."""
        if len(shape) != 1:
            raise ValueError(
                f"A {type(self).__name__} step takes vectors, but was given data of "
                f"shape {shape}. Put kgen.flows.Flatten() before it."
            )
        self._add_weights(shape)
        return super().connect(shape)

    def _weight(self, name, shape, initializer="zeros"):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, autocast=False
        )

    def _values(self, *names):
        return [tf.convert_to_tensor(getattr(self, name)) for name in names]


class Planar(Bend):
    r"""`z = x + u tanh(w \cdot x + b)`: space is stretched or squeezed along a plane.

    `w \cdot u` is kept above -1, so that the step is invertible. Its inverse is found
    from one increasing function of one number, to the precision of float32. A new step
    is the identity.

    Such steps are cheap from data to latent, and from latent to data about 40 times as
    dear. Many are needed for a density with many pieces.

    References:
        [Rezende & Mohamed, 2015](https://arxiv.org/abs/1505.05770)
    """

    def forward(self, x, conditions=None, training=False):
        """The bent points."""
        w, b, u, slope = self._parameters()
        bend = tf.tanh(tf.linalg.matvec(x, w) + b)
        return x + u * bend[:, None], tf.math.log1p(slope * (1.0 - bend**2))

    def inverse(self, z, conditions=None, training=False):
        """The points that `forward` bends to z."""
        w, b, u, slope = self._parameters()
        bend = tf.tanh(_solved(slope, tf.linalg.matvec(z, w) + b))
        return z - u * bend[:, None], -tf.math.log1p(slope * (1.0 - bend**2))

    def _add_weights(self, shape):
        stddev = 1.0 / math.sqrt(shape[0])
        self.w = self._weight("w", shape, _normal(stddev))
        self.u = self._weight("u", shape)
        self.b = self._weight("b", ())

    def _parameters(self):
        """w, b, u with `w \\cdot u` above -1, and this product."""
        w, b, u = self._values("w", "b", "u")
        product = tf.reduce_sum(w * u)
        slope = above_minus_one(product)
        square = tf.maximum(tf.reduce_sum(w**2), 1e-12)
        return w, b, u + (slope - product) * w / square, slope


class Radial(Bend):
    r"""`z = x + \beta (x - c) / (\alpha + |x - c|)`: space grows or shrinks around c.

    `\alpha` is above 0 and `\beta` above `-\alpha`, so that the step is invertible. The
    inverse has a closed form. A new step is the identity.

    References:
        [Rezende & Mohamed, 2015](https://arxiv.org/abs/1505.05770)
    """

    def forward(self, x, conditions=None, training=False):
        """The points, further from the centre, or closer."""
        centre, alpha, beta = self._parameters()
        away = x - centre
        radius = _length(away)
        factor = 1.0 + beta / (alpha + radius)
        return centre + factor[:, None] * away, self._log_det(alpha, beta, radius)

    def inverse(self, z, conditions=None, training=False):
        """The points that `forward` moves to z."""
        centre, alpha, beta = self._parameters()
        away = z - centre
        moved = _length(away)
        # |z - c| = r (1 + beta / (alpha + r)), a quadratic equation of r.
        half = 0.5 * (alpha + beta - moved)
        root = tf.sqrt(half**2 + alpha * moved)
        # The root that is not a difference of two like numbers.
        safe = tf.where(half > 0.0, half + root, 1.0)
        radius = tf.where(half > 0.0, alpha * moved / safe, root - half)
        factor = 1.0 + beta / (alpha + radius)
        log_det = self._log_det(alpha, beta, radius)
        return centre + away / factor[:, None], -log_det

    def _add_weights(self, shape):
        self.centre = self._weight("centre", shape, _normal(1.0))
        self.log_alpha = self._weight("log_alpha", ())
        self.beta = self._weight("beta", ())

    def _parameters(self):
        centre, log_alpha, beta = self._values("centre", "log_alpha", "beta")
        alpha = tf.exp(log_alpha)
        return centre, alpha, alpha * above_minus_one(beta)

    def _log_det(self, alpha, beta, radius):
        """`size - 1` directions across, and one away from the centre."""
        across = tf.math.log1p(beta / (alpha + radius))
        along = tf.math.log1p(beta * alpha / (alpha + radius) ** 2)
        return (self.centre.shape[0] - 1.0) * across + along


def above_minus_one(number):
    """A number of any size, moved above -1; 0 stays 0."""
    start = math.log(math.e - 1.0)  # Where softplus is 1.
    # A slope of -1 would map many points to one, and softplus rounds to 0.
    return tf.maximum(tf.nn.softplus(number + start) - 1.0, -0.999)


def _solved(slope, target):
    """a with `a + slope tanh(a) = target`, `(batch,)`, by bisection."""
    fixed_slope, fixed_target = tf.stop_gradient(slope), tf.stop_gradient(target)

    def halve(_, low, high):
        middle = 0.5 * (low + high)
        below = middle + fixed_slope * tf.tanh(middle) < fixed_target
        return _ + 1, tf.where(below, middle, low), tf.where(below, high, middle)

    reach = abs(fixed_slope) + 1e-6  # The tanh is inside -1..1.
    _, low, high = tf.while_loop(
        lambda k, *_: k < 40,
        halve,
        (0, fixed_target - reach, fixed_target + reach),
        maximum_iterations=40,
    )
    a = tf.stop_gradient(0.5 * (low + high))
    # A step of Newton: it has the gradients of the solution.
    error = a + slope * tf.tanh(a) - target
    return a - error / (1.0 + fixed_slope * (1.0 - tf.tanh(a) ** 2))


def _length(vectors):
    """`|x|` of each row, with a gradient of 0 at 0."""
    return tf.sqrt(summed(vectors**2) + 1e-30)


def _normal(stddev):
    from keras.initializers import RandomNormal

    return RandomNormal(stddev=stddev)
