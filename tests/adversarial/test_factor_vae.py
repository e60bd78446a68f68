"""FactorVAE: losses by hand, and a total correlation that is known."""

import keras
import numpy as np
import pytest

import kgen
from tests.adversarial.finite import check_gradient, moved, smooth

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype("float32")


def small(discriminator=None, **settings):
    keras.utils.set_random_seed(0)
    model = kgen.FactorVAE(
        smooth("x", 3, 4),
        smooth("z", 2, 3),
        discriminator or smooth("z", 2, 1),
        likelihood=kgen.likelihoods.Gaussian(stddev=0.5),
        seed=0,
        **settings,
    )
    model.compile(run_eagerly=True)  # Too small for a graph to pay.
    return model


def test_losses_by_hand():
    """A posterior without spread leaves no noise but that of the shuffled codes."""
    model = small(tc_weight=3.0)
    *hidden, kernel, bias = model.encoder.get_weights()
    kernel[:, 2:], bias[2:] = 0.0, -100.0
    model.encoder.set_weights([*hidden, kernel, bias])
    logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)

    z, log_var = np.asarray(model.encode(X)), -20.0  # The limit of a log variance.
    kl = -0.5 * np.sum(1 + log_var - z**2 - np.exp(log_var), axis=1).mean()
    error = np.asarray(model.decode(z)) - X
    log_prob = -0.5 * (error / 0.5) ** 2 - np.log(0.5 * np.sqrt(2 * np.pi))
    reconstruction = -log_prob.sum(axis=1).mean()
    logits = model.discriminate(z).numpy()
    expected = {
        "kl": kl,
        "reconstruction": reconstruction,
        "total_correlation": logits.mean(),
        "autoencoder_loss": reconstruction + kl + 2.0 * logits.mean(),
    }
    for name, value in expected.items():
        assert logs[name] == pytest.approx(value, rel=1e-3), name


def test_the_discriminator_takes_codes_for_real_and_mixed_ones_for_fake():
    """Codes of two values each: the four pairs of fakes are as frequent."""
    keras.utils.set_random_seed(0)
    corners = np.float32([[0.0, 0.0], [1.0, 1.0]])
    inputs = keras.Input((2,), name="x")
    encoder = keras.Model(inputs, keras.layers.Dense(4)(inputs))
    encoder.set_weights([np.eye(2, 4), np.float32([0.0, 0.0, -20.0, -20.0])])
    model = kgen.FactorVAE(
        encoder,
        smooth("z", 2, 2),
        smooth("z", 2, 1),
        likelihood=kgen.likelihoods.Gaussian(stddev=0.5),
        seed=0,
    )
    model.compile()
    x = np.repeat(corners, 20_000, axis=0)
    logs = model.evaluate(x, batch_size=len(x), verbose=0, return_dict=True)
    pairs = np.float32([[0, 0], [0, 1], [1, 0], [1, 1]])
    real = np.mean(np.log1p(np.exp(-model.discriminate(corners).numpy())))
    fake = np.mean(np.log1p(np.exp(model.discriminate(pairs).numpy())))
    assert logs["discriminator_loss"] == pytest.approx(real + fake, rel=2e-3)
    # Exchanged, they would differ by more than the tolerance.
    exchanged = np.mean(np.log1p(np.exp(-model.discriminate(pairs).numpy())))
    exchanged += np.mean(np.log1p(np.exp(model.discriminate(corners).numpy())))
    assert abs(exchanged - real - fake) > 5e-3 * (real + fake)


def test_it_is_a_vae_with_the_bounds_of_one():
    model = small(tc_weight=3.0)
    vae = kgen.VAE(model.encoder, model.decoder, likelihood=model.likelihood, seed=0)
    for verb in ("elbo", "iwae_bound"):
        ours, theirs = getattr(model, verb)(X, seed=1), getattr(vae, verb)(X, seed=1)
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(model.sample(4, seed=2), vae.sample(4, seed=2))


PLAYERS = [
    ("discriminator", {"discriminator"}),
    ("autoencoder", {"encoder", "decoder"}),
]


@pytest.mark.parametrize(("player", "networks"), PLAYERS)
def test_a_step_follows_the_gradient_of_its_own_networks(player, networks):
    model = small()
    check_gradient(model, player, X)
    assert moved(model, player, X) == networks


@pytest.mark.slow
def test_the_discriminator_finds_the_total_correlation():
    """Codes N(0, S) with correlation 0.9 have one of -1/2 log(1 - 0.81) nats."""
    correlation = 0.9
    root = np.linalg.cholesky([[1.0, correlation], [correlation, 1.0]])
    inputs = keras.Input((2,), name="x")
    encoder = keras.Model(inputs, keras.layers.Dense(4)(inputs))
    # The code is x, but for a deviation of e^-10.
    encoder.set_weights(
        [np.eye(2, 4).astype("float32"), np.float32([0, 0, -20.0, -20.0])]
    )
    keras.utils.set_random_seed(0)
    model = kgen.FactorVAE(
        encoder,
        kgen.networks.mlp_decoder(2, (2,)),
        kgen.networks.mlp_discriminator((2,), hidden=(64, 64)),
        likelihood=kgen.likelihoods.Gaussian(stddev=1.0),
        seed=0,
    )
    steps = 3000
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(
        optimizers={
            "autoencoder": keras.optimizers.SGD(0.0),
            "discriminator": keras.optimizers.Adam(rate),
        }
    )
    x = np.random.default_rng(1).normal(size=(500 * steps, 2)) @ root.T
    x = x.astype("float32")
    model.fit(x, batch_size=500, shuffle=False, verbose=0)
    found = float(np.mean(model.discriminate(x[:200_000])))
    assert found == pytest.approx(-0.5 * np.log(1 - correlation**2), abs=0.03)


def test_a_discriminator_of_labels_is_refused():
    with pytest.raises(ValueError, match="codes of all data"):
        kgen.FactorVAE(
            kgen.networks.mlp_encoder((3,), 4, num_classes=3),
            kgen.networks.mlp_decoder(2, (3,), num_classes=3),
            kgen.networks.mlp_discriminator((2,), num_classes=3),
            likelihood=kgen.likelihoods.Gaussian(stddev=0.5),
            num_classes=3,
        )
