"""The numbers that the lectures print, each by kgen's public functions."""

import math
import runpy
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import metrics, networks
from kgen.networks.causal import mask

BINOMIAL, UNIFORM = [9 / 25, 12 / 25, 4 / 25], [1 / 3] * 3
KERNEL = np.array([[1.0, 3.0], [0.0, 2.0]])


def sizes(network):
    """Shapes of the outputs of layers, without the batch, each where it changes."""
    shapes = [layer.output.shape[1:] for layer in network.layers]
    pairs = zip(shapes, [None, *shapes], strict=False)
    return [shape for shape, before in pairs if shape != before]


def test_transposed_convolution():
    found = networks.conv_matrix(KERNEL, (3, 3)).T @ KERNEL.ravel()
    assert found.reshape(3, 3).tolist() == [[1, 6, 9], [0, 4, 12], [0, 0, 4]]


def test_nearest_upsampling():
    x = np.float32([[2, 0], [3, 4]])[None, ..., None]
    found = keras.layers.UpSampling2D(2, interpolation="nearest")(x)
    expected = [[2, 2, 0, 0], [2, 2, 0, 0], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert found.numpy()[0, ..., 0].tolist() == expected


def test_divergence_of_the_binomial_from_the_uniform():
    expected = (32 * math.log(2) + 55 * math.log(3) - 50 * math.log(5)) / 25
    assert expected == pytest.approx(0.0852996013, abs=5e-11)
    found = metrics.kl_divergence(BINOMIAL, UNIFORM)
    assert found == pytest.approx(expected, abs=1e-12)


def test_divergence_of_the_uniform_from_the_binomial():
    expected = (-4 * math.log(2) - 6 * math.log(3) + 6 * math.log(5)) / 3
    assert expected == pytest.approx(0.0974550068, abs=5e-11)
    found = metrics.kl_divergence(UNIFORM, BINOMIAL)
    assert found == pytest.approx(expected, abs=1e-12)


def test_mask_of_the_masked_convolution():
    rows = ["".join(map(str, row)) for row in mask((5, 5), "A").astype(int)]
    assert rows == ["11111", "11111", "11000", "00000", "00000"]


@pytest.mark.filterwarnings("ignore:.*checkerboard")
def test_table_of_the_convolutional_autoencoder():
    encoder = networks.conv_encoder((28, 28, 1), 10, (32, 64), 3, hidden=(16,))
    assert sizes(encoder) == [
        *((28, 28, 1), (14, 14, 32), (7, 7, 64), (3136,), (16,), (10,))
    ]
    decoder = networks.conv_decoder(10, (28, 28, 1), (64, 32), 3)
    assert sizes(decoder) == [
        *((10,), (3136,), (7, 7, 64), (14, 14, 64), (28, 28, 32), (28, 28, 1))
    ]


def test_shapes_of_the_pooled_autoencoder():
    encoder, decoder = (
        build((28, 28, 1))
        for build in (networks.pooled_encoder, networks.pooled_decoder)
    )
    assert encoder.output_shape[1:] == (4, 4, 8) == decoder.input_shape[1:]
    assert decoder.output_shape[1:] == (28, 28, 1)
    assert (14, 14, 16) in sizes(decoder)  # The convolution without padding.


def test_parameters_of_the_simple_autoencoder():
    pair = networks.mlp_autoencoder((784,), 32)
    assert sum(network.count_params() for network in pair) == 50_992


def test_compression_factor():
    model = kgen.Autoencoder(*networks.mlp_autoencoder((784,), 32))
    assert metrics.compression_factor(model) == 24.5


def test_optimum_of_the_gan():
    """Of equal distributions: D is 1/2, and the game is worth -2 log 2."""
    minimax = kgen.adversarial.losses.get("minimax")
    logits = tf.linspace(-2.0, 2.0, 401)
    value = -minimax.discriminator(logits, logits)
    best = int(tf.argmax(value))
    assert minimax.score(logits[best]) == 0.5
    assert float(value[best]) == pytest.approx(-2 * math.log(2))


def test_derivatives_of_the_reparameterised_draw():
    noise = tf.constant([[0.3, -1.7, 2.0]])
    mu, sigma = tf.constant([[1.0, -2.0, 0.5]]), tf.constant([[0.5, 1.0, 3.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((mu, sigma))
        parameters = tf.concat([mu, 2.0 * tf.math.log(sigma)], axis=1)
        q = kgen.likelihoods.posteriors.get("diagonal")(parameters, 3)
        z = kgen.likelihoods.posteriors.reparameterize(q, noise)
    np.testing.assert_allclose(z, mu + sigma * noise, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(z, mu), np.ones((1, 3)))
    np.testing.assert_allclose(tape.gradient(z, sigma), noise, rtol=1e-6)


def test_a_line_of_slope_5_is_5_lipschitz():
    points = np.linspace(-1, 1, 9, dtype="float32")[:, None]
    assert metrics.lipschitz_estimate(lambda x: 5 * x, points) == pytest.approx(5.0)


def test_number_of_codes_of_a_grid_of_words():
    """512 words at 32x32 places: 512 ** (32 * 32) images."""
    shape = (32, 32, 1)
    vqvae = kgen.VQVAE(
        networks.grid_encoder(shape, 2, (1,), strides=1),
        kgen.VectorQuantizer(512, 2),
        networks.grid_decoder(2, shape, (1,), strides=1),
    )
    assert vqvae.latent_shape == (32, 32)
    assert metrics.code_bits(vqvae) == math.log2(512 ** (32 * 32)) == 9216


def test_both_formulas_of_the_gaussian_divergence():
    mu, log_var = np.float32([[0.3, -0.8]]), np.float32([[-0.5, 0.4]])
    with_logarithms = -0.5 * np.sum(1 + log_var - mu**2 - np.exp(log_var))
    covariance = np.diag(np.exp(log_var[0]))
    log_det = np.linalg.slogdet(covariance)[1]
    with_matrices = 0.5 * (mu[0] @ mu[0] + np.trace(covariance) - 2 - log_det)
    assert with_logarithms == pytest.approx(with_matrices, rel=1e-6)
    posteriors = kgen.likelihoods.posteriors
    q = posteriors.get("diagonal")(tf.concat([mu, log_var], axis=1), 2)
    found = posteriors.kl_to_standard_normal(q)
    np.testing.assert_allclose(found, [with_matrices], rtol=1e-6)


def test_the_vae_by_hand_trains_to_the_weights_of_kgen(tmp_path, monkeypatch):
    """The lecture's sampling and its KL line, against `kgen.VAE`, in the example."""
    command = ["vae_by_hand", "--epochs", "2", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    found = runpy.run_module("examples.lectures.vae_by_hand", run_name="__main__")
    assert found["losses"][1] < 0.9 * found["losses"][0]
    assert found["loss_gap"] < 1e-5
    assert found["weight_gap"] < 1e-3
    assert found["kl_gap"] < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "gap"),
    [
        ("gan_by_hand", "loss_gap"),
        ("stop_gradient", "loss_gap"),
        ("unet_by_hand", "gap"),
    ],
)
def test_others_by_hand_are_equal_to_kgen(name, gap, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [name, "--epochs", "2", "--output", str(tmp_path)])
    found = runpy.run_module(f"examples.lectures.{name}", run_name="__main__")
    assert found[gap] < 1e-4
