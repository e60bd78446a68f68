"""What the lectures prove, with kgen's own losses and models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen

REAL, FAKE = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.4, 0.1, 0.1]], "float32")


def outcomes(logits):
    """A GAN on four one-hot outcomes whose generator draws them as `FAKE` says."""
    z, x = keras.Input((1,), name="z"), keras.Input((4,), name="x")
    uniform = keras.ops.erf(z / np.sqrt(2)) / 2 + 0.5
    index = keras.ops.sum(keras.ops.cast(uniform > np.cumsum(FAKE)[:3], "int32"), -1)
    generator = keras.Model(z, keras.ops.one_hot(index, 4))
    discriminator = keras.Model(x, keras.layers.Dense(1, use_bias=False)(x))
    discriminator.set_weights([np.reshape(logits, (4, 1))])
    return kgen.GAN(generator, discriminator, "minimax", seed=0)


@pytest.fixture(scope="module")
def data():
    draws = np.random.default_rng(0).choice(4, size=20000, p=REAL)
    return np.eye(4, dtype="float32")[draws]


def test_a_trained_discriminator_is_p_over_p_plus_q(data):
    gan = outcomes(np.zeros(4))
    optimizer = keras.optimizers.SGD(4.0)
    optimizer.build(gan.discriminator.trainable_variables)

    @tf.function
    def step(x):
        player, parts = gan.player("discriminator"), {"x": x, "labels": None}
        terms, gradients = gan.gradients(player, parts, None, True)
        optimizer.apply(gradients, gan.discriminator.trainable_variables)
        return terms["discriminator_loss"]

    for _ in range(150):
        losses = step(tf.constant(data))
    found = tf.sigmoid(gan.discriminator.get_weights()[0][:, 0])
    np.testing.assert_allclose(found, REAL / (REAL + FAKE), atol=0.02)
    js = float(kgen.metrics.js_divergence(REAL, FAKE))
    value = -float(tf.reduce_mean(losses))
    assert value == pytest.approx(2 * js - 2 * np.log(2), abs=0.02)


def test_no_discriminator_makes_the_game_worth_more(data):
    """`2 JS - 2 log 2` is the maximum, reached by the logit of p / (p + q)."""
    best = np.log(REAL / FAKE)

    def value(logits):
        logits = tf.constant(logits, tf.float32)
        losses = outcomes(np.zeros(4)).discriminator_loss(
            logits[:, None], logits[None, :]
        )
        return -float(np.sum(np.outer(REAL, FAKE) * losses))

    js = float(kgen.metrics.js_divergence(REAL, FAKE))
    assert value(best) == pytest.approx(2 * js - 2 * np.log(2), rel=1e-5)
    rng = np.random.default_rng(1)
    assert all(value(best + rng.normal(size=4)) < value(best) for _ in range(20))
    assert value(np.zeros(4)) == pytest.approx(-2 * np.log(2), rel=1e-6)


def test_a_line_of_slope_5_is_5_lipschitz():
    x = keras.Input((1,), name="x")
    critic = keras.Model(x, keras.layers.Dense(1, use_bias=False)(x))
    critic.set_weights([np.array([[5.0]])])
    points = np.random.default_rng(0).normal(size=(20, 1)).astype("float32")
    assert kgen.metrics.lipschitz_estimate(critic, points) == pytest.approx(5.0)
