"""Layers that enlarge images."""

import keras
import numpy as np
import pytest

from kgen.networks import BicubicUpsampling2D, PixelShuffle
from kgen.testing.tools import reloaded

X = np.random.default_rng(0).random((2, 3, 5, 12)).astype("float32")


@pytest.mark.parametrize("factor", [1, 2])
def test_pixel_shuffle_by_its_definition(factor):
    found = PixelShuffle(factor)(X).numpy()
    channels = 12 // factor**2
    assert found.shape == (2, 3 * factor, 5 * factor, channels)
    for row, column in np.ndindex(found.shape[1:3]):
        place = row % factor * factor + column % factor
        expected = X[:, row // factor, column // factor].reshape(2, -1, channels)
        np.testing.assert_array_equal(found[:, row, column], expected[:, place])


def test_bicubic_agrees_with_keras():
    expected = keras.layers.UpSampling2D(4, interpolation="bicubic")(X)
    np.testing.assert_allclose(BicubicUpsampling2D(4)(X), expected, atol=1e-6)


def test_any_size_saved_and_in_half_precision():
    inputs = keras.Input((None, None, 12))
    h = PixelShuffle(2)(inputs)
    network = keras.Model(inputs, BicubicUpsampling2D(3)(h))
    assert network.output_shape == (None, None, None, 3)
    np.testing.assert_array_equal(reloaded(network)(X), network(X))
    half = BicubicUpsampling2D(2, dtype="mixed_float16")(X)
    assert half.dtype == "float16" and half.shape == (2, 6, 10, 12)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="given 12 channels, but makes one of 25"):
        PixelShuffle(5)(X)
    for layer in (PixelShuffle, BicubicUpsampling2D):
        with pytest.raises(ValueError, match="factor=0, but expects an int"):
            layer(0)
