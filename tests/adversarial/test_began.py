"""BEGAN's balance: k, its error and its measure."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen

X = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")


def make(k=0.0):
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(2)(z))
    gan = kgen.BEGAN(
        generator,
        keras.Model(x, keras.layers.Dense(2)(x)),
        gamma=0.5,
        k_learning_rate=0.1,
        seed=0,
    )
    gan.compile("sgd")
    gan.run_eagerly = True
    gan.k.assign(k)
    return gan


def error(gan, x):
    kernel, bias = gan.discriminator.get_weights()
    return np.abs(x - (x @ kernel + bias)).mean(axis=-1)


def test_losses_k_and_the_measure_are_their_formulas():
    gan = make(k=0.3)
    seed = kgen.core.random.NoiseSource(seed=0).next(training=True)
    fake = gan.decode(tf.random.stateless_normal([10, 2], seed)).numpy()
    real, fake = error(gan, X), error(gan, fake)
    np.testing.assert_allclose(gan.discriminate(X), -real, rtol=1e-5)
    logs = gan.fit(X, batch_size=10, shuffle=False, verbose=0).history
    balance = 0.5 * real.mean() - fake.mean()
    expected = {
        "discriminator_loss": real.mean() - 0.3 * fake.mean(),
        "real_score": -real.mean(),
        "fake_score": -fake.mean(),
        "k": 0.3 + 0.1 * balance,
        "convergence": real.mean() + abs(balance),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], [value], rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(gan.k, expected["k"], rtol=1e-4)


def test_k_stays_in_0_to_1_and_is_saved(tmp_path):
    gan = make()
    gan.generator.set_weights([np.zeros((2, 2)), np.full(2, 1000.0)])
    gan.fit(X, verbose=0)
    assert float(gan.k) == 0.0
    gan = make(k=0.999)
    # The balance is half the error of real data, as that of the generated is 0.
    gan.generator.set_weights([np.zeros((2, 2)), np.zeros(2)])
    gan.discriminator.set_weights([np.zeros((2, 2)), np.zeros(2)])
    gan.fit(X, batch_size=10, verbose=0)
    assert float(gan.k) == 1.0
    gan.k.assign(0.7)
    gan.save(tmp_path / "began.keras")
    loaded = keras.saving.load_model(tmp_path / "began.keras")
    assert float(loaded.k) == np.float32(0.7)
    assert loaded.gamma == 0.5


@pytest.mark.parametrize("settings", [{"adversarial_loss": "minimax"}, {"packing": 2}])
def test_another_loss_or_packs_are_refused(settings):
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(2)(z))
    if "packing" in settings:
        x = keras.Input((4,), name="x")
    discriminator = keras.Model(x, keras.layers.Dense(2)(x))
    with pytest.raises(ValueError, match="has its own loss"):
        kgen.BEGAN(generator, discriminator, **settings)


def test_evaluate_leaves_k():
    gan = make(k=0.3)
    logs = gan.evaluate(X, verbose=0, return_dict=True)
    assert np.float32(logs["k"]) == np.float32(0.3)
    assert float(gan.k) == np.float32(0.3)
