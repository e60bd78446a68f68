"""Padding by reflection equals NumPy's, however wide it is."""

import keras
import numpy as np
import pytest

from kgen.networks import ReflectionPadding2D

SIZES = [(5, 7), (4, 4), (2, 3), (1, 6), (1, 1)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("padding", [0, 1, 3, 5])
@pytest.mark.parametrize("known", [True, False])
def test_equals_numpy(size, padding, known):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    sides = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    inputs = keras.Input((*size, 3) if known else (None, None, 3))
    model = keras.Model(inputs, ReflectionPadding2D(padding)(inputs))
    np.testing.assert_array_equal(model(x), np.pad(x, sides, "reflect"))
    if known:
        assert model.output_shape[1:3] == tuple(s + 2 * padding for s in size)


def test_refuses_a_negative_padding():
    with pytest.raises(ValueError, match="padding=-1, but expects an int, 0 or larger"):
        ReflectionPadding2D(-1)
