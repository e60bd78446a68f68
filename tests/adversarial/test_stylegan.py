"""The StyleGAN: styles, noise, mixing, truncation and the average of styles."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.core.distribution.batch import sample_weights
from kgen.core.random import fold_rows, normal_rows, row_keys, row_seeds
from kgen.networks.gan.style import style_of_noise

pytestmark = pytest.mark.slow

SHAPE = (5, 6, 1)
RNG = np.random.default_rng(0)
X = RNG.random((8, *SHAPE)).astype("float32")
TINY = {"filters": (4, 5), "latent_dim": 3, "w_dim": 4, "num_layers": 2}


def make(**settings):
    keras.utils.set_random_seed(0)
    return kgen.build("stylegan", SHAPE, seed=0, **{**TINY, **settings})


@pytest.fixture(scope="module")
def trained():
    gan = make(penalty_every=2, ema=0.9)
    vars(gan)["first"] = [v.numpy() for v in gan.generator.trainable_variables]
    gan.fit(X, batch_size=4, epochs=2, verbose=0)
    return gan


def latents(gan, seed, num_rows):
    "The latents and the noise that samples of a seed have."
    keys = row_keys(row_seeds(seed, num_rows))
    z = normal_rows(keys, gan.latent_shape)
    return z, normal_rows(fold_rows(keys, 1), gan.noise_shape)


def test_a_sample_is_its_style_and_its_noise(trained):
    z, noise = latents(trained, 3, 4)
    images = trained.sample(4, seed=3)
    w = trained.to_style(z)
    assert w.shape == (4, 4, 4)
    np.testing.assert_array_equal(w, np.repeat(w[:, :1], 4, axis=1))
    close = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(trained.synthesize(w, seed=3), images, **close)
    np.testing.assert_allclose(trained.generator([z, noise]), images, **close)
    # Another seed is another noise for the same style.
    assert np.abs(trained.synthesize(w, seed=4) - images).max() > 1e-4


def test_decode_gives_all_rows_the_same_noise(trained):
    z = np.repeat(latents(trained, 0, 1)[0], 3, axis=0)
    images = trained.decode(z)
    np.testing.assert_allclose(images[1:], images[:-1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(trained.decode(z[:1]), images[:1], rtol=1e-4, atol=1e-6)


def test_mixing_at_both_ends_gives_the_samples(trained):
    for level, seed in ((0, 8), (trained.num_styles, 7)):
        mixed = trained.mix(7, 8, level=level, num_samples=3)
        np.testing.assert_allclose(
            mixed, trained.sample(3, seed=seed), rtol=1e-4, atol=1e-6
        )
    same = trained.mix(7, 7, level=2, num_samples=3)
    np.testing.assert_allclose(same, trained.sample(3, seed=7), rtol=1e-4, atol=1e-6)


def test_mixing_in_between_by_hand(trained):
    (z, noise), (other, other_noise) = (latents(trained, s, 4) for s in (7, 8))
    w, other = trained.to_style(z).numpy(), trained.to_style(other).numpy()
    noise = noise.numpy()
    levels = np.array([0, 1, 2, 4])
    of_noise = style_of_noise(trained.synthesis)
    for row, level in enumerate(levels):
        w[row, level:] = other[row, level:]
        fine = of_noise >= level
        noise[row, fine] = other_noise.numpy()[row, fine]
    expected = trained.synthesis([w, noise]).numpy()
    seeds = row_seeds(7, 4), row_seeds(8, 4)
    mixed = trained.mix(*seeds, level=levels)
    np.testing.assert_allclose(mixed, expected, rtol=1e-4, atol=1e-5)
    one = trained.mix(seeds[0][2:3], seeds[1][2:3], level=2)
    np.testing.assert_allclose(one, expected[2:3], rtol=1e-4, atol=1e-5)


def test_arguments_of_mix_that_make_no_sense_are_refused_by_name(trained):
    with pytest.raises(ValueError, match="level.*from 0 to 4|level.*0..4|level"):
        trained.mix(0, 1, level=5, num_samples=2)
    with pytest.raises(ValueError, match="given seed_fine=-1"):
        trained.mix(0, -1, level=1, num_samples=2)
    with pytest.raises(ValueError, match="level with 3 rows for 2 rows"):
        trained.mix([0, 1], [2, 3], level=[1, 2, 3])
    with pytest.raises(ValueError, match="does not know how many rows"):
        trained.mix(0, 1, level=2)


def test_truncation_pulls_styles_to_the_average(trained):
    z, _ = latents(trained, 5, 3)
    average = trained.w_average.numpy()
    assert np.abs(average).max() > 0
    w = trained.to_style(z).numpy()
    for psi in (0.7, -0.5):
        expected = average + psi * (w - average)
        found = trained.to_style(z, truncation=psi)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    # At 0 all samples are the average's image, each with its own noise.
    image = trained.synthesize(np.broadcast_to(average, (3, 4, 4)), seed=5)
    found = trained.sample(3, seed=5, truncation=0.0)
    np.testing.assert_allclose(found, image, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="truncation was given as 'much'"):
        trained.sample(2, truncation="much")
    with pytest.raises(ValueError, match="truncation as an array .* Pass a number"):
        trained.sample(2, truncation=np.ones(2))


def generated(gan, weights=None):
    "A call of `generate` as in training, in eager mode, and its styles by hand."
    state = gan.noise.state.numpy()
    seed = gan.noise.next(training=True)
    z = tf.random.stateless_normal([len(X), 3], seed)
    gan.noise.state.assign(state)
    with sample_weights(weights):
        images = gan.generate(X, None, training=True)
    return images, gan.mapping(z).numpy()


def test_the_average_of_styles_by_hand():
    gan = make(w_momentum=0.8)
    gan.run_eagerly = True
    expected = np.zeros(4)
    weights = RNG.random(8).astype("float32")
    for each in (None, weights, None):
        _, w = generated(gan, each)
        mean = np.average(w, axis=0, weights=each)
        expected = 0.8 * expected + 0.2 * mean
        np.testing.assert_allclose(gan.w_average, expected, rtol=1e-4, atol=1e-6)
    gan.evaluate(X, verbose=0)
    gan.sample(2, seed=0)
    np.testing.assert_allclose(gan.w_average, expected, rtol=1e-4, atol=1e-6)


def test_levels_of_mixing_are_uniform_in_their_share():
    gan = make(style_mixing=0.75, filters=(4, 4, 5), num_layers=1)
    levels = gan.random_levels(20_000).numpy()
    shares = np.bincount(levels, minlength=7) / len(levels)
    expected = [0.0, 0.15, 0.15, 0.15, 0.15, 0.15, 0.25]
    np.testing.assert_allclose(shares, expected, atol=0.01)
    gan.style_mixing = 0.0
    assert set(gan.random_levels(100).numpy()) == {6}


def test_training_mixes_two_styles():
    """With one size there are two layers, so level 1 is the only one inside."""
    gan = make(filters=(4,), style_mixing=1.0)
    seeds = gan.noise.state.numpy()
    draws = [gan.noise.next(training=True) for _ in range(4)]  # z, level, z, noise.
    gan.noise.state.assign(seeds)
    images, first = generated(gan)
    other = None
    for draw in (draws[1], draws[2]):  # The order of draws is no part of the test.
        z = tf.random.stateless_normal([len(X), 3], draw)
        noise = tf.random.stateless_normal([len(X), *gan.noise_shape], draws[3])
        w = tf.stack([first, gan.mapping(z)], axis=1)
        if np.allclose(gan.synthesis([w, noise]), images, rtol=1e-4, atol=1e-5):
            other = z
    assert other is not None


@pytest.mark.parametrize("name", ["discriminator", "penalty", "generator"])
def test_gradients_of_players_by_finite_differences(name):
    # A smooth activation: the slope of a network with leaky ReLUs jumps.
    gan = make(penalty_every=2, num_classes=2, activation="silu")
    labels = tf.constant(np.arange(8) % 2, tf.int32)
    parts = {"x": tf.constant(X), "labels": labels}
    player = gan.player(name)
    state = gan.noise.state.numpy()

    @tf.function
    def loss():
        return tf.reduce_mean(player.terms(parts, training=True)[player.loss])

    def at_same_noise(function):
        gan.noise.state.assign(state)
        return function()

    gradients = at_same_noise(
        lambda: gan.objective_gradients(player, parts, None, True)[1]
    )
    assert len(gradients) == len(player.variables)
    largest = max(float(tf.norm(gradient)) for gradient in gradients)
    checked = 0
    for variable, gradient in zip(player.variables, gradients, strict=True):
        slope = float(tf.norm(gradient))
        if slope < 0.03 * largest:  # Lost in the rounding of the loss.
            continue
        start, direction = variable.numpy(), gradient.numpy() / slope
        step = 1e-3 * max(1.0, np.std(start))
        values = []
        for sign in (1, -1):
            variable.assign(start + sign * step * direction)
            values.append(float(at_same_noise(loss)))
        variable.assign(start)
        found = (values[0] - values[1]) / (2 * step)
        assert found == pytest.approx(slope, rel=0.05), variable.path
        checked += 1
    assert checked > len(gradients) / 4


def test_both_parts_of_the_generator_learn_and_are_averaged(trained):
    rates = trained.generator_optimizer, trained.discriminator_optimizer
    assert [rate.use_ema for rate in rates] == [True, False]
    parts = [*trained.mapping.trainable_variables]
    parts += trained.synthesis.trainable_variables
    assert {id(v) for v in trained.averaged_variables} == {id(v) for v in parts}
    moved = trained.generator.trainable_variables
    for variable, start in zip(moved, trained.first, strict=True):
        assert np.any(variable.numpy() != start), variable.path
    assert not make(ema=None).generator_optimizer.use_ema


def test_a_foreign_mapping_is_used():
    z = keras.Input((7,), name="z")
    mapping = keras.Model(z, keras.layers.Dense(4)(z), name="mapping")
    synthesis = kgen.networks.style_synthesis(SHAPE, filters=(4,), w_dim=4)
    generator = kgen.networks.style_generator(mapping, synthesis)
    discriminator = kgen.networks.style_discriminator(SHAPE, filters=(4,))
    gan = kgen.StyleGAN(generator, discriminator, packing=1, seed=0)
    z = RNG.normal(size=(3, 7)).astype("float32")
    np.testing.assert_allclose(gan.to_style(z)[:, 1], mapping(z), rtol=1e-5)
    with pytest.raises(ValueError, match="style_generator.mapping, synthesis."):
        kgen.StyleGAN(kgen.networks.dcgan_generator(3, SHAPE), discriminator)


def test_tools_for_gans_serve_it(trained):
    z, error = kgen.latent.invert(trained, X[:2], num_steps=3, num_starts=2)
    assert z.shape == (2, 3) and np.isfinite(error).all()
    data = tf.data.Dataset.from_tensor_slices(X).batch(4)
    small = make(filters=(4,), num_layers=1, penalty=None, penalty_every=1)
    gap = kgen.adversarial.duality_gap(small, data, num_steps=1)
    assert np.isfinite(gap["gap"])
    monitor = kgen.callbacks.GANMonitor(X)
    trained.fit(X, batch_size=4, verbose=0, callbacks=[monitor])
    assert monitor.spread > 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [("style_mixing", 1.5), ("w_momentum", 1.0), ("w_dim", 0), ("num_layers", 0.5)],
)
def test_settings_of_no_sense_are_refused_by_name(setting, value):
    with pytest.raises(ValueError, match=f"{setting}.*but expects"):
        make(**{setting: value})


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="expect images"):
        kgen.build("stylegan", (4,))


def test_styles_may_have_codes():
    """Both styles of a mixed image have the codes of an InfoGAN."""
    gan = kgen.build(
        "stylegan",
        SHAPE,
        **kgen.recipes.RECIPES["stylegan"].tiny_for(SHAPE) | {"latent_dim": 5},
        auxiliary=kgen.adversarial.InfoGAN(categories=3),
        seed=0,
    )
    history = gan.fit(X, batch_size=4, epochs=2, verbose=0).history
    assert np.all(np.isfinite(history["information"]))
    codes = gan.auxiliary.codes([0, 1, 2])
    drawn = gan.sample_codes(codes, seed=0)
    keys = row_keys(row_seeds(0, 3))
    z = np.concatenate([codes, normal_rows(keys, (5,))[:, codes.shape[1] :]], axis=1)
    expected = gan.synthesize(gan.to_style(z), seed=0)
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    z, images = gan.draw(X, None, True)
    np.testing.assert_allclose(np.sum(z[:, :3], axis=1), 1.0)
    assert images.shape == X.shape


def test_an_acgan_of_styles_and_packs():
    gan = make(num_classes=3, auxiliary="acgan")
    gan.fit(X, np.arange(8) % 3, batch_size=4, verbose=0)
    assert gan.classify(X).shape == (8,)
    gan = make(packing=2)
    gan.fit(X, batch_size=4, verbose=0)
    assert gan.discriminator.input_shape == (None, 5, 6, 2)
