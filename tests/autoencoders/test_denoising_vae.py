"""The denoising VAE: which bound it trains on, and that verbs damage nothing."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.autoencoders.corruptions import Corruption, Erasure, GaussianNoise
from kgen.core.random import normal_rows
from kgen.testing import check_replicas, check_resume, check_saving

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 3)).astype("float32")


class Shift(Corruption):
    """Damage that is the same for every seed."""

    def corrupted(self, x, key):
        return x + 1.0


def vae(corruption=None, **settings):
    keras.utils.set_random_seed(0)
    settings = {"likelihood": "gaussian", "stddev": 0.7, **settings}
    return kgen.build(
        "vae",
        (3,),
        latent_dim=2,
        hidden=(4,),
        seed=0,
        corruption=corruption,
        **settings,
    )


def test_training_infers_z_from_damaged_data_and_explains_clean_data():
    """Against the closed forms of the KL and of a Gaussian's log density."""
    model = vae(Shift())
    logs = model.evaluate(X, verbose=0, return_dict=True, batch_size=8)
    mean, log_var = np.split(np.float64(model.encoder(X + 1.0)), 2, axis=1)
    kl = 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=1)
    assert logs["kl"] == pytest.approx(kl.mean(), rel=1e-4)
    # The expectation of -log p(x | z) by many draws.
    model.num_samples = 4000
    logs = model.evaluate(X, verbose=0, return_dict=True, batch_size=8)
    noise = RNG.normal(size=(4000, 8, 2))
    z = (mean + np.exp(0.5 * log_var) * noise).astype("float32").reshape(-1, 2)
    error = np.tile(X, (4000, 1)) - model.decoder(z).numpy()
    nats = 0.5 * np.sum((error / 0.7) ** 2, axis=1) + 3 * np.log(
        0.7 * (2 * np.pi) ** 0.5
    )
    assert logs["reconstruction"] == pytest.approx(nats.mean(), rel=0.01)


def test_its_bound_is_below_the_likelihood():
    """That of a decoder without z, where log p(x) is known."""
    model = vae(GaussianNoise(1.0), num_samples=64)
    model.decoder.set_weights([np.zeros_like(w) for w in model.decoder.get_weights()])
    exact = -0.5 * np.sum((X / 0.7) ** 2, axis=1) - 3 * np.log(0.7 * (2 * np.pi) ** 0.5)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert -logs["loss"] < exact.mean()
    # Only the KL is missing.
    assert logs["kl"] - logs["loss"] == pytest.approx(exact.mean(), rel=1e-4)


def test_verbs_see_clean_data():
    model, plain = vae("gaussian_noise"), vae()
    plain.set_weights(model.get_weights())
    for verb in ("elbo", "iwae_bound", "vary"):
        one, other = (getattr(m, verb)(X, seed=1) for m in (model, plain))
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(model.encode(X), plain.encode(X))


def test_damage_is_fresh_in_each_step_and_none_without_a_corruption():
    model = vae("gaussian_noise")
    damaged = [
        model.corruption(tf.constant(X), model.noise.next(True)) for _ in range(2)
    ]
    assert not np.allclose(*damaged)
    model.corruption = Erasure(0.2)  # It may be changed.
    model.corruption = None
    plain = vae()
    plain.set_weights(model.get_weights())
    one, other = (m.evaluate(X, verbose=0, return_dict=True) for m in (model, plain))
    assert one == other


@pytest.mark.slow
def test_the_contract_holds():
    model = vae("gaussian_noise")
    for check in (check_saving, check_replicas, check_resume):
        check(model, X)


def test_refused():
    with pytest.raises(ValueError, match="Unknown corruption 'noise'"):
        vae("noise")
    with pytest.raises(ValueError, match="PatchMask was given data of shape"):
        vae("patch_mask").fit(X, verbose=0)


def test_variations_are_decoded_draws_of_the_posterior():
    model = vae()
    found = model.vary(X, num_samples=5, seed=np.arange(8)).numpy()
    assert found.shape == (8, 5, 3)
    mean, log_var = np.split(model.encoder(X).numpy(), 2, axis=1)
    keys = tf.stack([tf.range(8), tf.zeros(8, tf.int32)], axis=1)
    noise = normal_rows(keys, (5, 2)).numpy()
    for row in range(8):
        z = mean[row] + np.exp(0.5 * log_var[row]) * noise[row]
        np.testing.assert_allclose(found[row], model.decode(z), rtol=1e-4, atol=1e-5)
    # A mean over many draws of a decoder that is linear is the reconstruction.
    linear = vae()
    weights = linear.decoder.get_weights()
    linear.decoder.set_weights([*weights[:1], weights[1] + 50.0, *weights[2:]])
    many = linear.vary(X, num_samples=4000, seed=0).numpy().mean(axis=1)
    error = np.abs(many - linear.reconstruct(X).numpy())
    assert np.all(error < 0.1 * np.std(linear.vary(X, num_samples=500), axis=1) + 1e-3)


def test_models_without_random_codes_have_no_variations():
    assert not hasattr(kgen.build("autoencoder", (3,), latent_dim=2), "vary")
    for covariance, has in ((None, False), ("diagonal", True)):
        settings = {"latent_dim": 2, "hidden": (4,), "covariance": covariance}
        model = kgen.build("adversarial-autoencoder", (3,), **settings)
        assert hasattr(model, "vary") is has
    model = kgen.build("cvae", (3,), 2, latent_dim=2, hidden=(4,))
    assert model.vary(X, labels=1, num_samples=3).shape == (8, 3, 3)
    with pytest.raises(ValueError, match="labels"):
        model.vary(X)
