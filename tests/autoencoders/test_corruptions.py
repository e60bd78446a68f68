"""Corruptions: their statistics, and that training damages the input alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

import kgen
from kgen.autoencoders import corruptions
from kgen.autoencoders.corruptions import (
    CORRUPTIONS,
    Blur,
    Corruption,
    Erasure,
    GaussianNoise,
    PatchMask,
    SaltAndPepper,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0.2, 0.8, (40, 9, 8, 2)).astype("float32")
VECTORS = RNG.normal(size=(400, 50)).astype("float32")


def test_gaussian_noise_has_its_standard_deviation():
    noise = np.asarray(GaussianNoise(0.5)(VECTORS, 0)) - VECTORS
    assert noise.mean() == pytest.approx(0.0, abs=4 * 0.5 / np.sqrt(noise.size))
    assert noise.std() == pytest.approx(0.5, rel=0.03)


def test_noisy_images_stay_images():
    noisy = np.asarray(GaussianNoise(1.0)(IMAGES, 0))
    assert noisy.min() == 0.0 and noisy.max() == 1.0


def test_erasure_sets_a_share_to_zero_and_leaves_the_rest():
    erased = np.asarray(Erasure(0.3)(VECTORS, 0))
    gone = erased == 0
    error = np.sqrt(0.3 * 0.7 / gone.size)
    assert gone.mean() == pytest.approx(0.3, abs=4 * error)
    assert np.array_equal(erased[~gone], VECTORS[~gone])


def test_salt_and_pepper_are_as_frequent():
    damaged = np.asarray(SaltAndPepper(0.4)(IMAGES, 0))
    error = np.sqrt(0.2 * 0.8 / damaged.size)
    for value in (0.0, 1.0):
        assert np.mean(damaged == value) == pytest.approx(0.2, abs=4 * error)
    kept = (damaged != 0) & (damaged != 1)
    assert np.array_equal(damaged[kept], IMAGES[kept])


def test_patch_mask_covers_a_square_anywhere_inside():
    images = np.ones((6000, 5, 4, 1), "float32")
    masked = np.asarray(PatchMask(3)(images, 0))[..., 0] == 0
    assert np.all(masked.sum(axis=(1, 2)) == 9)
    places = masked.any(axis=2).argmax(axis=1) * 2 + masked.any(axis=1).argmax(axis=1)
    counts = np.bincount(places, minlength=6)
    assert counts.size == 6  # Three rows and two columns to begin at.
    assert np.all(np.abs(counts - 1000) < 4 * np.sqrt(1000))


def test_patch_as_large_as_the_image_leaves_nothing():
    assert not np.any(PatchMask(20)(IMAGES, 0))


def test_blur_is_scipys_normalised_at_the_border(monkeypatch):
    monkeypatch.setattr(
        tf.random, "stateless_uniform", lambda shape, key: tf.ones(shape)
    )
    found = np.asarray(Blur(1.2)(IMAGES, 0))
    blur = {"sigma": (0, 1.2, 1.2, 0), "mode": "constant", "truncate": 12.0}
    total = ndimage.gaussian_filter(np.ones_like(IMAGES, "float64"), **blur)
    expected = ndimage.gaussian_filter(np.float64(IMAGES), **blur) / total
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_blur_keeps_constants_and_differs_in_width():
    assert np.allclose(Blur(2.0)(np.ones((3, 6, 5, 1)), 0), 1.0, atol=1e-5)
    same = np.repeat(IMAGES[:1], 20, axis=0)
    blurred = np.asarray(Blur(2.0)(same, 0))
    assert len({round(float(image.std()), 4) for image in blurred}) > 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_same_seed_same_damage_other_seed_other(name):
    corrupt = corruptions.get(name)
    assert np.array_equal(corrupt(IMAGES, 0), corrupt(IMAGES, 0))
    assert np.any(corrupt(IMAGES, 0) != corrupt(IMAGES, 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Erasure(1.5), "rate was given as 1.5.*in 0..1"),
        (lambda: GaussianNoise(-1), "stddev was given as -1"),
        (lambda: PatchMask(0), "size=0.*1 or larger"),
        (lambda: PatchMask(2)(VECTORS, 0), "expects images.*GaussianNoise"),
        (lambda: Blur()(VECTORS, 0), "expects images"),
        (lambda: corruptions.get("gauss"), "Unknown corruption 'gauss'.*blur, erasure"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class PlusOne(Corruption):
    """Adds 1, whatever the key."""

    def corrupted(self, x, key):
        return x + 1.0


def identity(shape):
    """Networks that hand on what they are given."""
    x, z = keras.Input(shape, name="x"), keras.Input(shape, name="z")
    scale = keras.layers.Dense(shape[0], use_bias=False, kernel_initializer="identity")
    return keras.Model(x, scale(x)), keras.Model(z, keras.layers.Identity()(z))


def test_loss_compares_with_the_clean_input():
    """Networks that copy the damaged input are off by the damage: 1 each."""
    model = kgen.Autoencoder(
        *identity((3,)), corruption=PlusOne(), reconstruction_loss="mse"
    )
    model.compile()
    x = VECTORS[:8, :3]
    logs = model.evaluate(x, verbose=0, return_dict=True)
    assert logs["reconstruction"] == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_allclose(model.reconstruct(x), x, rtol=1e-6)


def test_damage_is_drawn_afresh_in_each_step():
    model = kgen.Autoencoder(
        *identity((50,)), corruption="gaussian_noise", reconstruction_loss="mse", seed=0
    )
    model.compile(keras.optimizers.SGD(0.0))
    data = tf.data.Dataset.from_tensors(VECTORS)
    losses = [model.fit(data, verbose=0).history["loss"][0] for _ in range(4)]
    assert len(set(losses)) == 4
    error = np.sqrt(2 * 0.3**4 / VECTORS.size)
    np.testing.assert_allclose(losses, 0.3**2, atol=4 * error)


def test_denoiser_of_a_gaussian_is_the_posterior_mean():
    """Of N(0, v) with noise s^2 it is v x / (v + s^2), the error v s^2 / (v + s^2)."""
    encoder, decoder = identity((1,))
    corruption = GaussianNoise(0.5)
    model = kgen.Autoencoder(encoder, decoder, "mse", corruption=corruption, seed=0)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.02, 600))
    )
    x = np.random.default_rng(1).normal(size=(4000, 1)).astype("float32")
    history = model.fit(tf.data.Dataset.from_tensors(x).repeat(600), verbose=0).history
    (kernel,) = encoder.get_weights()
    variance = np.mean(x**2)
    assert kernel[0, 0] == pytest.approx(variance / (variance + 0.25), rel=0.02)
    loss = model.evaluate(x, batch_size=4000, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(variance * 0.25 / (variance + 0.25), rel=0.05)
    assert history["loss"][0] > loss
