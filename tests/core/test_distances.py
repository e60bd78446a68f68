"""Distances of images against scikit-image, scikit-learn's photographs as data."""

import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.datasets import load_sample_image

from kgen.core.distances import absolute_error, psnr, squared_error, ssim

PHOTOGRAPH = load_sample_image("china.jpg")[100:140, 200:250].astype("float32") / 255
NOISE = np.random.default_rng(0).normal(size=(3, *PHOTOGRAPH.shape))
X = np.stack([PHOTOGRAPH, 1 - PHOTOGRAPH, 0.9 + 0.01 * PHOTOGRAPH])
Y = np.clip(X + [[[[0.1]]], [[[0.01]]], [[[0.002]]]] * NOISE, 0, 1).astype("float32")


def by_scikit_image(x, y):
    """PSNR and SSIM with the settings of the paper on SSIM."""
    x, y = x.astype("float64"), y.astype("float64")
    paper = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return (
        peak_signal_noise_ratio(x, y, data_range=1.0),
        structural_similarity(x, y, data_range=1.0, channel_axis=-1, **paper),
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_and_ssim_agree_with_scikit_image(channels):
    x, y = X[..., :channels], Y[..., :channels]
    expected = [by_scikit_image(*pair) for pair in zip(x, y, strict=True)]
    found = np.stack([psnr(x, y), ssim(tf.constant(x), tf.constant(y))], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_equal_images():
    np.testing.assert_allclose(ssim(tf.constant(X), tf.constant(X)), 1.0, rtol=1e-6)
    np.testing.assert_allclose(psnr(X, X), 100.0, rtol=1e-6)


def test_images_smaller_than_a_window():
    """The window of 5 x 6 images has 5 x 5 pixels: two places, and by hand here."""
    x, y = X[:1, :5, :6, :1].astype("float64"), Y[:1, :5, :6, :1].astype("float64")
    line = np.exp(-0.5 * (np.arange(-2, 3) / 1.5) ** 2)
    weights = np.outer(line, line) / line.sum() ** 2
    values = []
    for left in (0, 1):
        a, b = (v[0, :, left : left + 5, 0] for v in (x, y))
        mean_a, mean_b = np.sum(weights * a), np.sum(weights * b)
        va, vb = (np.sum(weights * (v - m) ** 2) for v, m in ((a, mean_a), (b, mean_b)))
        c = np.sum(weights * (a - mean_a) * (b - mean_b))
        values.append(
            (2 * mean_a * mean_b + 1e-4)
            * (2 * c + 9e-4)
            / ((mean_a**2 + mean_b**2 + 1e-4) * (va + vb + 9e-4))
        )
    np.testing.assert_allclose(
        ssim(tf.constant(x), tf.constant(y)), [np.mean(values)], rtol=1e-10
    )


def test_errors_are_means():
    np.testing.assert_allclose(
        squared_error(X, Y), np.mean((X - Y) ** 2, (1, 2, 3)), rtol=1e-5
    )
    np.testing.assert_allclose(
        absolute_error(X, Y), np.mean(np.abs(X - Y), (1, 2, 3)), rtol=1e-5
    )
