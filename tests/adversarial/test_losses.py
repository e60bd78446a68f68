"""Losses and penalties against written-out formulas and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.adversarial import losses, penalties
from kgen.core.distribution.batch import sample_weights

REAL = np.array([-3.0, -0.5, 0.2, 1.4, 2.0, 12.0], "float32")
FAKE = np.array([-12.0, -1.5, -0.1, 0.7, 1.2, 2.5], "float32")


def sigmoid(values):
    return 1 / (1 + np.exp(-values.astype("float64")))


D_REAL, D_FAKE = sigmoid(REAL), sigmoid(FAKE)
ABOVE = sigmoid(REAL - FAKE.mean(dtype="float64"))
BELOW = sigmoid(FAKE - REAL.mean(dtype="float64"))
# As the lectures and papers write them. `log1p` and the like would be other code than
# the formula: in float64 these logits are not too large for it.
FORMULAS = {
    "minimax": (-np.log(D_REAL) - np.log(1 - D_FAKE), np.log(1 - D_FAKE)),
    "non_saturating": (-np.log(D_REAL) - np.log(1 - D_FAKE), -np.log(D_FAKE)),
    "wasserstein": (FAKE - REAL, -FAKE),
    "least_squares": ((REAL - 1) ** 2 + FAKE**2, (FAKE - 1) ** 2),
    "hinge": (np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE), -FAKE),
    "relativistic_average": (
        -np.log(ABOVE) - np.log(1 - BELOW),
        -np.log(BELOW) - np.log(1 - ABOVE),
    ),
}


@pytest.mark.parametrize("name", losses.LOSSES)
def test_losses_are_their_formulas(name):
    loss = losses.get(name)
    found = loss.discriminator(REAL, FAKE), loss.generator(REAL, FAKE)
    for values, formula in zip(found, FORMULAS[name], strict=True):
        assert values.shape == (6,)
        np.testing.assert_allclose(values, formula, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", losses.LOSSES)
@pytest.mark.parametrize("role", ["discriminator", "generator"])
def test_gradients_are_those_of_finite_differences(name, role):
    loss = getattr(losses.get(name), role)
    logits = [tf.constant(values[1:5], tf.float64) for values in (REAL, FAKE)]
    found, numeric = tf.test.compute_gradient(
        lambda real, fake: tf.reduce_mean(loss(real, fake)), logits
    )
    for one, other in zip(found, numeric, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_generator_that_loses_learns_only_from_the_non_saturating_loss():
    """The gradients by the logit are -D and D - 1."""
    fake = tf.constant([-20.0, -2.0, 0.0, 2.0])
    probability = sigmoid(fake.numpy())
    for name, slope in (
        ("minimax", -probability),
        ("non_saturating", probability - 1),
    ):
        with tf.GradientTape() as tape:
            tape.watch(fake)
            values = losses.get(name).generator(None, fake)
        np.testing.assert_allclose(tape.gradient(values, fake), slope, rtol=1e-5)


def test_smoothed_labels_move_the_optimum_to_one_minus_s():
    loss = losses.NonSaturating(label_smoothing=0.1)
    real = tf.constant(np.linspace(-4, 4, 8001), tf.float32)
    values = loss.discriminator(real, np.float32(-1000.0))
    best = sigmoid(real.numpy())[np.argmin(values)]
    np.testing.assert_allclose(best, 0.9, atol=1e-3)
    d = sigmoid(REAL[:3])
    cross_entropy = -0.9 * np.log(d) - 0.1 * np.log(1 - d) - np.log(1 - D_FAKE[:3])
    np.testing.assert_allclose(
        loss.discriminator(REAL[:3], FAKE[:3]), cross_entropy, rtol=1e-5
    )


def test_relativistic_means_count_weights():
    loss = losses.RelativisticAverage()
    with sample_weights(tf.constant([1.0, 2.0, 1.0, 0.0, 1.0, 0.0])):
        found = loss.discriminator(REAL, FAKE)
    kept = [0, 1, 1, 2, 4]
    expected = loss.discriminator(REAL[kept], FAKE[kept])
    np.testing.assert_allclose(np.array(found)[kept], expected, rtol=1e-5)


def test_unknown_losses_and_odd_settings_are_refused():
    with pytest.raises(ValueError, match="Did you mean 'wasserstein'"):
        losses.get("waserstein")
    with pytest.raises(ValueError, match="AdversarialLoss"):
        losses.get(keras.losses.MeanSquaredError())
    with pytest.raises(ValueError, match="label_smoothing"):
        losses.Minimax(label_smoothing=1.5)


def quadratic(x):
    """f(x) = |x|^2 / 2 + 3 x_0, whose gradient is x + (3, 0, ...)."""
    x = tf.reshape(x, [len(x), -1])
    return tf.reduce_sum(tf.square(x), -1) / 2 + 3 * x[:, 0]


def slope(x):
    flat = np.array(x, "float64").reshape(len(x), -1)
    flat[:, 0] += 3
    return np.linalg.norm(flat, axis=1)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 5, 2, 3, 1)).astype("float32")
    return tf.constant(real), tf.constant(fake)


SEED = tf.constant([1, 2], tf.int64)


def test_penalties_are_their_formulas(examples):
    real, fake = examples
    alpha = tf.random.stateless_uniform([5, 1, 1, 1], SEED).numpy()
    assert len(np.unique(alpha)) == 5 and 0 <= alpha.min() < alpha.max() <= 1
    between = alpha * real + (1 - alpha) * fake
    noisy = real + 0.3 * tf.random.stateless_normal(real.shape, SEED)
    for penalty, expected in (
        (penalties.GradientPenalty(2.0), 2.0 * (slope(between) - 1) ** 2),
        (penalties.DRAGAN(2.0, stddev=0.3), 2.0 * (slope(noisy) - 1) ** 2),
        (penalties.R1(4.0), 2.0 * slope(real) ** 2),
        (penalties.R2(4.0), 2.0 * slope(fake) ** 2),
        (penalties.R1R2(4.0), 2.0 * (slope(real) ** 2 + slope(fake) ** 2)),
    ):
        found = penalty(quadratic, real, fake, SEED)
        assert found.shape == (5,)
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_the_norm_is_that_of_each_example(examples):
    """A critic of slope 1 costs nothing, however many examples there are."""
    real, fake = examples
    flat = keras.layers.Flatten()
    for penalty in (penalties.GradientPenalty(), penalties.DRAGAN()):
        cost = penalty(lambda x: flat(x)[:, 0], real, fake, SEED)
        np.testing.assert_allclose(cost, np.zeros(5), atol=1e-6)
        cost = penalty(lambda x: 3 * flat(x)[:, 0], real, fake, SEED)
        np.testing.assert_allclose(cost, np.full(5, 40.0), rtol=1e-5)


@pytest.mark.parametrize("name", penalties.PENALTIES)
def test_the_gradient_by_weights_is_that_of_finite_differences(name, examples):
    """Also where the critic is flat, so that the norm is 0."""
    penalty = penalties.get(name)
    real, fake = examples

    def cost(kernel):
        def critic(x):
            x = tf.reshape(x, [len(x), -1])
            return tf.reduce_sum(tf.sin(x) * tf.cast(kernel, tf.float32), -1)

        return tf.reduce_mean(penalty(critic, real, fake, SEED))

    kernel = tf.constant([0.3, -1.2, 0.8, 0.1, 0.5, -0.4])
    (found,), (numeric,) = tf.test.compute_gradient(cost, [kernel], delta=1e-2)
    np.testing.assert_allclose(found, numeric, rtol=0.02, atol=0.02)
    flat = tf.Variable(tf.zeros(6))
    with tf.GradientTape() as tape:
        value = cost(flat)
    assert np.all(np.isfinite(tape.gradient(value, flat)))


def test_penalties_keep_their_settings():
    penalty = penalties.DRAGAN(0.1, stddev=0.2)
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(penalty)
    )
    assert type(copy) is penalties.DRAGAN
    assert (copy.weight, copy.stddev) == (0.1, 0.2)
    with pytest.raises(ValueError, match="weight"):
        penalties.R1(-1.0)
