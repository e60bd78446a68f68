"""Spectral normalisation: sigma, its gradient, saving, replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgen.networks import SpectralConv2D, SpectralDense, dcgan_discriminator
from kgen.testing.replica_checks import pair

SHAPES = {"dense": (3,), "convolution": (5, 6, 3)}


def made(kind, **options):
    keras.utils.set_random_seed(0)
    if kind == "dense":
        layer = SpectralDense(7, **options)
    else:
        layer = SpectralConv2D(7, 3, 2, "same", **options)
    layer.build((None, *SHAPES[kind]))
    return layer


def plain(kind, layer):
    """Keras' layer with the kernel `W / sigma(W)` of numpy and the same bias."""
    if kind == "dense":
        other = keras.layers.Dense(7)
    else:
        other = keras.layers.Conv2D(7, 3, 2, "same")
    other.build((None, *SHAPES[kind]))
    other.set_weights([layer.kernel / largest(layer), layer.bias])
    return other


def largest(layer):
    matrix = layer.kernel.numpy().reshape(-1, 7)
    return np.linalg.svd(matrix, compute_uv=False)[0]


def data(kind, rows=4):
    return np.random.default_rng(0).normal(size=(rows, *SHAPES[kind])).astype("f")


@pytest.mark.parametrize("kind", SHAPES)
def test_sigma_becomes_the_largest_singular_value(kind):
    layer = made(kind)
    # Another kernel than that at which power iteration started.
    layer.kernel.assign(np.random.default_rng(1).normal(size=layer.kernel.shape))
    layer.bias.assign(np.arange(7.0))
    x = data(kind)
    assert abs(layer.sigma() / largest(layer) - 1.0) > 1e-3
    for _ in range(100):
        layer(x, training=True)
    np.testing.assert_allclose(layer.sigma(), largest(layer), rtol=1e-5)
    expected = plain(kind, layer)(x)
    for training in (True, False):
        outputs = layer(x, training=training)
        np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("width", [2, 7, 40])
def test_fresh_layers_know_their_largest_singular_value(kind, width):
    make = {"dense": SpectralDense, "convolution": SpectralConv2D}[kind]
    layer = make(width) if kind == "dense" else make(width, 3)
    layer.build((None, *SHAPES[kind]))
    matrix = layer.kernel.numpy().reshape(-1, width)
    exact = np.linalg.svd(matrix, compute_uv=False)[0]
    assert layer.u.shape == (width, 1)
    for training in (False, True):
        np.testing.assert_allclose(layer.sigma(training), exact, rtol=1e-5)


def test_a_kernel_of_zeros_has_a_direction_of_length_1():
    layer = SpectralDense(5, kernel_initializer="zeros")
    layer.build((None, 3))
    assert np.linalg.norm(layer.u) == 1
    np.testing.assert_array_equal(layer(np.ones((2, 3))), np.zeros((2, 5)))


@pytest.mark.parametrize("kind", SHAPES)
def test_one_power_iteration_in_training_and_none_in_inference(kind):
    layer, x = made(kind), data(kind)
    matrix, before = layer.kernel.numpy().reshape(-1, 7), layer.u.numpy()
    layer(x)
    np.testing.assert_array_equal(layer.u, before)
    layer(x, training=True)
    expected = matrix.T @ matrix @ before
    np.testing.assert_allclose(layer.u, expected / np.linalg.norm(expected), rtol=1e-5)
    np.testing.assert_array_equal(layer.kernel.numpy().reshape(-1, 7), matrix)


@pytest.mark.parametrize("kind", SHAPES)
def test_gradient_flows_through_sigma(kind):
    """Against finite differences of `W / (v^T W u)` with `u` and `v` fixed."""
    layer, x = made(kind), data(kind)
    for _ in range(3):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        cost = tf.reduce_sum(tf.sin(layer(x)))
    gradient = tape.gradient(cost, layer.kernel.value).numpy()

    start = layer.kernel.numpy().astype("float64")
    matrix = start.reshape(-1, 7)
    u = layer.u.numpy()[:, 0]
    v = matrix @ u
    v /= np.linalg.norm(v)
    other = plain(kind, layer)

    def cost_of(kernel):
        sigma = v @ kernel.reshape(-1, 7) @ u
        other.set_weights([kernel / sigma, layer.bias])
        return np.sum(np.sin(other(x).numpy().astype("float64")))

    directions = np.random.default_rng(1).normal(size=(5, *start.shape))
    for direction in directions:
        slope = cost_of(start + 1e-3 * direction) - cost_of(start - 1e-3 * direction)
        np.testing.assert_allclose(
            slope / 2e-3, np.sum(gradient * direction), rtol=2e-2, atol=1e-2
        )
    # The scale of W does not matter, so no gradient points along W.
    assert abs(np.sum(gradient * start)) < 1e-4 * np.sum(np.abs(gradient * start))


def test_a_network_of_spectral_layers_is_1_lipschitz():
    """Dense layers, ReLU between them: |f(a) - f(b)| <= |a - b|."""
    x = keras.Input((4,))
    h = x
    for units in (16, 16, 1):
        h = SpectralDense(units, kernel_initializer="random_uniform")(h)
        h = keras.layers.ReLU()(h) if units > 1 else h
    network = keras.Model(x, h)
    points = np.random.default_rng(0).normal(size=(2, 500, 4)).astype("float32")
    for _ in range(50):
        network(points[0], training=True)
    rise = np.abs(network(points[0]) - network(points[1]))[:, 0]
    assert np.max(rise / np.linalg.norm(points[0] - points[1], axis=1)) <= 1.0 + 1e-4


def test_a_kernel_of_zeros_stays_finite():
    layer = made("dense", kernel_initializer="zeros")
    assert np.all(layer(data("dense"), training=True) == 0.0)
    assert np.all(np.isfinite(layer.u))


@pytest.mark.parametrize("conditioning", ["concatenate", "projection"])
def test_a_saved_discriminator_goes_on_with_its_u(conditioning, tmp_path):
    network = dcgan_discriminator(
        (5, 6, 1), (3, 4), "leaky_relu", None, True, conditioning, num_classes=2
    )
    x, labels = np.ones((2, 5, 6, 1), "float32"), np.array([0, 1])
    kinds = {type(layer) for layer in network.layers if hasattr(layer, "kernel")}
    assert kinds == {SpectralConv2D, SpectralDense}
    network([x, labels], training=True)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    for training in (False, True, True):
        outputs = [n([x, labels], training=training) for n in (network, loaded)]
        np.testing.assert_array_equal(*outputs)


def test_half_precision_estimates_sigma_in_full():
    layer = made("dense", dtype="mixed_float16")
    for _ in range(100):
        outputs = layer(data("dense"), training=True)
    assert outputs.dtype == "float16"
    assert layer.sigma().dtype == "float32"
    np.testing.assert_allclose(layer.sigma(), largest(layer), rtol=1e-5)


def test_replicas_stay_equal_and_equal_one_device():
    x, strategy = data("dense"), pair()
    alone = made("dense")
    with strategy.scope():
        layer = made("dense")

    @tf.function
    def step():
        return strategy.run(lambda: layer(x, training=True))

    for _ in range(3):
        step()
        alone(x, training=True)
    copies = strategy.experimental_local_results(layer.u.value)
    assert len(copies) == 2
    for copy in copies:
        np.testing.assert_allclose(copy, alone.u, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(*copies)
