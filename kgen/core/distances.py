"""How far two batches of data are from each other, one value for each example."""

import tensorflow as tf

BEST_PSNR = 100.0  # In dB. It stands for equal images, too: a mean stays finite.
# The constants of the paper on SSIM.
WINDOW, STDDEV = 11, 1.5
STABILITY = (0.01**2, 0.03**2)


def squared_error(x, y):
    """Mean squared difference, `(batch,)`."""
    return tf.reduce_mean(tf.square(x - y), _axes(x))


def absolute_error(x, y):
    """Mean absolute difference, `(batch,)`."""
    return tf.reduce_mean(tf.abs(x - y), _axes(x))


def psnr(x, y):
    """Peak signal-to-noise ratio `-10 log10(mean (x - y)^2)` in dB, at most 100.

    Args:
        x: Images in [0, 1], `(batch, ...)`.
        y: Images of the same shape.

    Returns:
        `(batch,)`.
    """
    error = squared_error(x, y)
    bits = tf.math.log(tf.maximum(error, 10.0 ** (-BEST_PSNR / 10)))
    return -10.0 / tf.math.log(tf.constant(10.0, error.dtype)) * bits


def ssim(x, y):
    """Structural similarity, the mean over all windows and channels, at most 1.

    For windows with means m, variances v and covariance c, weighted by a Gaussian:
    `(2 mx my + 1e-4) (2 c + 9e-4) / ((mx^2 + my^2 + 1e-4) (vx + vy + 9e-4))`. A window
    has 11 x 11 pixels, or the largest odd number that fits into the images.

    Args:
        x: Images in [0, 1], `(batch, height, width, channels)`.
        y: Images of the same shape.

    Returns:
        `(batch,)`.

    References:
        [Wang et al., 2004](https://doi.org/10.1109/TIP.2003.819861)
    """
    kernel = _gaussian(tf.minimum(tf.shape(x)[1], tf.shape(x)[2]), x.dtype)
    # Variances do not change with the zero point, and rounding is smaller near it.
    center = tf.reduce_mean((x + y) / 2, [1, 2], keepdims=True)
    x, y = x - center, y - center
    mean_x, mean_y = _blurred(x, kernel), _blurred(y, kernel)
    variance = _blurred(x * x + y * y, kernel) - mean_x**2 - mean_y**2
    covariance = _blurred(x * y, kernel) - mean_x * mean_y
    mean_x, mean_y = mean_x + center, mean_y + center
    for_means, for_variances = STABILITY
    luminance = (2 * mean_x * mean_y + for_means) / (mean_x**2 + mean_y**2 + for_means)
    structure = (2 * covariance + for_variances) / (variance + for_variances)
    return tf.reduce_mean(luminance * structure, _axes(x))


def _gaussian(side, dtype):
    """The weights of a window along one axis."""
    reach = (tf.minimum(WINDOW, side) - 1) // 2
    t = tf.cast(tf.range(-reach, reach + 1), dtype) / STDDEV
    weights = tf.exp(-0.5 * t**2)
    return weights / tf.reduce_sum(weights)


def _blurred(x, kernel):
    """Weighted means over all windows inside the images."""
    batch, height, width, channels = tf.unstack(tf.shape(x))
    maps = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, height, width, 1])
    maps = tf.nn.conv2d(maps, kernel[:, None, None, None], 1, "VALID")
    maps = tf.nn.conv2d(maps, kernel[None, :, None, None], 1, "VALID")
    margin = tf.size(kernel) - 1
    shape = [batch, channels, height - margin, width - margin]
    return tf.transpose(tf.reshape(maps, shape), [0, 2, 3, 1])


def _axes(x):
    return list(range(1, len(x.shape)))
