"""One batch by heart: what learns, what does not, and that nothing is left behind."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.testing import NotLearningWarning, overfit_one_batch
from kgen.testing.tools import values_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3)).astype("float32")
PLAYERS = ("discriminator", "generator")


def linear(optimizer, **settings):
    settings = {"latent_dim": 3, "learning_rate": 0.1, **settings}
    model = kgen.build("linear-autoencoder", (3,), seed=0, **settings)
    if optimizer is not None:
        model.compile(optimizer)
    return model


def test_the_losses_are_those_of_gradient_descent_by_hand():
    model = linear(keras.optimizers.SGD(0.1))
    weights = model.encoder.get_weights() + model.decoder.get_weights()
    first, bias, second, shift = (np.float64(w) for w in weights)
    expected = []
    for _ in range(30):
        z = X @ first + bias
        error = z @ second + shift - X
        expected.append(np.mean(error**2))
        slope = 2 * error / error.size
        back = slope @ second.T
        steps = (X.T @ back, back.sum(0), z.T @ slope, slope.sum(0))
        first, bias, second, shift = (
            w - 0.1 * step
            for w, step in zip((first, bias, second, shift), steps, strict=True)
        )
    found = overfit_one_batch(model, X, num_steps=30)["loss"]
    np.testing.assert_allclose(found.losses, expected, rtol=1e-4)
    assert found.has_fallen
    assert found.first == pytest.approx(np.mean(expected[:10]), rel=1e-4)
    assert found.last == pytest.approx(np.mean(expected[-10:]), rel=1e-4)


def test_the_model_is_as_before():
    """Weights, optimizer, noise and running means: training goes on as without it."""
    keras.utils.set_random_seed(0)
    models = [
        kgen.build("vae", (3,), latent_dim=2, hidden=(4,), seed=0) for _ in range(2)
    ]
    models[1].set_weights(models[0].get_weights())
    for model in models:
        model.fit(X, epochs=2, shuffle=False, verbose=0)
    before = values_of(models[0])
    overfit_one_batch(models[0], X, num_steps=100)
    for one, other in zip(before, values_of(models[0]), strict=True):
        np.testing.assert_array_equal(one, other)
    for model in models:
        model.fit(X, epochs=1, shuffle=False, verbose=0)
    for one, other in zip(*map(values_of, models), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_noise_alone_is_no_fall():
    """A loss with noise and a rate of 0, for some seeds and numbers of steps."""
    x = RNG.normal(size=(4, 2)).astype("float32")
    for seed in range(6):
        model = kgen.build("vae", (2,), latent_dim=1, hidden=(4,), seed=seed)
        model.compile(keras.optimizers.SGD(0.0))
        for num_steps in (10, 40):
            with pytest.warns(NotLearningWarning):
                overfit_one_batch(model, x, num_steps=num_steps)


def test_the_loss_of_each_step_is_found_if_a_call_takes_several():
    model = linear(None)
    model.compile(keras.optimizers.SGD(0.1), steps_per_execution=10)
    found = overfit_one_batch(model, X, num_steps=30)["loss"]
    assert len(found.losses) == 30 and found.has_fallen
    assert model.steps_per_execution == 10
    model.fit(X, epochs=10, verbose=0)


def test_it_restores_the_model_after_an_error():
    model = linear(keras.optimizers.SGD(1e30))
    before = values_of(model)
    with pytest.raises(FloatingPointError):
        overfit_one_batch(model, X, num_steps=20)
    for one, other in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("rate", [0.0, 1e-12])
def test_a_loss_that_does_not_fall_is_a_warning(rate):
    with pytest.warns(NotLearningWarning, match="loss of this Autoencoder has not"):
        found = overfit_one_batch(linear(keras.optimizers.SGD(rate)), X, num_steps=10)
    assert not found["loss"].has_fallen


def test_conditions_and_weights():
    model = kgen.build(
        "cvae", (3,), 2, latent_dim=2, hidden=(16,), learning_rate=0.02, seed=0
    )
    batch = (X, np.arange(6, dtype="int32") % 2, np.ones(6, "float32"))
    found = overfit_one_batch(model, batch, num_steps=60)
    assert found["loss"].has_fallen
    with pytest.raises(ValueError, match="labels"):
        overfit_one_batch(model, X)


def points_and_gan(**optimizers):
    keras.utils.set_random_seed(0)
    gan = kgen.build("gan", (2,), latent_dim=2, hidden=(16,), seed=0)
    adams = {name: keras.optimizers.Adam(1e-2) for name in PLAYERS}
    gan.compile(optimizers={**adams, **optimizers})
    return kgen.data.density("moons").sample(64, seed=0), gan


def test_each_player_of_a_game_learns_alone():
    points, gan = points_and_gan()
    before = values_of(gan)
    found = overfit_one_batch(gan, points, num_steps=100)
    assert found.keys() == {f"{name}_loss" for name in PLAYERS}
    assert all(losses.has_fallen for losses in found.values())
    for one, other in zip(before, values_of(gan), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_player_that_cannot_learn_is_named():
    points, gan = points_and_gan(generator=keras.optimizers.SGD(0.0))
    with pytest.warns(NotLearningWarning, match="generator_loss of this GAN"):
        found = overfit_one_batch(gan, points, num_steps=100)
    assert found["discriminator_loss"].has_fallen


def test_refused():
    vae = kgen.build("vae", (3,), latent_dim=2, hidden=(4,))
    mixture = kgen.GaussianMixture((3,), 2)
    for model, message in (
        (mixture, "EM fits it"),
        (kgen.TwoStage(vae, kgen.GaussianMixture((2,), 2)), "pass its prior"),
        (kgen.VAE(vae.encoder, vae.decoder, "learned_gaussian"), "compile it first"),
    ):
        with pytest.raises(ValueError, match=message):
            overfit_one_batch(model, X)
    with pytest.raises(ValueError, match="one batch of it"):
        overfit_one_batch(vae, tf.data.Dataset.from_tensors(X))
    with pytest.raises(ValueError, match="10 or larger"):
        overfit_one_batch(vae, X, num_steps=5)
    with pytest.raises(ValueError, match="expects a model of kgen"):
        overfit_one_batch(vae.encoder, X)
