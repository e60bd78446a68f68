"""Images in another size, beside TensorFlow's own resizing."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks.layers import Resized, ResizedLike

X = np.random.default_rng(0).random((2, 9, 7, 3)).astype("float32")


@pytest.mark.parametrize("size", [(4, 3), (3, 14), (18, 7), (9, 7)])
def test_it_is_linear_interpolation_without_aliasing(size):
    expected = tf.image.resize(X, size, "bilinear", antialias=True)
    np.testing.assert_allclose(Resized(*size)(X), expected, atol=1e-5)
    like = np.zeros((2, *size, 5), "float32")
    np.testing.assert_allclose(ResizedLike()([X, like]), expected, atol=1e-5)


def test_sizes_are_known_or_come_with_the_image():
    x = keras.Input((9, 7, 3))
    assert Resized(4, 5)(x).shape == (None, 4, 5, 3)
    assert ResizedLike()([x, keras.Input((None, 6, 1))]).shape == (None, None, 6, 3)
