"""The PixelCNN in kgen, its step as a bare `tf.function`, and four ways to draw."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import kgen
from benchmarks.harness.kgen_side import bare_loop, fits, num_parameters
from benchmarks.harness.worker import Side
from benchmarks.pixelcnn import BATCH_SIZE, NUM_BLOCKS, NUM_IMAGES, SIZE
from benchmarks.pixelcnn.caches import convolutions, sampler
from kgen.networks.causal import MaskedConv2D
from kgen.networks.causal.incremental import IncrementalNetwork


def pixelcnn():
    """Image -> logits."""

    def conv(filters, size, mask_type="B", activation="relu"):
        return MaskedConv2D(filters, size, mask_type, activation=activation)

    x = keras.Input((SIZE, SIZE, 1), name="x")
    h = conv(64, 7, "A")(x)
    for _ in range(NUM_BLOCKS):
        h = layers.Add()([h, conv(64, 1)(conv(32, 3)(conv(64, 1)(h)))])
    h = conv(64, 1)(conv(64, 1)(h))
    return keras.Model(x, conv(1, 1, activation=None)(h))


def model():
    """kgen's class."""
    return kgen.Autoregressive(pixelcnn(), likelihood="bernoulli")


def bare():
    """The step by hand."""
    network = pixelcnn()

    def loss(x):
        logits = network(x, training=True)
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
        return tf.reduce_sum(cross_entropy) / BATCH_SIZE

    return bare_loop(network.trainable_variables, loss, BATCH_SIZE)


def sample(cached):
    """Draws with kgen's verb."""
    drawn_from = model()

    def run(num_images):
        drawn_from.sample(num_images, cached=cached).numpy()

    return num_parameters(drawn_from.trainable_variables), run


def by_hand():
    """Draws with caches of whole images, all in one graph."""
    network = pixelcnn()
    draw = sampler(convolutions(network, NUM_IMAGES))

    def run(num_images):
        draw(tf.random.uniform([num_images, SIZE, SIZE, 1])).numpy()

    return num_parameters(network.trainable_variables), run


def predict():
    """Draws as keras.io does: a call of `predict` for each pixel."""
    network, rng = pixelcnn(), np.random.default_rng(0)

    def run(num_images):
        x = np.zeros((num_images, SIZE, SIZE, 1), "float32")
        for row, column in np.ndindex(SIZE, SIZE):
            logits = network.predict(x, verbose=0)[:, row, column]
            x[:, row, column] = rng.random(logits.shape) < 1 / (1 + np.exp(-logits))

    return num_parameters(network.trainable_variables), run


def kept_by_kgen():
    """Bytes of the states of kgen's sampler, masked kernels included."""
    place = tf.zeros([NUM_IMAGES, 1, 1, 1])
    _, states = IncrementalNetwork(pixelcnn()).start(place, None, SIZE)
    return num_bytes(states)


def kept_by_hand():
    """Bytes of the caches of whole images."""
    layers = convolutions(pixelcnn(), NUM_IMAGES)
    return num_bytes([layer.cache for layer in layers if layer.reach])


def num_bytes(tensors):
    """Bytes of all tensors of a nest."""
    return sum(tensor.numpy().nbytes for tensor in tf.nest.flatten(tensors))


if __name__ == "__main__":
    Side(
        {
            "bare": bare,
            **fits(model, batch_size=BATCH_SIZE),
            "cached": partial(sample, None),
            "uncached": partial(sample, False),
            "by_hand": by_hand,
            "predict": predict,
        },
        memory={"cached": kept_by_kgen, "by_hand": kept_by_hand},
    ).serve()
