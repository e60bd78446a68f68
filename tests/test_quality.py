"""Models trained on real digits, judged by a classifier of real digits."""

import keras
import numpy as np
import pytest

import kgen
from kgen.metrics import (
    features,
    fit_classifier,
    frechet_distance,
    precision_recall,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def digits(tfds_dir):
    train, test = kgen.data.load("digits", batch_size=64, binarize=True)
    return train, test, fit_classifier(train)


def test_a_conditional_vae_draws_the_digit_it_is_asked_for(digits):
    train, _, classifier = digits
    keras.utils.set_random_seed(0)
    cvae = kgen.build("cvae", (8, 8, 1), num_classes=10, seed=0)
    cvae.fit(train, epochs=40, verbose=0)
    wanted = np.arange(1000) % 10
    found = np.argmax(classifier(cvae.sample(labels=wanted, seed=0)), axis=1)
    assert np.mean(found == wanted) >= 0.95


def test_a_vqvae_uses_its_codebook_and_samples_better_than_an_autoencoder(digits):
    train, test, classifier = digits
    keras.utils.set_random_seed(0)
    vqvae = kgen.build("vq-vae", (8, 8, 1), seed=0)
    vqvae.fit(train, epochs=20, verbose=0)
    assert vqvae.evaluate(test, verbose=0, return_dict=True)["usage"] > 0.5
    prior = kgen.CategoricalMixture(vqvae.latent_shape, 64, 20, seed=0)
    model = kgen.TwoStage(vqvae, prior)
    model.fit(train)

    settings = {"network": "conv", "latent_dim": 16, "seed": 0}
    autoencoder = kgen.build("autoencoder", (8, 8, 1), **settings)
    autoencoder.fit(train, epochs=20, verbose=0)
    z, _ = kgen.latent.codes(autoencoder, train)
    box = np.random.default_rng(0).uniform(z.min(axis=0), z.max(axis=0), (1000, 16))

    see = features(classifier)
    real = see(np.concatenate([x for x, _ in train.as_numpy_iterator()]))
    distances = [
        frechet_distance(real, see(np.clip(images, 0.0, 1.0)))
        for images in (model.sample(1000, seed=0), autoencoder.decode(box))
    ]
    assert distances[0] < 0.5 * distances[1]


def test_a_conditional_gan_draws_the_digit_it_is_asked_for(tfds_dir):
    train, test = kgen.data.load("digits", batch_size=64)
    keras.utils.set_random_seed(0)
    settings = {"conditioning": "projection", "learning_rate": 1e-3, "seed": 0}
    gan = kgen.build("wgan-gp", (8, 8, 1), num_classes=10, **settings)
    gan.fit(train, epochs=30, verbose=0)
    classifier = fit_classifier(train)
    wanted = np.arange(1000) % 10
    samples = gan.sample(labels=wanted, seed=0)
    assert np.mean(np.argmax(classifier(samples), axis=1) == wanted) >= 0.95

    see = features(classifier)
    real = see(np.concatenate([x for x, _ in test.as_numpy_iterator()]))
    shares = precision_recall(real, see(samples))
    assert shares["precision"] > 0.7
    assert shares["recall"] > 0.6


def test_a_gated_pixelcnn_beats_the_bounds_of_the_vaes(digits):
    """Settings of `examples/autoregressive/pixelcnn.py`: exact nats, held out."""
    train, test, _ = digits
    keras.utils.set_random_seed(0)
    steps = 300 * len(train)
    pixelcnn = kgen.build(
        "gated-pixelcnn",
        (8, 8, 1),
        num_blocks=4,
        first_kernel_size=5,
        head_filters=64,
        dropout=0.5,
        learning_rate=keras.optimizers.schedules.CosineDecay(3e-3, steps),
        seed=0,
    )
    pixelcnn.fit(train, epochs=300, verbose=0)
    assert kgen.metrics.evaluate_likelihood(pixelcnn, test)["log_prob"] > -16.5


@pytest.mark.parametrize("name", ["moons", "8gaussians", "circles", "ring"])
def test_a_spline_flow_comes_within_8_thousandths_of_a_nat_of_the_truth(name):
    density = kgen.data.density(name)
    x, held_out = density.sample(100_000, seed=0), density.sample(20_000, seed=1)
    keras.utils.set_random_seed(0)
    flow = kgen.build("nsf", (2,), num_bins=16, seed=0)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 4000)
    flow.compile(keras.optimizers.Adam(rate), steps_per_execution=32, jit_compile=True)
    x = x[: len(x) // 512 * 512]
    flow.fit(x, batch_size=512, epochs=20, verbose=0)
    gap = density.log_prob(held_out) - np.asarray(flow.log_prob(held_out))
    # Below the truth's by more than chance is a density that is not one.
    assert -4 * gap.std() / np.sqrt(gap.size) < gap.mean() < 0.008


def test_a_spline_flow_of_digits_needs_less_than_90_nats(tfds_dir):
    data = [
        kgen.data.load("digits", split, batch_size=128)
        for split in ("train[:90%]", "train[90%:]", "test")
    ]
    train, validation, test = data
    keras.utils.set_random_seed(0)
    regularised = {"hidden": (256, 256), "dropout": 0.3}
    flow = kgen.build("nsf", (8, 8, 1), levels=17, num_steps=4, seed=0, **regularised)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, 80 * len(train))
    flow.compile(keras.optimizers.AdamW(rate, 0.05))
    best = keras.callbacks.EarlyStopping(patience=80, restore_best_weights=True)
    flow.fit(train, validation_data=validation, epochs=80, callbacks=best, verbose=0)
    figures = kgen.metrics.evaluate_likelihood(flow, test, num_samples=8)
    assert figures["elbo"] > -90.0


def test_diffusion_draws_the_digit_asked_for_and_in_few_steps(tfds_dir):
    train, test = kgen.data.load("digits", batch_size=128)
    keras.utils.set_random_seed(0)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, 100 * len(train))
    settings = {"filters": (16, 64), "levels": 17, "ema": 0.995, "seed": 0}
    ddpm = kgen.build("ddpm", (8, 8, 1), 10, learning_rate=rate, **settings)
    ddpm.fit(train, epochs=100, verbose=0)
    classifier, wanted = fit_classifier(train), np.arange(1000) % 10
    guided = ddpm.sample(labels=wanted, seed=0, guidance=2.0)
    found = np.argmax(classifier(guided), axis=1)
    assert np.mean(found == wanted) >= 0.97

    see = features(classifier)
    real = see(np.concatenate([x for x, _ in test.as_numpy_iterator()]))
    fast, slow = (
        frechet_distance(real, see(ddpm.sample(labels=wanted, seed=0, sampler=sampler)))
        for sampler in (kgen.diffusion.DPMSolver(20), kgen.diffusion.Ancestral())
    )
    assert fast < 1.1 * slow
