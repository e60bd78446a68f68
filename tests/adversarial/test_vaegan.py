"""VAE-GAN: losses by hand, the KL formula, whom each player moves, features."""

import keras
import numpy as np
import pytest

import kgen
from kgen.testing.tools import reloaded
from tests.adversarial.finite import check_gradient, moved, smooth

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype("float32")


def small(**settings):
    keras.utils.set_random_seed(0)
    networks = (smooth("x", 3, 4), smooth("z", 2, 3), smooth("x", 3, 1))
    model = kgen.VAEGAN(*networks, seed=0, **settings)
    model.compile(run_eagerly=True)  # Too small for a graph to pay.
    return model


def softplus(values):
    return np.log1p(np.exp(values))


def test_losses_by_hand():
    """A posterior without spread and a decoder of one point leave no noise."""
    model = small(beta=0.3, gamma=2.0)
    *hidden, kernel, bias = model.encoder.get_weights()
    kernel[:, 2:], bias[2:] = 0.0, -100.0
    model.encoder.set_weights([*hidden, kernel, bias])
    model.decoder.set_weights([0 * w for w in model.decoder.get_weights()[:3]] + [X[0]])
    logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)

    mean, log_var = np.asarray(model.encode(X)), -20.0  # The limit of a log variance.
    kl = -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var), axis=1)
    features = np.asarray(model.features(X)) - np.asarray(model.features(X[:1]))
    error = 0.5 * np.sum(features**2, axis=1)
    real, fake = model.discriminate(X).numpy(), float(model.discriminate(X[:1])[0])
    expected = {
        "kl": kl.mean(),
        "feature_error": error.mean(),
        "adversarial": softplus(-fake),
        "encoder_loss": 0.3 * kl.mean() + error.mean(),
        "decoder_loss": 2.0 * error.mean() + softplus(-fake),
        "discriminator_loss": np.mean(softplus(-real)) + softplus(fake),
        "fake_score": 1 / (1 + np.exp(-fake)),
    }
    for name, value in expected.items():
        assert logs[name] == pytest.approx(value, rel=1e-4), name


def test_the_kl_is_the_formula_for_any_posterior():
    model = small()
    logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)
    mean, log_var = np.split(np.asarray(model.encoder(X)), 2, axis=1)
    kl = -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var), axis=1)
    assert logs["kl"] == pytest.approx(kl.mean(), rel=1e-4)


@pytest.mark.parametrize("player", ["discriminator", "encoder", "decoder"])
def test_a_player_follows_its_slope_and_moves_its_own_network(player):
    model = small(gamma=0.5, beta=0.2)
    check_gradient(model, player, X)
    assert moved(model, player, X) == {player}


def test_both_kinds_of_fakes_have_half_of_the_weight():
    model = small()
    logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)
    # With the same noise: the objective draws that of the posterior first.
    copy = small()
    rebuilt = copy.decoded(X, None, False, copy.posterior(X))
    drawn = copy.decoded(X, None, False)
    real, *fakes = (copy.discriminate(x).numpy() for x in (X, rebuilt, drawn))
    fake = 0.5 * (np.mean(softplus(fakes[0])) + np.mean(softplus(fakes[1])))
    expected = np.mean(softplus(-real)) + fake
    assert logs["discriminator_loss"] == pytest.approx(expected, rel=1e-4)


def test_a_named_layer_gives_the_features():
    model = kgen.build("vae-gan", (3,), latent_dim=2, seed=0)
    names = [layer.name for layer in model.discriminator.layers]
    with pytest.raises(ValueError, match="no layer 'nothing'.*the name of one of its"):
        kgen.VAEGAN(
            model.encoder, model.decoder, model.discriminator, feature_layer="nothing"
        )
    first = next(name for name in names if name.startswith("dense"))
    other = kgen.VAEGAN(
        model.encoder, model.decoder, model.discriminator, feature_layer=first
    )
    assert other.features(X).shape == (12, 256)
    hidden = keras.Model(
        model.discriminator.input, model.discriminator.get_layer(first).output
    )
    np.testing.assert_allclose(other.features(X), hidden(X), rtol=1e-5)
    other.compile()
    copy = reloaded(other)
    np.testing.assert_allclose(copy.features(X), hidden(X), rtol=1e-5)


def test_a_discriminator_that_is_replaced_gives_its_own_features():
    model = small()
    before = model.features(X).numpy()
    model.discriminator = smooth("x", 3, 1)
    assert np.all(model.features(X) != before)


def test_a_relativistic_loss_and_a_penalty():
    model = small(adversarial_loss="relativistic_average", penalty="r1")
    logs = model.fit(X, verbose=0).history
    assert set(logs) == set(model.terms) and "penalty" in logs


def test_networks_that_do_not_fit_are_refused():
    good = (smooth("x", 3, 4), smooth("z", 2, 3), smooth("x", 3, 1))
    for place, network, message in (
        (0, smooth("x", 3, 2), r"encoder's output has shape \(2,\)"),
        (1, smooth("z", 2, 4), r"decoder's output has shape \(4,\)"),
        (2, smooth("x", 4, 1), r"discriminator of a VAEGAN takes x of shape \(4,\)"),
        (2, smooth("x", 3, 2), r"discriminator's output has shape \(2,\)"),
    ):
        networks = [*good[:place], network, *good[place + 1 :]]
        with pytest.raises(ValueError, match=message):
            kgen.VAEGAN(*networks)
    with pytest.raises(ValueError, match="num_classes=2 was given, but none"):
        kgen.VAEGAN(*good, num_classes=2)
