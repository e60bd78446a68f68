"""GANs in one dimension, whose errors have closed forms, for battles of GANs."""

import keras
import numpy as np
import pytest
from scipy import stats

import kgen
from kgen.metrics.drawn import rows_in_turn
from kgen.metrics.rivals import Rival, check_named


def linear(name, weight, bias):
    """A network of one number: `weight * input + bias`."""
    given = keras.Input((1,), name=name)
    layer = keras.layers.Dense(1)
    network = keras.Model(given, layer(given))
    layer.set_weights([np.full((1, 1), weight), np.array([bias])])
    return network


def shifted(shift, told=None, **kwargs):
    """A GAN of samples N(shift, 1); its D is the best one for N(0, 1) and N(told, 1).

    D takes x for real below `told / 2`.
    """
    told = shift if told is None else told
    judge = linear("x", -told, told**2 / 2)
    return kgen.GAN(linear("z", 1.0, shift), judge, seed=0, **kwargs)


def rival(model, test, num_samples=4000):
    return Rival("battle", "one", model, test, num_samples, 0)


NORMAL = np.random.default_rng(0).normal(size=(4000, 1)).astype("float32")


def test_shares_taken_for_real_are_those_of_the_normal_distribution():
    found = rival(shifted(1.5), NORMAL)
    expected = stats.norm.cdf(0.75), stats.norm.cdf(0.75 - 1.5)
    assert found.taken_for_real(found.real) == pytest.approx(expected[0], abs=0.02)
    assert found.taken_for_real(found.samples) == pytest.approx(expected[1], abs=0.02)


def test_an_undecided_discriminator_takes_half_for_real():
    found = rival(shifted(1.0, told=0.0), NORMAL[:7])
    assert found.taken_for_real(found.real) == 0.5


@pytest.mark.parametrize("loss", ["least_squares", "hinge", "minimax"])
def test_the_boundary_is_that_of_the_loss(loss):
    model = kgen.GAN(linear("z", 1.0, 0.0), linear("x", 1.0, 0.0), loss)
    found = rival(model, NORMAL)
    boundary = 0.5 if loss == "least_squares" else 0.0
    assert found.taken_for_real(NORMAL) == np.mean(NORMAL > boundary)


def test_a_critic_divides_half_way_between_data_and_its_own_samples():
    # The logits are 5 - 2 x, so that the boundary is at x = 0.5 for samples around 1.
    model = kgen.GAN(linear("z", 1.0, 1.0), linear("x", -2.0, 5.0), "wasserstein")
    found = rival(model, NORMAL)
    boundary = (NORMAL.mean() + found.samples.mean()) / 2
    assert boundary == pytest.approx(0.5, abs=0.05)
    assert found.taken_for_real(NORMAL) == pytest.approx(np.mean(NORMAL < boundary))


def test_samples_and_judgements_have_the_labels_of_the_test_data():
    settings = {"latent_dim": 2, "hidden": (4,), "seed": 0}
    model = kgen.build("gan", (2,), num_classes=3, **settings)
    x, labels = np.zeros((5, 2), "float32"), np.array([0, 1, 2, 2, 1])
    found = rival(model, (x, labels), num_samples=8)
    repeated = labels[rows_in_turn(5, 8)]
    assert np.array_equal(repeated[:5], labels)
    samples = np.asarray(model.sample(labels=repeated, seed=0))
    assert found.samples == pytest.approx(samples)
    logits = np.asarray(model.discriminate(samples, repeated))
    assert found.scores(samples) == pytest.approx(1 / (1 + np.exp(-logits)), rel=1e-5)
    with pytest.raises(ValueError, match="samples of a GAN, as the data has no labels"):
        rival(model, x)
    plain = kgen.build("gan", (2,), **settings)
    assert rival(plain, (x, labels), 3).samples.shape == (3, 2)


def test_what_is_no_rival_is_refused_by_name():
    sizes = {"latent_dim": 1, "hidden": (4,)}
    for model, message in (
        (kgen.build("vae", (2,), **sizes), "a VAE as one, which has no `discriminate`"),
        (None, "was given None as one"),
        (
            kgen.build("adversarial-autoencoder", (2,), **sizes),
            "discriminator does not judge data x",
        ),
        (
            kgen.build("gan", (8, 8, 1), filters=(2, 2), packing=2, latent_dim=2),
            "has no `discriminate`.* without packing",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            rival(model, np.zeros((3, 2), "float32"))
    for test, message in (
        (NORMAL[:0], r"`battle` was given test for one of shape \(0, 1\)"),
        (np.zeros((3, 3)), r"`battle` was given test for one of shape \(3, 3\)"),
        (np.full((3, 1), np.nan), "test for one with NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            rival(shifted(1.0), test)


def test_several_come_by_name():
    for values, message in (
        ([1, 2], "given models as a list, but"),
        ({"a": 1}, "given models as a dict of 1, but expects a dictionary of two"),
    ):
        with pytest.raises(ValueError, match=message):
            check_named("battle", "models", values, "{'gan': gan}")
    check_named("battle", "models", {"a": 1, "b": 2}, "{'gan': gan}")
