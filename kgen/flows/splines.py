"""Monotone rational-quadratic splines.

The tests compare them with `tfp.bijectors.RationalQuadraticSpline`. They take a
fraction of its operations: a flow has a spline in each step, and tracing and compiling
TFP's takes longer than training a small flow.
"""

import tensorflow as tf


def spline(x, widths, heights, slopes, bound, inverse=False):
    """A spline from [-bound, bound] onto itself at points inside.

    Args:
        x: Points in the box, float32 `(...)`.
        widths: Widths of the bins, `(..., num_bins)`; they sum to `2 bound`.
        heights: Heights of the bins, `(..., num_bins)`; they sum to `2 bound`.
        slopes: Slopes at the inner knots, `(..., num_bins - 1)`; those at the ends
            are 1.
        bound: Half the side of the box.
        inverse: Whether to evaluate the inverse function.

    Returns:
        The values, and the log of the derivative at each, both of the shape of x.

    References:
        [Gregory & Delbourgo, 1982](https://doi.org/10.1093/imanum/2.2.123);
        [Durkan et al., 2019](https://arxiv.org/abs/1906.04032), appendix A
    """
    left = tf.cumsum(widths, axis=-1, exclusive=True) - bound
    low = tf.cumsum(heights, axis=-1, exclusive=True) - bound
    before = [[0, 0]] * (len(slopes.shape) - 1)
    slopes = tf.pad(slopes, [*before, [1, 1]], constant_values=1.0)
    # One-hot vectors of each point's bin, as gradients of `tf.gather` are slow.
    reached = tf.cast(x[..., None] >= (low if inverse else left)[..., 1:], x.dtype)
    bins = tf.pad(reached, [*before, [1, 0]], constant_values=1.0)
    bins -= tf.pad(reached, [*before, [0, 1]])

    def there(values):
        return tf.reduce_sum(bins * values, axis=-1)

    x_k, width = there(left), there(widths)
    y_k, height = there(low), there(heights)
    d_k, d_next = there(slopes[..., :-1]), there(slopes[..., 1:])
    s = height / width
    bend = d_next + d_k - 2.0 * s
    if inverse:
        rise = x - y_k
        a = height * (s - d_k) + rise * bend
        b = height * d_k - rise * bend
        c = -s * rise
        # This form of the root of a quadratic does not cancel. The discriminant is the
        # square of a slope, but rounding may take it below 0.
        root = tf.sqrt(tf.maximum(b**2 - 4.0 * a * c, 0.0))
        t = 2.0 * c / (-b - root)
    else:
        t = (x - x_k) / width
    t = tf.clip_by_value(t, 0.0, 1.0)
    denominator = s + bend * t * (1.0 - t)
    log_slope = 2.0 * tf.math.log(s / denominator) + tf.math.log(
        d_next * t**2 + 2.0 * s * t * (1.0 - t) + d_k * (1.0 - t) ** 2
    )
    if inverse:
        return x_k + width * t, -log_slope
    y = y_k + height * (s * t**2 + d_k * t * (1.0 - t)) / denominator
    return y, log_slope
