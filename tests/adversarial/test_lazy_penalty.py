"""A lazy penalty: a step of its own in each n-th round, with n times its weight."""

import keras
import numpy as np
import pytest

import kgen
from kgen.adversarial.penalties import R1
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded

X = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")


def linear(rate=0.1, **settings):
    """A linear generator and critic. The slope of the critic is its kernel."""
    keras.utils.set_random_seed(0)
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(2)(z))
    critic = keras.Model(x, keras.layers.Dense(1, use_bias=False)(x))
    gan = kgen.GAN(generator, critic, seed=0, **settings)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(rate))
    return gan


def test_the_penalty_plays_in_each_nth_round():
    gan = linear(penalty="r1", penalty_every=4)
    assert [player.name for player in gan.players] == [
        "discriminator",
        "penalty",
        "generator",
    ]
    gan.fit(X, batch_size=2, verbose=0)  # Rounds 0 to 5: the penalty in 0 and 4.
    rounds = gan.optimizer, gan.discriminator_optimizer, gan.generator_optimizer
    assert [int(optimizer.iterations) for optimizer in rounds] == [6, 8, 6]
    assert gan.optimizer_names == ("discriminator_optimizer", "generator_optimizer")


def test_its_step_by_hand():
    """R1 of `w . x` is `|w|^2 / 2`, with the gradient `w`."""
    plain = linear()
    lazy = linear(penalty=R1(0.2), penalty_every=3)
    for gan in (plain, lazy):
        logs = gan.fit(X, batch_size=12, verbose=0).history
    (kernel,), (found,) = (gan.discriminator.get_weights() for gan in (plain, lazy))
    np.testing.assert_allclose(found, kernel - 0.1 * 3 * 0.2 * kernel, rtol=1e-5)
    penalty = 0.1 * np.sum(kernel**2)  # After the step of the game itself.
    np.testing.assert_allclose(logs["penalty"], [penalty], rtol=1e-5)


def test_the_loss_of_the_discriminator_is_without_it():
    plain, lazy = linear(), linear(penalty="r1", penalty_every=3)
    one, other = (gan.evaluate(X, verbose=0, return_dict=True) for gan in (plain, lazy))
    assert one["discriminator_loss"] == other["discriminator_loss"]
    (kernel,) = lazy.discriminator.get_weights()
    assert other["penalty"] == pytest.approx(5.0 * np.sum(kernel**2), rel=1e-5)


@pytest.mark.slow
def test_a_lazy_game_is_saved_resumed_and_shared():
    gan = linear(penalty=R1(0.5), penalty_every=3, discriminator_steps=2)
    gan.fit(X, batch_size=6, verbose=0)
    copy = reloaded(gan)
    for model in (gan, copy):
        model.fit(X, batch_size=6, epochs=2, verbose=0, shuffle=False)
    for one, other in zip(gan.weights, copy.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    check_resume(gan, X)
    check_replicas(gan, X)


def test_the_duality_gap_of_a_lazy_game():
    gan = linear(penalty="r1", penalty_every=3)
    data = kgen.data.load("moons", "test", batch_size=100).take(1)
    assert kgen.adversarial.duality_gap(gan, data, num_steps=2)["gap"] > -1.0


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="penalty_every=4, but has no penalty"):
        linear(penalty_every=4)
    with pytest.raises(ValueError, match="penalty_every"):
        linear(penalty="r1", penalty_every=0)
    with pytest.raises(ValueError, match="worst opponent need the penalty"):
        kgen.build("gmn", (2,), penalty="r1", penalty_every=2)


@pytest.mark.parametrize("partner", ["nobody", "other", "penalty"])
def test_a_partner_has_the_same_networks(partner):
    gan = linear()

    class Odd(kgen.GAN):
        @property
        def players(self):
            first, last = super().players
            odd = kgen.Player(
                "penalty",
                self.generator if partner == "other" else self.discriminator,
                self.penalty_objective,
                trains_with="discriminator" if partner == "other" else partner,
            )
            return first, odd, last

    odd = Odd(gan.generator, gan.discriminator)
    with pytest.raises(ValueError, match="'penalty' of a Odd trains_with="):
        odd.compile()
