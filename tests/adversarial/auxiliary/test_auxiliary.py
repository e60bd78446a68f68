"""InfoGAN's codes and ACGAN's classes: by hand, and on toys with known truth."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kgen
from kgen.adversarial import ACGAN, InfoGAN
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2)).astype("float32")


def small(auxiliary, num_classes=None, learning_rate=1e-2, **settings):
    keras.utils.set_random_seed(0)
    return kgen.build(
        "gan",
        (2,),
        num_classes,
        auxiliary=auxiliary,
        hidden=(16,),
        learning_rate=learning_rate,
        seed=0,
        **settings,
    )


def test_codes_have_their_prior():
    infogan = InfoGAN(categories=3, continuous=1)
    z = infogan.latents(tf.constant(RNG.normal(size=(6000, 6)), "float32")).numpy()
    np.testing.assert_array_equal(np.sort(z[:, :3]), [[0, 0, 1]] * 6000)
    np.testing.assert_allclose(z[:, :3].mean(axis=0), 1 / 3, atol=0.02)
    assert stats.kstest(z[:, 3], stats.uniform(-1, 2).cdf).pvalue > 0.01
    assert stats.kstest(z[:, 4], "norm").pvalue > 0.01
    assert np.abs(np.corrcoef(z[:, 2:].T) - np.eye(4)).max() < 0.05


def test_the_bound_by_hand():
    infogan = InfoGAN(categories=3, continuous=2)
    outputs = RNG.normal(size=(5, 7)).astype("float32")
    z = infogan.latents(tf.constant(RNG.normal(size=(5, 5)), "float32"))
    category, numbers = np.argmax(z[:, :3], axis=1), z.numpy()[:, 3:]
    probabilities = np.exp(outputs[:, :3])
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    deviations = np.exp(np.log1p(np.exp(outputs[:, 5:] + 4)) - 4)
    expected = np.log(probabilities[range(5), category])
    expected += stats.norm(outputs[:, 3:5], deviations).logpdf(numbers).sum(axis=1)
    expected += math.log(3) + 2 * math.log(2)
    found = infogan.on_fake(outputs, z, None)["information"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_recoverable_codes_reach_their_entropy():
    """Ten points in the plane, far apart: the bound is log(10)."""
    angle = RNG.integers(10, size=2000) * 2 * np.pi / 10
    x = 3 * np.stack([np.cos(angle), np.sin(angle)], -1)
    x = (x + 0.1 * RNG.normal(size=x.shape)).astype("float32")
    gan = small(InfoGAN(categories=10, continuous=0), latent_dim=12)
    logs = gan.fit(x, batch_size=100, epochs=25, verbose=0).history
    bound = logs["information"][-1]
    assert math.log(10) - 0.15 < bound <= math.log(10)
    category = np.arange(200) % 10
    samples = gan.sample_codes(gan.auxiliary.codes(category), seed=0)
    codes = gan.infer_codes(samples).numpy()
    assert np.mean(np.argmax(codes, axis=1) == category) > 0.97
    np.testing.assert_allclose(codes.sum(axis=1), 1.0, rtol=1e-5)


def test_samples_of_a_class_are_of_that_class():
    labels = RNG.integers(4, size=2000)
    centres = np.array([[2, 2], [-2, 2], [-2, -2], [2, -2]])
    x = (centres[labels] + 0.3 * RNG.normal(size=(2000, 2))).astype("float32")
    gan = small(ACGAN(), 4)
    logs = gan.fit(x, labels, batch_size=100, epochs=15, verbose=0).history
    assert logs["real_class_accuracy"][-1] > 0.98
    wanted = np.arange(400) % 4
    samples = gan.sample(labels=wanted, seed=0).numpy()
    nearest = np.argmin(((samples[:, None] - centres) ** 2).sum(-1), axis=1)
    assert np.mean(nearest == wanted) > 0.95
    assert np.mean(gan.classify(x) == labels) > 0.98


def test_both_players_descend_on_the_cost():
    """The loss rises by `weight` times the cost, and so do the gradients."""
    for auxiliary, classes in ((InfoGAN(2, 1, weight=0.0), None), (ACGAN(0.0), 3)):
        labels = tf.range(12) % 3
        plain = small(auxiliary, classes)
        config = auxiliary.get_config() | {"weight": 2.0}
        costly = small(type(auxiliary)(**config), classes)
        costly.set_weights(plain.get_weights())
        parts = {
            "x": tf.constant(X),
            "labels": labels if classes else None,
        }
        found = {}
        for key, gan in (("plain", plain), ("costly", costly)):
            for player in gan.players:
                _, slopes = gan.objective_gradients(player, parts, None, False)
                found[key, player.name] = slopes
        for player in ("discriminator", "generator"):
            pairs = zip(found["plain", player], found["costly", player], strict=True)
            differ = [np.any(np.array(a) != np.array(b)) for a, b in pairs]
            # The weights of the logit alone do not matter for the cost.
            assert differ.count(False) == (player == "discriminator")


@pytest.mark.slow
def test_it_is_saved_resumed_and_shared():
    settings = {"latent_dim": 5, "penalty": "r1", "penalty_every": 2}
    gan = small(InfoGAN(2, 1), learning_rate=1e-3, **settings)
    gan.fit(X, batch_size=6, verbose=0)
    codes = gan.auxiliary.codes([0, 1], [[0.5], [-0.5]])
    copy = reloaded(gan)
    for name, given in (
        ("sample_codes", {"codes": codes, "seed": [1, 2]}),
        ("infer_codes", {"x": X}),
    ):
        one, other = (getattr(model, name)(**given) for model in (gan, copy))
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(
        gan.sample_codes(codes[1:], seed=[2]),
        gan.sample_codes(codes, seed=[1, 2])[1:],
        rtol=1e-5,
    )
    check_resume(gan, X)
    check_replicas(gan, X)


def test_a_conditional_model_has_codes_beside_labels():
    gan = small(InfoGAN(2, 1), 3)
    gan.fit(X, np.arange(12) % 3, batch_size=6, verbose=0)
    codes = gan.auxiliary.codes([0, 1])
    assert gan.sample_codes(codes, labels=[1, 2], seed=0).shape == (2, 2)
    assert gan.infer_codes(X, labels=np.arange(12) % 3).shape == (12, 3)


def test_codes_are_checked():
    codes = InfoGAN(3, 1).codes([2, 0], [[0.5], [1.0]])
    np.testing.assert_array_equal(codes, [[0, 0, 1, 0.5], [1, 0, 0, 1]])
    np.testing.assert_array_equal(InfoGAN(3, 1).codes(1), [[0, 1, 0, 0]])
    np.testing.assert_array_equal(InfoGAN(0, 1).codes(continuous=[[2.0]]), [[2.0]])
    for given in ({"category": [3]}, {"category": [0.5]}, {}):
        with pytest.raises(ValueError, match="has 3 categories"):
            InfoGAN(3, 1).codes(**given)
    with pytest.raises(ValueError, match="has 0 categories"):
        InfoGAN(0, 1).codes([1])
    with pytest.raises(ValueError, match=r"shape \(1, 2\) for 1 rows.*\(1, 1\)"):
        InfoGAN(3, 1).codes([1], [[0.0, 1.0]])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="categories=1 and continuous=0"):
        InfoGAN(1, 0)
    with pytest.raises(ValueError, match="12 codes.*Pass a larger latent_dim"):
        small("infogan", latent_dim=4)
    with pytest.raises(ValueError, match="the GAN has no classes"):
        small("acgan")
    with pytest.raises(ValueError, match="packing=2 and auxiliary=InfoGAN"):
        small("infogan", packing=2)
    with pytest.raises(ValueError, match="Unknown auxiliary 'infogam'"):
        small("infogam")
    conditional = small(None, 3)
    with pytest.raises(ValueError, match="takes x, labels, but auxiliary=ACGAN"):
        kgen.GAN(
            conditional.generator,
            conditional.discriminator,
            num_classes=3,
            auxiliary="acgan",
        )
    x = keras.Input((2,), name="x")
    odd = keras.Model(x, keras.layers.Dense(1, name="score")(x))
    with pytest.raises(ValueError, match="layers x, score. Name its last Dense"):
        kgen.GAN(kgen.networks.mlp_generator(20, (2,)), odd, auxiliary="infogan")
    assert not hasattr(small(None), "sample_codes")
    assert not hasattr(small("infogan"), "classify")
