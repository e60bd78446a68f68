"""The average of weights: its warm-up, and what Keras does with it."""

import keras
import numpy as np

from kgen.core.training.averaging import AdamWithWarmEMA


def test_momentum_rises_to_the_one_given():
    optimizer = AdamWithWarmEMA(use_ema=True, ema_momentum=0.99)
    steps = np.array([0, 1, 11, 1000, 10_000])
    found = [float(optimizer.momentum_after(step)) for step in steps]
    np.testing.assert_allclose(found, [0.0, 0.1, 0.55, 0.99, 0.99], rtol=1e-6)


def test_average_follows_weights_and_takes_their_place():
    optimizer = AdamWithWarmEMA(0.1, use_ema=True, ema_momentum=0.9)
    weight = keras.Variable(1.0)
    optimizer.build([weight])
    average, seen = None, []
    for step in range(30):
        optimizer.apply([keras.ops.convert_to_tensor(1.0 + step % 3)], [weight])
        momentum = min(0.9, step / (9 + step))
        value = float(weight)
        average = value if step == 0 else momentum * average + (1 - momentum) * value
        seen.append(value)
    optimizer.finalize_variable_values([weight])
    np.testing.assert_allclose(float(weight), average, rtol=1e-5)
    assert seen[-1] < float(weight) < seen[0]


def test_weights_of_double_precision_are_averaged_too():
    optimizer = AdamWithWarmEMA(0.1, use_ema=True)
    weight = keras.Variable(1.0, dtype="float64")
    optimizer.build([weight])
    for _ in range(3):
        optimizer.apply([keras.ops.ones((), "float64")], [weight])
    optimizer.finalize_variable_values([weight])
    assert weight.dtype == "float64" and 0.7 < float(weight) < 1.0


def test_it_is_adam_otherwise_and_comes_back_from_its_config():
    ours, theirs = AdamWithWarmEMA(0.1), keras.optimizers.Adam(0.1)
    weights = [keras.Variable(1.0), keras.Variable(1.0)]
    for optimizer, weight in zip((ours, theirs), weights, strict=True):
        optimizer.build([weight])
        for step in range(5):
            optimizer.apply([keras.ops.convert_to_tensor(float(step))], [weight])
    assert float(weights[0]) == float(weights[1])
    config = keras.saving.serialize_keras_object(AdamWithWarmEMA(use_ema=True))
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, AdamWithWarmEMA) and copy.use_ema
