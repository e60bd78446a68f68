"""Dropout: its share; noise of each layer and replica, which is saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import strategies
from kgen.networks import Dropout
from kgen.testing.tools import reloaded


def test_a_share_is_left_out_in_training_and_the_mean_stays():
    x = np.ones((200, 100), "float32")
    layer = Dropout(0.3, seed=0)
    assert np.array_equal(layer(x), x)
    y = layer(x, training=True).numpy()
    assert abs(np.mean(y == 0) - 0.3) < 0.01
    np.testing.assert_allclose(np.unique(y), [0.0, 1 / 0.7], rtol=1e-6)
    assert not np.array_equal(layer(x, training=True), y)


def test_layers_draw_noise_of_their_own():
    keras.utils.set_random_seed(0)
    x = np.ones((50, 50), "float32")
    one, other = Dropout(0.5), Dropout(0.5)
    same = np.mean(one(x, training=True).numpy() == other(x, training=True).numpy())
    assert 0.45 < same < 0.55


def test_replicas_draw_noise_of_their_own():
    strategy = strategies.get("mirrored")
    with strategy.scope():
        layer = Dropout(0.5, seed=0)
    draws = strategy.run(lambda: layer(tf.ones([10, 10]), training=True))
    first, second = strategy.experimental_local_results(draws)
    assert np.any(first.numpy() != second.numpy())


@pytest.mark.parametrize(
    ("name", "shape"), [("realnvp", (3,)), ("gated-pixelcnn", (4, 4, 1))]
)
def test_a_loaded_model_goes_on_with_the_noise_it_would_have_had(name, shape):
    x = np.random.default_rng(0).random((32, *shape)).astype("float32")
    sizes = {"realnvp": {"num_steps": 2}, "gated-pixelcnn": {"num_blocks": 1}}[name]
    model = kgen.build(name, shape, dropout=0.5, seed=0, **sizes)
    model.run_eagerly = True
    model.fit(x, shuffle=False, verbose=0)
    copy = reloaded(model)
    copy.run_eagerly = True
    for one in (model, copy):
        one.fit(x, shuffle=False, verbose=0)
    for one, other in zip(model.weights, copy.weights, strict=True):
        assert np.array_equal(one, other), one.path


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_impossible_shares_are_refused(rate):
    with pytest.raises(ValueError, match="dropout"):
        Dropout(rate)
