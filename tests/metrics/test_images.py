"""Figures of images against TensorFlow, SciPy and arithmetic."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, signal

from kgen.metrics import (
    psnr,
    reconstruction_error,
    sharpness,
    sharpness_difference,
)

X, Y = np.random.default_rng(0).random((2, 4, 7, 5, 3))


def test_psnr_agrees_with_tensorflow():
    expected = tf.image.psnr(X, Y, max_val=1.0)
    np.testing.assert_allclose(psnr(X, Y), expected, rtol=1e-5)


def test_psnr_of_equal_images_is_infinite_and_of_other_shapes_an_error():
    assert np.all(psnr(X, X.astype("float64")) == np.inf)
    with pytest.raises(ValueError, match=r"\(4, 7, 5, 3\) and \(7, 5, 3\)"):
        psnr(X, X[0])


def test_sharpness_agrees_with_a_convolution_of_each_channel():
    kernel = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    laplacian = [
        [signal.convolve2d(c, kernel, "same", "symm") for c in np.moveaxis(x, -1, 0)]
        for x in X
    ]
    expected = np.var(np.reshape(laplacian, (4, -1)), axis=1)
    np.testing.assert_allclose(sharpness(X), expected, rtol=1e-10)


def test_blur_lowers_sharpness_and_contrast_scales_it():
    blurred = ndimage.gaussian_filter(X, (0, 1, 1, 0))
    assert np.all(sharpness(blurred) < 0.2 * sharpness(X))
    np.testing.assert_allclose(sharpness(0.5 * X + 0.1), 0.25 * sharpness(X))


def test_reconstruction_errors_are_mean_squares():
    np.testing.assert_allclose(
        reconstruction_error(X, Y),
        [np.mean((x - y) ** 2) for x, y in zip(X, Y, strict=True)],
    )


def test_the_sharpness_difference_pixel_by_pixel():
    def gradients(image):
        height, width, channels = image.shape
        return np.array(
            [
                abs(image[i, j, c] - image[i - 1, j, c])
                + abs(image[i, j, c] - image[i, j - 1, c])
                for i in range(1, height)
                for j in range(1, width)
                for c in range(channels)
            ]
        )

    expected = [
        -10 * np.log10(np.mean(np.abs(gradients(x) - gradients(y))))
        for x, y in zip(X, Y, strict=True)
    ]
    np.testing.assert_allclose(sharpness_difference(X, Y), expected)
    assert np.all(sharpness_difference(X, X) == np.inf)
    # A shift of all pixels changes no gradient; blur does.
    assert np.all(sharpness_difference(X, X + 0.1) > 100)
    with pytest.raises(ValueError, match="two a side or more"):
        sharpness_difference(X[:, :1], Y[:, :1])
