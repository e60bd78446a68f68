"""Bicubic resizing against Pillow and TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kgen.core.resizing import bicubic_down, bicubic_up, cropped_to_multiple

X = np.random.default_rng(0).random((2, 12, 24, 3)).astype("float32")


def by_pillow(x, size):
    """Each channel of each image, resized by Pillow to `(height, width)`."""
    resized = [
        [
            np.array(
                Image.fromarray(image[..., channel], mode="F").resize(
                    size[::-1], Image.Resampling.BICUBIC
                )
            )
            for channel in range(image.shape[-1])
        ]
        for image in x
    ]
    return np.moveaxis(np.array(resized), 1, -1)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 6])
def test_it_agrees_with_pillow(factor):
    down = bicubic_down(tf.constant(X), factor)
    np.testing.assert_allclose(
        down, by_pillow(X, (12 // factor, 24 // factor)), atol=1e-6
    )
    up = bicubic_up(tf.constant(X), factor)
    np.testing.assert_allclose(up, by_pillow(X, (12 * factor, 24 * factor)), atol=1e-6)


@pytest.mark.parametrize("factor", [2, 4])
def test_it_agrees_with_tensorflow(factor):
    size = (12 // factor, 24 // factor)
    expected = tf.image.resize(X, size, "bicubic", antialias=True)
    found = bicubic_down(tf.constant(X), factor)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_parabolas_are_interpolated_exactly():
    t = np.arange(20.0)
    fine = (np.arange(80) + 0.5) / 4 - 0.5
    x, expected = (0.3 * u**2 - u + 2 for u in (t, fine))
    found = bicubic_up(tf.constant(x[None, :, None, None]), 4)[0, :, 0, 0]
    np.testing.assert_allclose(found[8:-8], expected[8:-8], rtol=1e-12)


def test_sides_of_any_length_in_one_graph():
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 1))])
    def resize(x):
        return bicubic_up(bicubic_down(cropped_to_multiple(x, 3), 3), 3)

    for size in ((9, 6), (11, 4)):
        x = tf.random.stateless_uniform((2, *size, 1), [0, 1])
        expected = tuple(side // 3 * 3 for side in size)
        assert resize(x).shape == (2, *expected, 1)
