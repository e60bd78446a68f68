"""Duality gaps of games whose equilibrium is known, and training that closes them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.adversarial import duality_gap

ONES = tf.data.Dataset.from_tensor_slices(np.ones((16, 1), "float32")).batch(16)


def bilinear(w, b, **settings):
    """D(x) = w x, and a generator that makes b of any z: `V = w (1 - b)`."""
    z, x = keras.Input((1,), name="z"), keras.Input((1,), name="x")
    ones = keras.ops.ones_like(z)
    generator = keras.Model(z, keras.layers.Dense(1, use_bias=False)(ones))
    discriminator = keras.Model(x, keras.layers.Dense(1, use_bias=False)(x))
    cls = settings.pop("cls", kgen.GAN)
    gan = cls(
        generator, discriminator, adversarial_loss="wasserstein", seed=0, **settings
    )
    gan.compile("sgd")
    gan.generator.set_weights([np.array([[b]])])
    gan.discriminator.set_weights([np.array([[w]])])
    return gan


def test_the_gap_of_a_clipped_bilinear_game():
    """`max_w w (1 - b)` with `|w| <= c` is `c |1 - b|`; min_b is unbounded below."""
    gan = bilinear(0.2, 0.4, weight_clip=0.5)
    before = gan.get_weights()
    found = duality_gap(gan, ONES, num_steps=30, learning_rate=0.05)
    assert found["worst_discriminator"] == pytest.approx(0.5 * 0.6, rel=1e-4)
    # Adam moves b by the rate in each step, to 0.4 + 1.5; V = 0.2 (1 - 1.9).
    assert found["worst_generator"] == pytest.approx(0.2 * (1 - 1.9), rel=0.02)
    gap = found["worst_discriminator"] - found["worst_generator"]
    assert found["gap"] == pytest.approx(gap)
    for one, other in zip(before, gan.get_weights(), strict=True):
        assert np.array_equal(one, other), "the GAN itself was changed"


def test_no_gap_at_the_equilibrium():
    gan = bilinear(0.0, 1.0, weight_clip=0.5)
    found = duality_gap(gan, ONES, num_steps=30, learning_rate=0.05)
    assert found == pytest.approx(
        {"gap": 0.0, "worst_discriminator": 0.0, "worst_generator": 0.0}, abs=1e-6
    )


def test_the_minimax_gap_is_bounded_by_jensen_and_shannon():
    """`max_D V = 2 JS - 2 log 2`, here of N(0, 1) and N(mean, 1)."""
    keras.utils.set_random_seed(0)
    mean = 1.5
    gan = kgen.build("minimax-gan", (1,), latent_dim=1, hidden=(32,), seed=0)
    z = keras.Input((1,), name="z")
    generator = keras.Model(z, keras.layers.Dense(1)(z))
    gan = kgen.GAN(generator, gan.discriminator, "minimax", seed=0)
    gan.compile("adam")
    generator.set_weights([np.array([[1.0]]), np.array([mean])])
    x = np.random.default_rng(0).normal(size=(4000, 1)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices(x).batch(500)
    found = duality_gap(gan, data, num_steps=400, learning_rate=5e-3)
    grid = np.linspace(-12, 14, 20001)
    p = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    q = np.exp(-((grid - mean) ** 2) / 2) / np.sqrt(2 * np.pi)
    js = kgen.metrics.js_divergence(p / p.sum(), q / q.sum())
    expected = 2 * float(js) - 2 * np.log(2)
    assert found["worst_discriminator"] == pytest.approx(expected, abs=0.03)
    assert found["gap"] > 0.1


def test_the_proximal_gap_lets_the_discriminator_answer():
    """`max_w' w' (1 - b) - p (w' - w)^2 = w (1 - b) + (1 - b)^2 / 4 p` at `w'`.

    Over b its minimum is `-p w^2`, at `1 - b = -2 p w`; `max_w` keeps its value.
    """
    w, proximal = 0.4, 2.0
    gan = bilinear(w, 0.6)
    found = duality_gap(gan, ONES, num_steps=300, learning_rate=0.02, proximal=proximal)
    assert found["worst_generator"] == pytest.approx(-proximal * w**2, abs=0.02)


@pytest.mark.slow
def test_gmn_reaches_the_equilibrium_that_a_gan_circles():
    """Of the bilinear game: simultaneous steps move away, those on the gap move in."""
    distances = {}
    for name, cls, settings in (
        ("gan", kgen.GAN, {}),
        ("gmn", kgen.GMN, {"worst_steps": 1, "worst_learning_rate": 0.5}),
    ):
        gan = bilinear(0.5, 0.5, cls=cls, **settings)
        gan.compile(keras.optimizers.SGD(0.2))
        gan.fit(ONES, epochs=60, verbose=0)
        b, w = (v.numpy().item() for v in gan.trainable_variables)
        distances[name] = np.hypot(w, 1 - b)
    start = np.hypot(0.5, 0.5)
    assert distances["gmn"] < 0.05 * start
    assert distances["gan"] > 0.5 * start


def test_a_gmn_step_by_hand():
    """The generator meets `w' = w + a (1 - b)`, the discriminator `b' = b + a w`."""
    gan = bilinear(0.5, 0.2, cls=kgen.GMN, worst_steps=1, worst_learning_rate=0.3)
    gan.compile(keras.optimizers.SGD(0.1))
    gan.fit(ONES, epochs=1, verbose=0)
    w = 0.5 + 0.1 * (1 - (0.2 + 0.3 * 0.5))
    assert gan.discriminator.get_weights()[0].item() == pytest.approx(w, rel=1e-5)
    b = 0.2 + 0.1 * (w + 0.3 * (1 - 0.2))
    assert gan.generator.get_weights()[0].item() == pytest.approx(b, rel=1e-5)


@pytest.mark.slow
def test_the_worst_opponent_of_a_gmn_is_clipped():
    """`w' = clip(w + a (1 - b))`: 0.5, from which the generator takes its step."""
    settings = {"worst_steps": 2, "worst_learning_rate": 1.0, "weight_clip": 0.5}
    gan = bilinear(0.5, 0.0, cls=kgen.GMN, **settings)
    gan.compile(keras.optimizers.SGD(0.1))
    gan.fit(ONES, epochs=1, verbose=0)
    assert gan.generator.get_weights()[0].item() == pytest.approx(0.1 * 0.5, rel=1e-5)


@pytest.mark.parametrize(
    "data", [ONES.repeat(), ONES.take(0), np.ones((16, 1))], ids=["endless", "no", "x"]
)
def test_data_that_does_not_end_or_begin_is_refused(data):
    with pytest.raises(ValueError, match="expects a finite"):
        duality_gap(bilinear(0.0, 1.0), data)


def test_a_model_that_plays_no_game_is_refused():
    with pytest.raises(ValueError, match="a VAE, but expects a kgen.GAN"):
        duality_gap(kgen.build("vae", (1,), latent_dim=1), ONES)


def test_odd_settings_are_refused():
    for settings in ({"num_steps": 0}, {"learning_rate": -1.0}, {"proximal": -1.0}):
        (name,) = settings
        with pytest.raises(ValueError, match=name):
            duality_gap(bilinear(0.0, 1.0), ONES, **settings)
