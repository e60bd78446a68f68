"""Progressive growing: levels, their schedule, and what a round computes."""

import keras
import numpy as np
import pytest

import kgen
from kgen.networks.layers.fade_in import at_level, fade_ins
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded

pytestmark = pytest.mark.slow

SHAPE = (9, 8, 1)  # Sizes (3, 2), (5, 4) and (9, 8).
X = np.random.default_rng(0).random((12, *SHAPE)).astype("float32")


def progressive(filters=(3, 4, 5), shape=SHAPE, rate=1e-3, **settings):
    """A tiny model; `fade_rounds` and the like in `settings`."""
    keras.utils.set_random_seed(0)
    gan = kgen.ProgressiveGAN(
        kgen.networks.progressive_generator(3, shape, filters[::-1]),
        kgen.networks.progressive_discriminator(shape, filters),
        **{"seed": 0, **settings},
    )
    gan.compile(keras.optimizers.Adam(rate, 0.0, 0.99))
    return gan


def alphas(gan):
    """Those of the generator; the discriminator has the same."""
    found = [
        [float(layer.alpha) for layer in fade_ins(network)]
        for network in (gan.generator, gan.discriminator)
    ]
    assert found[0] == found[1]
    return found[0]


def set_rounds(gan, rounds):
    gan.rounds.assign(rounds)
    gan.set_alphas()


def enlarged(images, size):
    """Each pixel four times, cropped."""
    return np.repeat(np.repeat(images, 2, 1), 2, 2)[:, : size[0], : size[1]]


def reduced(images):
    """Means of 2x2 pixels, of fewer at an odd edge."""
    height, width = (-(-side // 2) for side in images.shape[1:3])
    means = np.empty((len(images), height, width, images.shape[3]), "float32")
    for i in range(height):
        for j in range(width):
            block = images[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            means[:, i, j] = block.mean((1, 2))
    return means


def test_the_schedule_by_hand():
    gan = progressive(rounds_per_level=10, fade_rounds=4)
    assert gan.sizes == [(3, 2), (5, 4), (9, 8)] and gan.growing_rounds == 24
    expected = {
        0: (0, [0, 0]),
        9: (0, [0, 0]),
        10: (1, [0, 0]),
        11: (1, [0.25, 0]),
        14: (1, [1, 0]),
        20: (2, [1, 0]),
        23: (2, [1, 0.75]),
        24: (2, [1, 1]),
        10**10: (2, [1, 1]),
    }
    for rounds, (level, mixture) in expected.items():
        set_rounds(gan, rounds)
        assert (int(gan.level()), alphas(gan)) == (level, mixture), rounds


@pytest.mark.parametrize(("fade", "first"), [(0, [1.0]), (None, [0.0])])
def test_a_level_starts_at_once_or_fades_in(fade, first):
    gan = progressive((4, 5), rounds_per_level=6, fade_rounds=fade)
    set_rounds(gan, 5)
    assert alphas(gan) == [0.0]
    set_rounds(gan, 6)
    assert alphas(gan) == first
    set_rounds(gan, 8)
    assert alphas(gan) == [1.0 if fade == 0 else np.float32(2 / 3)]


def test_at_level_0_all_is_the_small_game():
    gan, small = progressive(), progressive((4, 5), (5, 4, 1))
    for layer in small.generator.layers:
        if layer.weights:
            layer.set_weights(gan.generator.get_layer(layer.name).get_weights())
    z = np.random.default_rng(1).normal(size=(7, 3)).astype("float32")
    images = small.decode(z)
    np.testing.assert_array_equal(gan.decode(z), enlarged(images, SHAPE))
    # The discriminator sees no more than the means of what it is shown.
    other = enlarged(reduced(reduced(X)), (5, 4))
    np.testing.assert_allclose(
        gan.discriminate(enlarged(other, SHAPE)), gan.discriminate(X), atol=1e-5
    )


@pytest.mark.parametrize("rounds", [0, 13, 25, 40])
def test_a_level_alone_computes_the_same(rounds):
    """`at_level` leaves out what `alpha` weighs with 0."""
    gan = progressive(rounds_per_level=10, fade_rounds=6)
    set_rounds(gan, rounds)
    z = np.ones((2, 3), "float32")
    whole = gan.generator(z), gan.discriminator(X)
    with at_level(int(gan.level())):
        part = gan.generator(z), gan.discriminator(X)
    for one, other in zip(whole, part, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_mixture_by_hand():
    """`out = tanh((1 - a) up(small) + a large)`, in [0, 1]."""
    gan = progressive((4, 5), rounds_per_level=10, fade_rounds=8)
    z = np.ones((2, 3), "float32")

    def output(rounds):
        set_rounds(gan, rounds)
        return np.arctanh(2.0 * np.float64(gan.decode(z)) - 1.0)

    mixed = 0.75 * output(10) + 0.25 * output(18)
    np.testing.assert_allclose(output(12), mixed, atol=1e-5)


def test_only_weights_of_the_level_learn():
    gan = progressive(rounds_per_level=3, fade_rounds=2)
    gan.run_eagerly = True  # Faster here: nothing to trace.
    layers = [*gan.generator.layers, *gan.discriminator.layers]

    def moved(rounds):
        before = {id(w): w.numpy() for w in gan.trainable_variables}
        with pytest.warns(UserWarning, match="rounds in which"):
            logs = gan.fit(X[:4], batch_size=4, epochs=rounds, verbose=0).history
        names = {
            layer.name
            for layer in layers
            if any(np.any(w != before[id(w)]) for w in layer.trainable_variables)
        }
        return names, logs["level"]

    base = {"conv_0", "dense_0", "to_image_0", "from_image_0", "logits"}
    assert moved(3) == (base, [0.0, 0.0, 0.0])
    new = {"first_conv_1", "conv_1", "last_conv_1", "to_image_1", "from_image_1"}
    found, level = moved(2)  # In round 3 its `alpha` is 0 still.
    assert found == base | new and level == [0.0, 0.5]
    found, level = moved(1)
    assert found == (base | new) - {"to_image_0", "from_image_0"} and level == [1.0]


def test_a_round_is_one_of_the_small_game():
    """At level 0 the weights move as in a plain GAN of reduced images."""
    x = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 1)).astype("float32") / 256
    gan = progressive((4, 5), rounds_per_level=10)
    small = kgen.GAN(
        kgen.networks.progressive_generator(3, (5, 4, 1), (5,)),
        kgen.networks.progressive_discriminator((5, 4, 1), (5,)),
        seed=0,
    )
    pairs = []
    for name in ("generator", "discriminator"):
        for layer in getattr(small, name).layers:
            if layer.weights:
                twin = getattr(gan, name).get_layer(layer.name)
                layer.set_weights(twin.get_weights())
                pairs += zip(layer.weights, twin.weights, strict=True)
    before = [one.numpy() for one, _ in pairs]
    for model, data in ((gan, enlarged(x, SHAPE)), (small, x)):
        model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
        model.train_on_batch(data)
    assert len(pairs) == 14
    for start, (one, other) in zip(before, pairs, strict=True):
        assert np.any(start != one), one.path
        np.testing.assert_allclose(one, other, atol=1e-6, err_msg=one.path)


@pytest.mark.parametrize("eager", [False, True])
def test_evaluate_has_the_level_and_does_not_grow(eager):
    gan = progressive((4, 5), rounds_per_level=4, fade_rounds=4)
    gan.run_eagerly = eager
    set_rounds(gan, 6)
    logs = gan.evaluate(X, verbose=0, return_dict=True)
    assert logs["level"] == 0.5 and int(gan.rounds) == 6
    gan.fit(X, batch_size=6, verbose=0)
    assert int(gan.rounds) == 8 and alphas(gan) == [1.0]


def test_many_steps_per_execution_are_the_same():
    runs = []
    for steps in (1, 3):
        gan = progressive((4, 5), rounds_per_level=2, fade_rounds=2)
        gan.compile(keras.optimizers.Adam(1e-3), steps_per_execution=steps)
        gan.fit(X, batch_size=2, verbose=0, shuffle=False)
        assert alphas(gan) == [1.0]
        runs.append(gan.get_weights())
    for one, other in zip(*runs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_is_saved_while_it_grows():
    gan = progressive((4, 5), rounds_per_level=3, fade_rounds=3, penalty="r1")
    gan.penalty_every = 2
    gan.run_eagerly = True
    with pytest.warns(UserWarning, match="after 4 of the 6 rounds"):
        gan.fit(X[:8], batch_size=2, verbose=0)
    copy = reloaded(gan)
    assert int(copy.rounds) == 4 and alphas(copy) == alphas(gan) == [np.float32(1 / 3)]
    np.testing.assert_array_equal(copy.sample(3, seed=0), gan.sample(3, seed=0))


def test_it_is_resumed_while_it_grows():
    """From level 0 into the middle of a fade."""
    check_resume(progressive((4, 5), rounds_per_level=5, fade_rounds=5), X)


def test_replicas_grow_like_one_device():
    """With a lazy penalty, too, whose turn is a branch that has branches."""
    gan = progressive(
        (4, 5),
        rounds_per_level=8,
        fade_rounds=8,
        rate=1e-4,
        penalty="r1",
        penalty_every=2,
    )
    check_replicas(gan, X)


def test_the_average_of_weights_that_do_not_play():
    """Keras averages by place, so none may be left out."""
    gan = kgen.build(
        "progressive-gan", SHAPE, filters=(4, 5), latent_dim=3, rounds_per_level=50
    )
    gan.run_eagerly = True
    layer = gan.generator.get_layer("conv_1")
    before = layer.get_weights()
    with pytest.warns(UserWarning, match="grows"):
        gan.fit(X, batch_size=2, verbose=0)
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="fade_rounds=9 and rounds_per_level=5"):
        progressive(rounds_per_level=5, fade_rounds=9)
    with pytest.raises(ValueError, match="rounds_per_level=0"):
        progressive(rounds_per_level=0)
    with pytest.raises(ValueError, match=r"levels \{'generator': \[\], 'discrim"):
        progressive((4,))
    with pytest.raises(ValueError, match="same number of filters"):
        kgen.ProgressiveGAN(
            kgen.networks.progressive_generator(3, SHAPE, (3, 4)),
            kgen.networks.progressive_discriminator(SHAPE, (3, 4, 5)),
        )
    gan = progressive((4, 5))
    with pytest.raises(AttributeError, match="rounds_per_level of a ProgressiveGAN"):
        gan.rounds_per_level = 7
