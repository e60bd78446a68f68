"""Figures of images: how close two are, and how sharp one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kgen.core import distances
from kgen.core.checks.containers import numbers
from kgen.metrics.figures import register

PART = 500  # Images in memory as float64.


@register("psnr", ("originals", "reconstructions"), unit="dB", better="higher")
def psnr(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Peak signal-to-noise ratio `-10 log10(mean (x - y)^2)` of images, in dB.

    Args:
        x: Images `(n, height, width, channels)` in [0, 1].
        y: Images of the same shape, such as reconstructions of `x`.

    Returns:
        float64 array `(n,)`; infinite where two images are equal.

    Raises:
        ValueError: if the shapes differ, or values are not finite.

    Example:

    >>> black, grey = np.zeros((1, 8, 8, 1)), np.full((1, 8, 8, 1), 0.1)
    >>> psnr(black, grey)
    array([20.])
    """
    x, y = _pairs("psnr", x, y)
    error = _by_parts(_squares, x, y)
    with np.errstate(divide="ignore"):
        return -10.0 * np.log10(error)


@register("ssim", ("originals", "reconstructions"), better="higher")
def ssim(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Structural similarity of images, from -1 to 1 for equal images.

    Windows of 11 x 11 pixels, weighted by a Gaussian, are compared by their means,
    variances and covariance. The figure is the mean over all windows and channels. In
    smaller images a window has the largest odd number of pixels that fits.

    Args:
        x: Images `(n, height, width, channels)` in [0, 1].
        y: Images of the same shape, such as reconstructions of `x`.

    Returns:
        float64 array `(n,)`.

    Raises:
        ValueError: if the shapes differ, unless these are images, or for values that
            are not finite.

    Example:

    >>> checks = np.indices((16, 16)).sum(0)[None, :, :, None] % 2
    >>> np.round(ssim(checks, checks), 3), np.round(ssim(checks, 1 - checks), 3)
    (array([1.]), array([-0.996]))

    References:
        [Wang et al., 2004](https://doi.org/10.1109/TIP.2003.819861)
    """
    return _by_parts(distances.ssim, *_pairs("ssim", x, y, axes=4))


@register("reconstruction_error", ("originals", "reconstructions"), better="lower")
def reconstruction_error(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Mean squared error of each reconstruction, 0 or larger.

    It tells whether the model can make the images at all, not how often it does. A GAN
    has no encoder: `evaluate` searches the code that decodes to each image, which may
    stop at a local minimum. A model that copies any image through has 0.

    Args:
        x: Examples `(n, ...)`.
        y: Their reconstructions, of the same shape.

    Returns:
        float64 array `(n,)`, in squared units of the data.

    Raises:
        ValueError: if the shapes differ, or values are not finite.

    Example:

    >>> reconstruction_error(np.zeros((1, 8, 8, 1)), np.full((1, 8, 8, 1), 0.5))
    array([0.25])

    References:
        [Xiang & Li, 2017](https://arxiv.org/abs/1704.03971)
    """
    x, y = _pairs("reconstruction_error", x, y)
    return _by_parts(_squares, x, y)


@register(
    "sharpness_difference", ("originals", "reconstructions"), unit="dB", better="higher"
)
def sharpness_difference(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """`-10 log10 mean |g(x) - g(y)|` of the gradients g of images, in dB.

    `g` is the sum of the absolute differences of a pixel to its left and upper
    neighbours. A blurred reconstruction may have a good PSNR, and a poor sharpness
    difference. Gradients at other places count as wrong, too.

    Args:
        x: Images `(n, height, width, channels)` in [0, 1].
        y: Images of the same shape, such as reconstructions of `x`.

    Returns:
        float64 array `(n,)`; infinite where two images have equal gradients.

    Raises:
        ValueError: if the shapes differ, unless these are images of two pixels a side
            or more, or for values that are not finite.

    Example:

    >>> steps = np.indices((4, 4))[0][None, :, :, None] / 10
    >>> np.round(sharpness_difference(steps, np.zeros((1, 4, 4, 1))), 6)
    array([10.])

    References:
        [Mathieu et al., 2016](https://arxiv.org/abs/1511.05440)
    """
    x, y = _pairs("sharpness_difference", x, y, axes=4)
    if min(x.shape[1:3]) < 2:
        raise ValueError(
            f"`sharpness_difference` was given images of shape {x.shape[1:]}, but "
            "compares neighbouring pixels: expects two a side or more."
        )
    gap = _by_parts(_gradient_gaps, x, y)
    with np.errstate(divide="ignore"):
        return -10.0 * np.log10(gap)


def _gradient_gaps(x, y):
    """Mean differences of `|across| + |down|` between images.

    Of each pixel that has a left and an upper neighbour.
    """
    one, other = (
        np.abs(images[:, 1:, 1:] - images[:, 1:, :-1])
        + np.abs(images[:, 1:, 1:] - images[:, :-1, 1:])
        for images in (x, y)
    )
    return np.mean(np.abs(one - other), axis=(1, 2, 3))


def _squares(x, y):
    """Mean squared differences, `(n,)`."""
    return np.mean((x - y) ** 2, axis=tuple(range(1, x.ndim)))


@register("sharpness", ("samples",))
def sharpness(images: ArrayLike) -> np.ndarray:
    """Variance of the Laplacian of each image: small where edges are blurred.

    Compare it with that of real images of the same size: noise raises it too.

    Args:
        images: `(n, height, width, channels)`, each colour treated separately.

    Returns:
        float64 array `(n,)`.

    Raises:
        ValueError: unless these are finite images of at least one pixel.

    Example:

    >>> sharpness(np.ones((1, 8, 8, 1)))
    array([0.])

    References:
        [Pech-Pacheco et al., 2000](https://doi.org/10.1109/ICPR.2000.903548)
    """
    from scipy import ndimage

    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    images = numbers("sharpness", "images", images, axes=4, rows=1)

    def variances(images):
        return ndimage.convolve(images, kernel[None, :, :, None]).var(axis=(1, 2, 3))

    return _by_parts(variances, images)


def _pairs(name, x, y, axes=2):
    """Two arrays of the same shape, with at least `axes` axes."""
    x, y = (
        numbers(name, key, values, axes=axes, rows=1)
        for key, values in (("x", x), ("y", y))
    )
    if x.shape != y.shape:
        raise ValueError(
            f"`{name}` was given x and y of the shapes {x.shape} and {y.shape}, but "
            "compares images one by one: pass two arrays of the same shape."
        )
    return x, y


def _by_parts(function, *arrays):
    """A function of images in float64, `(n,)`, that sees some of them at a time.

    Args:
        function: From arrays `(m, ...)` to values `(m,)`.
        *arrays: Arrays `(n, ...)`.
    """
    values = [
        np.asarray(
            function(*(array[i : i + PART].astype("float64") for array in arrays))
        )
        for i in range(0, len(arrays[0]), PART)
    ]
    return np.concatenate(values)
