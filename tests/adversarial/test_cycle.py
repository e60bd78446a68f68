"""The CycleGAN: its losses and gradients, its pool, its data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.adversarial.cycle import Pool
from kgen.core.distribution.batch import sample_weights
from kgen.networks.inputs import apply
from kgen.testing.replica_checks import pair
from kgen.testing.tools import reloaded

SHAPE = (4, 5, 2)
RNG = np.random.default_rng(0)
X, Y = (RNG.random((6, *SHAPE)).astype("float32") for _ in "xy")


def pixelwise(name, channels=2, kernel_size=1):
    x = keras.Input(SHAPE, name="x")
    h = keras.layers.Conv2D(channels, kernel_size, padding="same")(x)
    return keras.Model(x, h, name=name)


def cyclegan(optimizers=None, **settings):
    keras.utils.set_random_seed(0)
    model = kgen.CycleGAN(
        pixelwise("forward"),
        pixelwise("backward"),
        pixelwise("of_x", 1, 3),
        pixelwise("of_y", 1, 3),
        seed=0,
        **settings,
    )
    model.compile(optimizers=optimizers or "adam")
    return model


def sgd(rate):
    return keras.optimizers.SGD(rate)


def by_hand(model, x, y, fakes=None):
    """The two losses, of the mean over the batch, in NumPy."""
    forward, backward, of_x, of_y = (
        lambda value, network=network: np.asarray(network(value), "float64")
        for network in (
            model.forward,
            model.backward,
            model.discriminator_x,
            model.discriminator_y,
        )
    )
    fake_x, fake_y = fakes or (backward(y), forward(x))

    def away(one, other):
        return np.mean(np.abs(one - other))

    generator = np.mean((of_x(fake_x) - 1) ** 2) + np.mean((of_y(fake_y) - 1) ** 2)
    generator += 10.0 * (away(backward(fake_y), x) + away(forward(fake_x), y))
    generator += 5.0 * (away(backward(x), x) + away(forward(y), y))
    discriminator = np.mean((of_x(x) - 1) ** 2) + np.mean(of_x(fake_x) ** 2)
    discriminator += np.mean((of_y(y) - 1) ** 2) + np.mean(of_y(fake_y) ** 2)
    return generator, discriminator


def test_losses_by_hand():
    model = cyclegan()
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    generator, discriminator = by_hand(model, X, Y)
    assert logs["generator_loss"] == pytest.approx(generator, rel=1e-5)
    assert logs["discriminator_loss"] == pytest.approx(discriminator, rel=1e-5)


def test_regularisers_of_networks_count_once_for_each():
    """Of one that looks at outputs, the mean over the calls."""
    plain, model = cyclegan(), cyclegan()
    for network in (model.forward, model.discriminator_y):
        layer = network.layers[-1]
        layer.kernel.regularizer = keras.regularizers.L2(0.5)
        layer.activity_regularizer = keras.regularizers.L1(1e-2)
    before, after = (
        m.evaluate(X, Y, batch_size=6, verbose=0, return_dict=True)
        for m in (plain, model)
    )

    def penalty(network, *inputs):
        kernel = np.sum(np.asarray(network.layers[-1].kernel) ** 2) / 2
        outputs = [np.abs(network(x)).sum() / len(x) for x in inputs]
        return kernel + 1e-2 * np.mean(outputs)

    fake_x, fake_y = apply(model.backward, Y), apply(model.forward, X)
    more = penalty(model.forward, X, fake_x, Y)
    assert after["generator_loss"] - before["generator_loss"] == pytest.approx(
        more, rel=1e-4
    )
    more = penalty(model.discriminator_y, Y, fake_y)
    difference = after["discriminator_loss"] - before["discriminator_loss"]
    assert difference == pytest.approx(more, rel=1e-4)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_gradients_of_a_player_by_finite_differences(player):
    """A step of SGD with rate 1 is the gradient; the discriminators see old fakes."""
    rates = {"generator": sgd(0.0), "discriminator": sgd(0.0), player: sgd(1.0)}
    model = cyclegan(rates, pool_size=0)
    fakes = [
        np.asarray(apply(n, v)) for n, v in ((model.backward, Y), (model.forward, X))
    ]
    moved = model.player(player).variables
    before = [np.array(v) for v in moved]
    model.fit(X, Y, batch_size=6, shuffle=False, verbose=0)
    steps = [b - np.array(v) for b, v in zip(before, moved, strict=True)]
    for variable, value in zip(moved, before, strict=True):
        variable.assign(value)

    def loss():
        generator, discriminator = by_hand(model, X, Y)
        if player == "generator":
            return generator
        return by_hand(model, X, Y, fakes)[1]

    for variable, value, step in zip(moved, before, steps, strict=True):
        index = tuple(size - 1 for size in value.shape)
        losses = []
        for shift in (-1e-3, 1e-3):
            shifted = value.copy()
            shifted[index] += shift
            variable.assign(shifted)
            losses.append(loss())
        variable.assign(value)
        slope = (losses[1] - losses[0]) / 2e-3
        assert step[index] == pytest.approx(slope, rel=2e-2, abs=2e-3)


def test_a_map_is_found_without_pairs():
    """Dark pictures and bright ones; the truth is known, but not to the model."""
    rng = np.random.default_rng(0)
    dark, bright, x = (
        rng.random((rows, 4, 4, 2)).astype("float32") / 2 for rows in (256, 200, 64)
    )
    keras.utils.set_random_seed(0)
    sizes = {"filters": (8,), "discriminator_filters": (8, 8), "num_blocks": 1}
    plain = {"normalization": None, "discriminator_normalization": None}
    rates = {"learning_rate": 5e-3, "discriminator_learning_rate": 1e-2}
    terms = {"cycle_weight": 2.0, "identity_weight": 0.0, "seed": 0}
    model = kgen.build("cyclegan", (4, 4, 2), **sizes, **plain, **rates, **terms)
    model.fit(dark, bright + 0.5, batch_size=16, epochs=8, verbose=0)
    y = x + 0.5
    # 0.25 for x itself, 0.083 for an image that is white all over.
    assert np.mean((model.translate(x) - y) ** 2) < 0.04
    assert np.mean((model.translate_back(y) - x) ** 2) < 0.04


def one_by_one(size, batches, draws):
    """The pool as its docstring has it, one example after another."""
    pool, given = [], []
    for batch, pairs in zip(batches, draws, strict=True):
        for example, (chance, place) in zip(batch, pairs, strict=True):
            if len(pool) < size:
                pool.append(example)
                given.append(example)
            elif chance >= 0.5:
                place = min(int(np.float32(place) * np.float32(size)), size - 1)
                given.append(pool[place])
                pool[place] = example
            else:
                given.append(example)
    return np.array(given), np.array(pool)


@pytest.mark.parametrize(("size", "rows"), [(5, (3, 4, 4)), (2, (7, 5)), (8, (3, 3))])
def test_the_pool_is_that_of_one_example_after_another(size, rows):
    pool = Pool(size, (2,))
    batches = [RNG.normal(size=(n, 2)).astype("float32") for n in rows]
    keys = [[7, number] for number in range(len(rows))]
    draws = [
        np.array(tf.random.stateless_uniform([n, 2], key))
        for n, key in zip(rows, keys, strict=True)
    ]
    given = [pool.exchange(b, k) for b, k in zip(batches, keys, strict=True)]
    expected, kept = one_by_one(size, batches, draws)
    np.testing.assert_array_equal(np.concatenate(given), expected)
    np.testing.assert_array_equal(np.array(pool.examples)[: len(kept)], kept)
    assert int(pool.stored) == min(size, sum(rows))


def test_half_of_what_a_full_pool_gives_is_old():
    pool = Pool(50, (1,))
    pool.exchange(tf.zeros([50, 1]), [0, 0])
    old = [np.mean(pool.exchange(tf.ones([1, 1]), [1, i]) == 0) for i in range(40)]
    assert 10 < sum(old) < 30
    assert 50 - np.sum(pool.examples) == 50 - sum(old)


def test_examples_of_weight_0_do_not_enter_the_pool():
    pool = Pool(3, (1,))
    new = tf.reshape(tf.range(5.0), [5, 1])
    with sample_weights(tf.constant([1.0, 0.0, 2.0, 0.0, 1.0])):
        given = pool.exchange(new, [0, 0])
    np.testing.assert_array_equal(given, new)
    np.testing.assert_array_equal(np.array(pool.examples)[:, 0], [0.0, 2.0, 4.0])


@pytest.mark.parametrize("rows", [(4, 3), (5, 1), (6, 0)])
def test_replicas_share_one_pool_in_the_order_of_one_device(rows):
    """Both replicas draw by the key of the first; here it is the key of one device."""
    first, then = (RNG.normal(size=(sum(rows), 2)).astype("float32") for _ in "ab")
    alone = Pool(5, (2,))
    alone.exchange(first, [3, 4])
    expected = np.array(alone.exchange(then, [5, 6]))
    strategy = pair()
    with strategy.scope():
        shared = Pool(5, (2,))

    @tf.function
    def exchange(values, key):
        def on_replica(values):
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            with sample_weights(tf.ones(tf.shape(values)[:1])):
                return shared.exchange(values, [key[0] + 9 * replica, key[1]])

        return strategy.run(on_replica, [values])

    def shards(values):
        parts = np.split(values, [rows[0]])
        return strategy.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group]
        )

    exchange(shards(first), tf.constant([3, 4]))
    given = strategy.experimental_local_results(
        exchange(shards(then), tf.constant([5, 6]))
    )
    np.testing.assert_array_equal(np.concatenate(given), expected)
    for copy in strategy.experimental_local_results(shared.examples.value):
        np.testing.assert_array_equal(copy, np.array(alone.examples))


def test_the_pool_is_saved_and_validation_leaves_it_alone():
    model = cyclegan(pool_size=4)
    model.fit(X, Y, batch_size=3, epochs=2, verbose=0)
    before = np.array(model.pool_y.examples)
    model.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(model.pool_y.examples, before)
    assert int(model.pool_y.stored) == 4 and np.all(before.any((1, 2, 3)))
    np.testing.assert_array_equal(reloaded(model).pool_y.examples, before)


def test_without_a_pool_or_an_identity_term():
    model = cyclegan(pool_size=0, identity_weight=0.0)
    logs = model.fit(X, Y[:4], batch_size=3, verbose=0).history
    assert "identity_x" not in logs and "cycle_x" in logs
    with pytest.raises(ValueError, match=r"identity_weight.*logs the terms.*Build"):
        model.identity_weight = 5.0


@pytest.mark.slow
def test_domains_of_other_shapes():
    """Grey to colour."""
    translator = kgen.networks.resnet_translator
    judge = kgen.networks.patch_discriminator
    networks = {
        "forward": translator((5, 6, 1), 3, (4,), 1),
        "backward": translator((5, 6, 3), 1, (4,), 1),
        "discriminator_x": judge((5, 6, 1), (4, 4)),
        "discriminator_y": judge((5, 6, 3), (4, 4)),
    }
    with pytest.raises(ValueError, match="identity_weight=5.0.*Pass identity_weight=0"):
        kgen.CycleGAN(**networks)
    model = kgen.CycleGAN(**networks, identity_weight=0.0)
    model.compile()
    x, y = RNG.random((4, 5, 6, 1)), RNG.random((6, 5, 6, 3))
    model.fit(x, y, batch_size=4, verbose=0)
    assert model.translate(x).shape == (4, 5, 6, 3)
    assert model.translate_back(y).shape == (6, 5, 6, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_classes": 3}, "num_classes=3.*two domains without pairs.*Leave both"),
        ({"context_shape": 2}, r"context_shape=\(2,\)"),
        ({"pool_size": -1}, "pool_size=-1, but expects an int, 0 or larger"),
        ({"cycle_weight": -1.0}, "cycle_weight.*0 or larger"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        kgen.build("cyclegan", SHAPE, **{"num_blocks": 1, "filters": (4,), **change})


def test_networks_that_do_not_fit():
    networks = [pixelwise(n, c) for n, c in (("f", 2), ("b", 2), ("x", 1), ("y", 1))]
    with pytest.raises(ValueError, match=r"forward of a CycleGAN gives \(4, 5, 3\)"):
        kgen.CycleGAN(pixelwise("three", 3), *networks[1:])
    with pytest.raises(ValueError, match="discriminator_y .* a last axis of one logit"):
        kgen.CycleGAN(*networks[:3], pixelwise("three", 3))


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="expect images"):
        kgen.build("cyclegan", (4,))
