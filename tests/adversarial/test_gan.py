"""The game: who learns what from whom, in which order, and what is logged of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.adversarial.packing import pack_weights, packed
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2)).astype("float32")


def linear(**settings):
    """x = z W + b against w . x: everything can be worked out by hand."""
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(2)(z), name="generator")
    logit = keras.layers.Dense(1, use_bias=False)
    discriminator = keras.Model(x, logit(x), name="discriminator")
    gan = kgen.GAN(generator, discriminator, seed=0, **settings)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.3))
    gan.run_eagerly = True
    return gan


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def noise(number, same_latents=False):
    """The z of the n-th draw in training; or the one z of the first round."""
    copy = kgen.core.random.NoiseSource(seed=0)
    for _ in range(1 if same_latents else number):
        seed = copy.next(training=True)
    if same_latents:
        seed = kgen.core.random.fold_in(seed, 0)
    return tf.random.stateless_normal([len(X), 2], seed).numpy()


@pytest.mark.parametrize("same", [False, True])
def test_a_step_by_hand(same):
    """Two steps of the discriminator and one of the generator, with their noise."""
    gan = linear(discriminator_steps=2, same_latents=same)
    kernel, bias = (v.numpy() for v in gan.generator.trainable_variables)
    w = gan.discriminator.trainable_variables[0].numpy()[:, 0]
    for draw in (1, 2):
        fake = noise(draw, same) @ kernel + bias
        # The gradient of softplus(-w x) + softplus(w fake), a mean over rows.
        slope = (sigmoid(X @ w) - 1)[:, None] * X + sigmoid(fake @ w)[:, None] * fake
        gradient = slope.mean(axis=0)
        w = w - 0.3 * gradient
    z = noise(3, same)
    # That of softplus(-w (z K + b)).
    by_fake = ((sigmoid((z @ kernel + bias) @ w) - 1) / len(z))[:, None] * w
    by_kernel, by_bias = z.T @ by_fake, by_fake.sum(axis=0)
    logs = gan.fit(X, batch_size=len(X), shuffle=False, verbose=0).history

    found = [v.numpy() for v in gan.trainable_variables]
    np.testing.assert_allclose(found[0], kernel - 0.1 * by_kernel, rtol=1e-4)
    np.testing.assert_allclose(found[1], bias - 0.1 * by_bias, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found[2][:, 0], w, rtol=1e-4)
    norm = np.sqrt(np.sum(by_kernel**2) + np.sum(by_bias**2))
    np.testing.assert_allclose(logs["generator_gradient"], [norm], rtol=1e-4)
    np.testing.assert_allclose(
        logs["discriminator_gradient"], [np.linalg.norm(gradient)], rtol=1e-4
    )


def test_a_frozen_discriminator_is_a_fixed_score():
    gan = linear()
    gan.discriminator.trainable = False
    gan.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    kernel, bias = (v.numpy() for v in gan.generator.trainable_variables)
    (w,) = gan.discriminator.get_weights()
    z = noise(2)
    by_fake = ((sigmoid((z @ kernel + bias) @ w) - 1) / len(z)) * w.T
    gan.fit(X, batch_size=len(X), shuffle=False, verbose=0)
    np.testing.assert_array_equal(gan.discriminator.get_weights()[0], w)
    found = [v.numpy() for v in gan.generator.trainable_variables]
    np.testing.assert_allclose(found[0], kernel - 0.1 * z.T @ by_fake, rtol=1e-4)
    np.testing.assert_allclose(
        found[1], bias - 0.1 * by_fake.sum(axis=0), rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize("name", ["gan", "stylegan"])
def test_all_players_of_a_round_have_the_same_latents(name):
    """Those of the next round are others. A StyleGAN mixes and draws noise alike."""
    shape = (8, 8, 1) if name == "stylegan" else (2,)
    settings = kgen.recipes.RECIPES[name].tiny_for(shape)
    gan = kgen.build(name, shape, same_latents=True, seed=0, **settings)
    drawn = []
    draw = gan.draw
    gan.draw = lambda *given: drawn.append(draw(*given)) or drawn[-1]
    gan.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    x = np.random.default_rng(0).uniform(size=(4, *shape))
    gan.fit(x, batch_size=2, shuffle=False, verbose=0)
    *round_0, (other, _), _ = drawn  # A StyleGAN draws once more for its lazy penalty.
    for z, image in round_0[1:]:
        np.testing.assert_array_equal(z, round_0[0][0])
        np.testing.assert_allclose(image, round_0[0][1], atol=1e-6)
        assert np.all(np.abs(z - other) > 0)
    with pytest.raises(ValueError, match=r"same_latents='yes'.*True or False"):
        kgen.build(name, shape, same_latents="yes", **settings)


@pytest.mark.slow
def test_same_latents_on_replicas_and_after_a_break():
    gan = linear(same_latents=True, discriminator_steps=2)
    gan.run_eagerly = False
    check_replicas(gan, X)
    check_resume(gan, X)


def test_logs_are_scores_and_accuracies():
    gan = linear()
    gan.discriminator.set_weights([np.array([[2.0], [0.0]])])
    gan.generator.set_weights([np.zeros((2, 2)), np.array([-3.0, 0.0])])
    logs = gan.evaluate(X, verbose=0, return_dict=True)
    probability = sigmoid(2 * X[:, 0])
    np.testing.assert_allclose(logs["real_score"], probability.mean(), rtol=1e-5)
    np.testing.assert_allclose(logs["fake_score"], sigmoid(-6.0), rtol=1e-5)
    assert logs["real_accuracy"] == pytest.approx(np.mean(X[:, 0] > 0))
    assert logs["fake_accuracy"] == 1
    critic = linear(adversarial_loss="wasserstein")
    critic.set_weights(gan.get_weights())
    logs = critic.evaluate(X, verbose=0, return_dict=True)
    scores = 2 * X[:, 0]
    np.testing.assert_allclose(logs["real_score"], scores.mean(), rtol=1e-5)
    half = (scores.mean() - 6) / 2
    assert logs["real_accuracy"] == pytest.approx(np.mean(scores > half))
    np.testing.assert_allclose(
        logs["discriminator_loss"], -6 - scores.mean(), rtol=1e-5
    )


def test_weights_and_regularisation_losses_count():
    regularizer = keras.regularizers.L2(0.1)
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    dense = keras.layers.Dense
    generator = keras.Model(z, dense(2, kernel_regularizer=regularizer)(z))
    logit = dense(1, use_bias=False, kernel_regularizer=regularizer)(x)
    gan = kgen.GAN(generator, keras.Model(x, logit), seed=0)
    gan.compile("sgd")
    plain = linear()
    plain.set_weights(gan.get_weights())
    weight = np.array([2.0, 0.0, 1.0] * 4, "float32")
    given = {"sample_weight": weight, "batch_size": 12, "verbose": 0}
    logs, bare = (
        model.evaluate(X, np.zeros(12), return_dict=True, **given)
        for model in (gan, plain)
    )
    for network in ("generator", "discriminator"):
        kernel = getattr(gan, network).trainable_variables[0].numpy()
        cost = logs[f"{network}_loss"] - bare[f"{network}_loss"]
        np.testing.assert_allclose(cost, 0.1 * np.sum(kernel**2), rtol=1e-4)
    w = plain.discriminator.trainable_variables[0].numpy()[:, 0]
    score = np.average(sigmoid(X @ w), weights=weight)
    np.testing.assert_allclose(logs["real_score"], score, rtol=1e-5)


def test_activity_of_real_and_generated_examples_counts():
    """Keras keeps the activity losses of the last call alone."""
    gan = linear()
    x = keras.Input((2,), name="x")
    h = keras.layers.ActivityRegularization(l2=0.5)(x)
    logit = keras.layers.Dense(1, use_bias=False)
    with_activity = kgen.GAN(
        gan.generator, keras.Model(x, logit(h)), penalty="r1", seed=0
    )
    plain = kgen.GAN(gan.generator, keras.Model(x, logit(x)), penalty="r1", seed=0)
    losses = []
    for model in (with_activity, plain):
        model.compile()
        logs = model.evaluate(X, batch_size=12, verbose=0, return_dict=True)
        losses.append(logs["discriminator_loss"])
    seed = kgen.core.random.NoiseSource(seed=0).next(training=False)
    fake = gan.decode(tf.random.stateless_normal([12, 2], seed)).numpy()
    # Keras divides the activity by the size of the batch.
    expected = 0.5 * (np.sum(X**2) + np.sum(fake**2)) / len(X) / 2
    assert losses[0] - losses[1] == pytest.approx(expected, rel=1e-4)


def test_the_penalty_is_part_of_the_loss_of_the_discriminator():
    gan = linear(penalty=kgen.adversarial.penalties.R1(3.0))
    plain = linear()
    plain.set_weights(gan.get_weights())
    (kernel,) = gan.discriminator.get_weights()
    logs, bare = (
        model.evaluate(X, verbose=0, return_dict=True) for model in (gan, plain)
    )
    # weight / 2 times the squared slope, which is that of w . x.
    assert logs["penalty"] == pytest.approx(1.5 * np.sum(kernel**2), rel=1e-4)
    added = logs["discriminator_loss"] - bare["discriminator_loss"]
    assert added == pytest.approx(logs["penalty"], rel=1e-4)


def test_weights_are_clipped_after_each_step_of_the_critic():
    gan = linear(adversarial_loss="wasserstein", weight_clip=0.01)
    gan.fit(X, verbose=0)
    (kernel,) = gan.discriminator.get_weights()
    assert np.abs(kernel).max() <= 0.01
    assert np.abs(gan.generator.get_weights()[0]).max() > 0.01


def test_a_gan_that_is_not_compiled_is_saved(tmp_path):
    networks = linear()
    gan = kgen.GAN(networks.generator, networks.discriminator)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=0), gan.sample(3, seed=0))
    assert not loaded.compiled


def test_a_learning_rate_of_zero_is_one():
    gan = kgen.build("gan", (2,), discriminator_learning_rate=0.0)
    assert float(gan.discriminator_optimizer.learning_rate) == 0
    assert float(gan.generator_optimizer.learning_rate) > 0


def test_two_learning_rates_one_optimizer(tmp_path):
    gan = linear()
    rates = [float(o.learning_rate) for o in gan.optimizer.optimizers]
    assert sorted(np.round(rates, 3)) == [0.1, 0.3]
    gan.fit(X, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert float(loaded.generator_optimizer.learning_rate) == pytest.approx(0.1)
    assert float(loaded.discriminator_optimizer.learning_rate) == pytest.approx(0.3)
    assert int(loaded.generator_optimizer.iterations) == 1


def test_rounds_are_counted_and_saved(tmp_path):
    gan = linear(discriminator_steps=3)
    gan.fit(X, batch_size=5, verbose=0)
    gan.save(tmp_path / "gan.keras")
    for each in (gan, keras.saving.load_model(tmp_path / "gan.keras")):
        inner = each.generator_optimizer, each.discriminator_optimizer
        assert [int(o.iterations) for o in (each.optimizer, *inner)] == [3, 3, 9]


def test_optimizers_of_a_gan_by_name():
    gan = linear()
    gan.compile(optimizers={"generator": keras.optimizers.SGD(0.1)})
    assert [type(o).__name__ for o in gan.optimizer.optimizers] == ["SGD", "SGD"]
    gan.compile(optimizers={"generator": "adam", "discriminator": "sgd"})
    assert type(gan.discriminator_optimizer).__name__ == "SGD"
    with pytest.raises(ValueError, match="'generater', but.*mean 'generator'"):
        gan.compile(optimizers={"generater": "adam"})
    with pytest.raises(ValueError, match="optimizers beside generator_optimizer"):
        gan.compile("sgd", optimizers={"generator": "adam"})


def test_an_optimizer_that_would_train_nothing_is_refused():
    gan = linear()
    gan.compile("sgd")
    before = gan.optimizer
    with pytest.raises(AttributeError, match="Set discriminator_optimizer or gen"):
        gan.optimizer = keras.optimizers.SGD(10.0)
    with pytest.raises(ValueError, match="the name of a Keras optimizer"):
        gan.generator_optimizer = "sdg"
    assert gan.optimizer is before
    gan.generator_optimizer = "adam"
    assert type(gan.generator_optimizer).__name__ == "Adam"
    gan.discriminator.trainable = False
    gan.compile("sgd")
    gan.discriminator.trainable = True
    with pytest.raises(ValueError, match="frozen when the game was compiled"):
        gan.fit(np.zeros((4, 2), "float32"), verbose=0)


def test_networks_may_share_names():
    """Keras' own map of optimizers goes by the paths of variables."""
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(2, name="same")(z))
    logit = keras.layers.Dense(1, name="same")(x)
    gan = kgen.GAN(generator, keras.Model(x, logit), seed=0)
    gan.compile(keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.2))
    optimizers = gan.generator_optimizer, gan.discriminator_optimizer
    assert [len(o.variables) for o in optimizers] == [6, 6]
    gan.fit(X, verbose=0)
    assert [int(o.iterations) for o in optimizers] == [1, 1]


def test_packs_are_rows_side_by_side():
    rows = np.arange(8.0).reshape(4, 2)
    expected = [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 0, 1]]
    assert np.array_equal(packed(rows, 2), expected)
    weight = tf.constant([1.0, 0.0, 2.0, 3.0])
    assert np.array_equal(pack_weights(weight, 2), [0.0, 0.0, 6.0, 3.0])
    assert np.array_equal(pack_weights(weight[:1], 2), [0.0])
    gan = kgen.build("gan", (2,), packing=3, hidden=(8,), latent_dim=2, seed=0)
    assert gan.discriminator.input_shape[-1] == 6
    gan.fit(X, verbose=0)
    assert gan.sample(3, seed=0).shape == (3, 2)
    assert not hasattr(gan, "discriminate")


def test_verbs_are_the_networks():
    gan = linear()
    z = RNG.normal(size=(3, 2)).astype("float32")
    kernel, bias = gan.generator.get_weights()
    np.testing.assert_allclose(gan.decode(z), z @ kernel + bias, rtol=1e-5)
    logits = X @ gan.discriminator.get_weights()[0][:, 0]
    np.testing.assert_allclose(gan.discriminate(X), logits, rtol=1e-4, atol=1e-6)


def test_a_small_gan_learns_a_gaussian():
    keras.utils.set_random_seed(0)
    x = RNG.normal([1.0, -2.0], [0.5, 1.0], size=(2000, 2)).astype("float32")
    gan = kgen.build(
        "r1-gan", (2,), latent_dim=2, hidden=(32,), learning_rate=5e-3, seed=0
    )
    gan.fit(x, batch_size=100, epochs=20, verbose=0)
    samples = gan.sample(2000, seed=0).numpy()
    np.testing.assert_allclose(samples.mean(axis=0), [1.0, -2.0], atol=0.25)
    np.testing.assert_allclose(samples.std(axis=0), [0.5, 1.0], atol=0.25)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"packing": 2}, "packing=2"),
        ({"adversarial_loss": "hing"}, "Did you mean 'hinge'"),
        ({"penalty": "r3"}, "Choose one of"),
        ({"discriminator_steps": 0}, "discriminator_steps=0"),
        ({"weight_clip": -1.0}, "weight_clip"),
        ({"num_classes": 3}, "labels"),
        ({"num_classes": 0}, "num_classes=0"),
    ],
)
def test_what_makes_no_sense_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        linear(**change)


def test_networks_that_do_not_fit_are_refused():
    z, x = keras.Input((2,), name="z"), keras.Input((2,), name="x")
    generator = keras.Model(z, keras.layers.Dense(3)(z))
    wide = keras.Model(x, keras.layers.Dense(2)(x))
    one = keras.Model(x, keras.layers.Dense(1)(x))
    with pytest.raises(ValueError, match="makes examples of shape"):
        kgen.GAN(generator, one)
    with pytest.raises(ValueError, match="one logit"):
        kgen.GAN(keras.Model(z, keras.layers.Dense(2)(z)), wide)
    with pytest.raises(ValueError, match="would mix classes"):
        kgen.build("gan", (2,), num_classes=3, packing=2)
