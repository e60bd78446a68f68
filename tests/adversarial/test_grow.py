"""`grow`: a model of images twice as large that starts where the small one is."""

import keras
import numpy as np
import pytest

import kgen
from kgen.networks.layers.fade_in import fade_ins

pytestmark = pytest.mark.slow

SHAPE = (5, 6, 1)


def small(num_classes=None, **settings):
    """A tiny model that is grown up after two rounds."""
    keras.utils.set_random_seed(0)
    return kgen.build(
        "progressive-gan",
        SHAPE,
        num_classes,
        filters=(3, 4),
        latent_dim=3,
        rounds_per_level=1,
        fade_rounds=1,
        seed=0,
        **settings,
    )


def images(num_images, shape=SHAPE):
    """Of 256 levels: sums of four of them are exact."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, *shape)).astype("float32") / 256


def enlarged(x):
    return np.repeat(np.repeat(x, 2, 1), 2, 2)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_it_starts_where_the_small_one_is(trained, num_classes):
    way = {"conditioning": "concatenate" if trained else "projection"}
    gan = small(num_classes, **(way if num_classes else {}))
    labels = None if num_classes is None else np.arange(8) % 3
    if trained:
        gan.run_eagerly = True
        gan.fit(images(8), labels, batch_size=4, verbose=0)
    grown = kgen.adversarial.grow(gan, filters=2)
    assert grown.data_shape == (10, 12, 1) and grown.sizes == [(3, 3), (5, 6), (10, 12)]
    expected = [1.0, 0.0] if trained else [0.0, 0.0]
    assert [float(layer.alpha) for layer in fade_ins(grown.generator)] == expected
    assert int(grown.rounds) == (2 if trained else 0)
    count = {"num_samples": 8, "labels": labels}
    np.testing.assert_array_equal(
        grown.sample(**count, seed=0), enlarged(gan.sample(**count, seed=0).numpy())
    )
    np.testing.assert_array_equal(
        grown.discriminate(enlarged(images(8)), labels),
        gan.discriminate(images(8), labels),
    )


def test_it_keeps_settings_and_learns():
    gan = small(packing=2, penalty="r1", learning_rate=0.01, ema=0.9)
    grown = kgen.adversarial.grow(gan)
    assert grown.packing == 2 and grown.penalty.get_config() == gan.penalty.get_config()
    for name in gan.optimizer_names:
        one, other = (getattr(model, name) for model in (gan, grown))
        assert other is not one and other.get_config() == one.get_config()
    np.testing.assert_array_equal(grown.noise.state, gan.noise.state)
    assert grown.generator.get_layer("conv_2").filters == 2  # Half of 3, rounded up.
    grown.run_eagerly = True
    before = grown.generator.get_layer("conv_2").get_weights()
    grown.fit(images(8, (10, 12, 1)), batch_size=2, verbose=0)
    after = grown.generator.get_layer("conv_2").get_weights()
    assert all(np.any(a != b) for a, b in zip(before, after, strict=True))
    again = kgen.adversarial.grow(grown)
    assert again.data_shape == (20, 24, 1) and again.last_level == 3


def test_other_models_and_networks_are_refused():
    with pytest.raises(ValueError, match="was given a GAN, but expects a kgen.Progres"):
        kgen.adversarial.grow(kgen.build("gan", (8, 8, 1)))
    with pytest.raises(ValueError, match="filters=0"):
        kgen.adversarial.grow(small(), filters=0)
    z = keras.Input((3,), name="z")
    old = keras.layers.Reshape(SHAPE)(keras.layers.Dense(30, "sigmoid")(z))
    other = keras.Model(z, kgen.networks.FadeIn()([old, old]), name="own")
    gan = small()
    own = kgen.ProgressiveGAN(other, gan.discriminator)
    with pytest.raises(ValueError, match="network 'own' has other layers"):
        kgen.adversarial.grow(own)


def test_it_keeps_what_else_was_learned():
    gan = small(auxiliary=kgen.adversarial.InfoGAN(2, 0), augmentation="fixed")
    gan.augmenter.p.assign(0.375)
    grown = kgen.adversarial.grow(gan)
    assert float(grown.augmenter.p) == 0.375
    for one, other in zip(gan.head.weights, grown.head.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_discriminator_of_an_acgan_is_told_nothing():
    grown = kgen.adversarial.grow(small(3, auxiliary="acgan"))
    assert len(grown.discriminator.inputs) == 1
    assert grown.classify(images(4, (10, 12, 1))).shape == (4,)
