"""Squeeze and excite: NumPy's numbers, its weights, copies, what is refused."""

import keras
import numpy as np
import pytest

from kgen.networks import SqueezeExcite
from kgen.testing.tools import reloaded

X = np.random.default_rng(0).normal(size=(3, 5, 4, 12)).astype("float32")


def test_channels_are_scaled_as_in_the_paper():
    layer = SqueezeExcite(ratio=5)
    y = layer(X)
    first, first_bias, second, second_bias = layer.get_weights()
    assert first.shape == (12, 2) and second.shape == (2, 12)
    assert layer.count_params() == 12 * 2 + 2 + 2 * 12 + 12
    hidden = np.maximum(X.mean((1, 2)) @ first + first_bias, 0.0)
    scale = 1.0 / (1.0 + np.exp(-(hidden @ second + second_bias)))
    np.testing.assert_allclose(y, X * scale[:, None, None], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_trains_in_a_network_that_is_saved(policy):
    x = keras.Input((5, 4, 12))
    h = SqueezeExcite(4, dtype=policy)(x)
    assert h.dtype == policy.removeprefix("mixed_")
    output = keras.layers.Dense(1, dtype="float32")(
        keras.layers.GlobalMaxPooling2D()(h)
    )
    model = keras.Model(x, output)
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((3, 1)), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.any(old != new)
    copy = reloaded(model)
    assert copy.layers[1].ratio == 4
    np.testing.assert_array_equal(copy(X), model(X))


def test_a_ratio_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match="ratio=16 for 12 channels.*at most 12"):
        SqueezeExcite()(X)
    with pytest.raises(ValueError, match="ratio=0"):
        SqueezeExcite(0)
