"""A GAN with augmentation: what D sees, how p moves, that it is saved and shared."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.adversarial import AdaptiveAugmentation, Augmentation
from kgen.adversarial.gap import BestResponses
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded

X = np.random.default_rng(0).random((12, 4, 5, 1)).astype("float32")


def linear(augmentation, rate=0.0, seed=0, **settings):
    """A constant generator and a linear discriminator."""
    keras.utils.set_random_seed(seed)
    z = keras.Input((2,), name="z")
    fake = keras.layers.Dense(20, "sigmoid")(z)
    generator = keras.Model(z, keras.layers.Reshape((4, 5, 1))(fake))
    packs = keras.Input((4, 5, settings.get("packing", 1)), name="x")
    logit = keras.layers.Dense(1, use_bias=False)(keras.layers.Flatten()(packs))
    critic = keras.Model(packs, logit)
    gan = kgen.GAN(generator, critic, augmentation=augmentation, seed=0, **settings)
    gan.compile(keras.optimizers.SGD(rate), keras.optimizers.SGD(rate))
    gan.run_eagerly = rate == 0  # For a few steps a graph takes longer to trace.
    return gan


def with_kernel(gan, value):
    """The GAN, with a discriminator that gives `value` times the sum of an image."""
    shape = gan.discriminator.get_weights()[0].shape
    gan.discriminator.set_weights([np.full(shape, value)])
    return gan


@pytest.mark.parametrize(
    ("logit", "moves"), [(5.0, [0.0, 2.0, 4.0, 4.0]), (-5.0, [0.0, 0.0, 0.0, 0.0])]
)
def test_p_follows_the_sign_of_the_discriminator(logit, moves):
    """6 images a step and 2 steps a move: 12 of 60 images are a fifth."""
    adaptive = AdaptiveAugmentation(
        adapt_images=60, every=2, limit=0.4, geometric=["flip"], colour="none"
    )
    gan = with_kernel(linear(adaptive), logit)
    found = [0.0]
    for _ in range(3):
        gan.fit(X, batch_size=6, verbose=0)
        found.append(float(gan.augmenter.p))
    np.testing.assert_allclose(found, np.array(moves) / 10, rtol=1e-6)
    np.testing.assert_array_equal(gan.augmenter.seen, [0.0, 0.0, 0.0])
    logs = gan.evaluate(X, verbose=0, return_dict=True)
    assert logs["augmentation_p"] == pytest.approx(moves[-1] / 10)


def test_p_falls_again_and_weights_count_images():
    adaptive = AdaptiveAugmentation(adapt_images=1000, every=1, p=0.5, colour="none")
    gan = with_kernel(linear(adaptive), -5.0)
    weight = np.linspace(0.0, 2.0, 12)
    gan.fit(X, np.zeros(12), sample_weight=weight, batch_size=12, verbose=0)
    np.testing.assert_allclose(gan.augmenter.p, 0.5 - weight.sum() / 1000, rtol=1e-6)


def test_the_target_is_a_share_of_right_answers():
    adaptive = AdaptiveAugmentation(adapt_images=100, every=1, target=0.5)
    for right, expected in ((8, 0.3), (10, 0.5)):  # r is 1/3 and 2/3.
        gan = linear(AdaptiveAugmentation(**adaptive.get_config() | {"p": 0.4}))
        gan.augmenter.adapt(tf.cast(tf.range(12) < right, tf.float32))
        np.testing.assert_allclose(
            gan.augmenter.p, 0.4 + np.sign(expected - 0.4) * 0.12, rtol=1e-6
        )


def test_real_and_generated_images_are_changed_but_not_those_of_verbs():
    dark = Augmentation(p=1.0, geometric="none", colour=["brightness"])
    gan, plain = (with_kernel(linear(a), 1.0) for a in (dark, None))
    logs, bare = (m.evaluate(X, verbose=0, return_dict=True) for m in (gan, plain))
    for name in ("real_score", "fake_score", "generator_loss"):
        assert logs[name] != pytest.approx(bare[name], rel=1e-4)
    np.testing.assert_array_equal(gan.discriminate(X), plain.discriminate(X))
    np.testing.assert_array_equal(gan.sample(3, seed=1), plain.sample(3, seed=1))


def test_the_penalty_is_by_the_images_before_augmentation():
    """Contrast c on `w . x` has the slope `c w`: R1 is `|c w|^2 / 2`."""
    contrast = Augmentation(p=1.0, geometric="none", colour=["contrast"])
    penalty = kgen.adversarial.penalties.R1(1.0)
    gan = with_kernel(linear(contrast, penalty=penalty), 1.0)
    logs = gan.evaluate(X, batch_size=12, verbose=0, return_dict=True)
    copy = kgen.core.random.NoiseSource(seed=0)
    # The generator's z, both augmentations, the penalty's own seed; then this one.
    seeds = [copy.next() for _ in range(5)]
    ones = tf.ones((12, 4, 5, 1))
    factor = 2 * contrast(ones, 1.0, seeds[-1]).numpy()[:, 0, 0, 0] - 1
    expected = 20 * np.mean(factor**2) / 2
    np.testing.assert_allclose(logs["penalty"], expected, rtol=1e-4)


def test_packs_are_changed_image_by_image():
    gan = linear(Augmentation(p=1.0, geometric=["shift"], colour="all"), packing=2)
    packs = np.concatenate([X, X], axis=-1)
    found = gan.augmented(tf.constant(packs), False).numpy()
    assert found.shape == packs.shape
    assert np.any(found[..., 0] != found[..., 1])
    gan.fit(X, batch_size=6, verbose=0)


@pytest.mark.slow
def test_it_is_saved_resumed_and_shared():
    adaptive = AdaptiveAugmentation(
        adapt_images=300, every=3, target=0.1, geometric=["rotation"], colour="none"
    )
    gan = linear(adaptive, rate=0.3)
    gan.fit(X, batch_size=2, verbose=0, epochs=4)
    copy = reloaded(gan)
    assert copy.augmenter.p == gan.augmenter.p > 0
    assert copy.augmentation.get_config() == adaptive.get_config()
    check_resume(gan, X)
    check_replicas(gan, X)


def test_recipes_take_it_by_name():
    for name in ("dcgan", "began", "gmn"):
        gan = kgen.build(name, (5, 6, 1), augmentation="adaptive", seed=0)
        assert "augmentation_p" in gan.terms
    assert kgen.build("gan", (5, 6, 1)).augmenter is None


def test_what_it_does_not_suit_is_refused():
    with pytest.raises(ValueError, match=r"data of shape \(2,\), but is for images"):
        kgen.build("gan", (2,), augmentation="adaptive")
    with pytest.raises(ValueError, match="colours hue for images of 1 channels"):
        linear(Augmentation(colour=["hue"]))
    with pytest.raises(ValueError, match="Unknown augmentation 'adaptiv'"):
        linear("adaptiv")
    gan = linear("fixed")
    with pytest.raises(AttributeError, match="augmentation of a GAN is fixed"):
        gan.augmentation = None


def test_the_duality_gap_is_of_the_data_as_it_is():
    """Its worst opponents learn without augmentation, and the game keeps its own."""
    tiny = kgen.recipes.RECIPES["dcgan"].tiny_for((8, 8, 1))
    augmentation = kgen.adversarial.Augmentation(p=0.5)
    gan = kgen.build("dcgan", (8, 8, 1), augmentation=augmentation, seed=0, **tiny)
    x = np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32")
    batches = tf.data.Dataset.from_tensor_slices(x).batch(4)
    worst = BestResponses(gan, batches, 1e-3)
    assert float(worst.gan.augmenter.p) == 0.0 and float(gan.augmenter.p) == 0.5
