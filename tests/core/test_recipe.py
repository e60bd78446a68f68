"""What recipes choose by the data: settings, steps, likelihoods over levels."""

import pytest

import kgen
from kgen.core.recipe import kind_of
from kgen.recipes import RECIPES

SHAPE = (8, 8, 1)


def test_kinds_of_data():
    shapes = ((13,), (24, 1), (8, 8, 1), (16, 9, 3), (28, 28, 1))
    kinds = ["vector", "sequence", "small image", "small image", "image"]
    assert [kind_of(shape) for shape in shapes] == kinds


def test_a_run_has_the_steps_of_its_recipe_whatever_the_batches():
    gan = RECIPES["gan"]
    assert gan.epochs_for(SHAPE, 23) == 53
    assert gan.epochs_for(SHAPE, 12) == 100
    assert gan.epochs_for(SHAPE, 5000) == 1
    assert gan.epochs_for((2,), 313) == 32
    assert RECIPES["wgan-gp"].epochs_for(SHAPE, 23) < 53


@pytest.mark.parametrize(
    ("shape", "rate"), [((8, 8, 1), 1e-3), ((28, 28, 1), 2e-4), ((28, 28, 3), 2e-4)]
)
def test_the_rate_of_a_gan_goes_by_the_size_of_images(shape, rate):
    gan = kgen.build("gan", shape, filters=(2,))
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(rate)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(rate)
    own = kgen.build("gan", shape, filters=(2,), learning_rate=5e-5)
    assert float(own.discriminator_optimizer.learning_rate) == pytest.approx(5e-5)


def test_gans_of_vectors_have_falling_rates_and_penalties_of_their_scale():
    gan = kgen.build("wgan-gp", (13,), hidden=(4,))
    assert gan.latent_shape == (13,)
    assert gan.penalty.weight == 0.1
    optimizers = gan.generator_optimizer, gan.discriminator_optimizer
    # A critic takes five steps in one of training.
    for optimizer, steps in zip(optimizers, (10_000, 50_000), strict=True):
        rate = optimizer._learning_rate
        assert float(rate(0)) == pytest.approx(1e-3)
        assert float(rate(steps - 1)) == pytest.approx(5e-5, rel=1e-3)
        assert float(rate(steps // 2)) > 5e-4
        assert optimizer.beta_1 == 0.0


SMALL = {
    "vae": {"filters": (2,)},
    "vq-vae": {"filters": (2,)},
    "pixelcnn": {"width": 4, "num_blocks": 1},
    "transformer": {"width": 4, "num_blocks": 1, "num_heads": 1},
}


@pytest.mark.parametrize("name", SMALL)
def test_levels_alone_choose_a_likelihood(name):
    likelihoods = [
        kgen.build(name, SHAPE, levels=levels, **SMALL[name]).likelihood
        for levels in (None, 2, 17)
    ]
    plain, of_two, of_more = likelihoods
    assert type(plain) is type(of_two) is kgen.likelihoods.Bernoulli
    assert of_more.discrete and of_more.levels == 17


@pytest.mark.parametrize(
    ("name", "settings", "takes"),
    [
        ("vae", {}, True),
        ("vae", {"likelihood": "categorical"}, True),
        ("vae", {"likelihood": "bernoulli"}, False),
        ("vae", {"likelihood": "gaussian", "stddev": 0.2}, False),
        ("sigma-vae", {}, False),
        ("realnvp", {}, True),
        ("ddpm", {"unit_interval": False}, False),
        ("pixelcnn", {"num_codes": 4}, False),
        ("gan", {}, False),
        ("autoencoder", {}, False),
    ],
)
def test_levels_of_the_data_never_meet_a_setting_that_they_do_not_suit(
    name, settings, takes
):
    assert RECIPES[name].takes_levels(settings) is takes


def test_levels_beside_a_likelihood_without_any_are_refused():
    with pytest.raises(ValueError, match="levels was given, but does not apply"):
        kgen.build("vae", SHAPE, likelihood="gaussian", levels=17)
