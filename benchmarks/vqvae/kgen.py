"""The VQ-VAE in kgen, and the same step by hand as a bare `tf.function`."""

import math
from functools import partial

import keras
import tensorflow as tf
from keras import layers

import kgen
from benchmarks.harness.data import BATCH_SIZE, digits
from benchmarks.harness.figures import code_use, squared_error
from benchmarks.harness.kgen_side import (
    bare_loop,
    convolutions,
    deconvolutions,
    fits,
    network,
    train,
)
from benchmarks.harness.worker import Side
from benchmarks.vqvae import CODE_DIM, NUM_CODES
from kgen.likelihoods import Gaussian


def networks():
    """Image -> grid of vectors, and grid of words -> image."""
    encoder = network((28, 28, 1), *convolutions(), layers.Conv2D(CODE_DIM, 1))
    return encoder, network((7, 7, CODE_DIM), *deconvolutions())


def bare():
    """The step by hand."""
    encoder, decoder = networks()
    uniform = keras.initializers.RandomUniform(-1 / NUM_CODES, 1 / NUM_CODES)
    codebook = keras.Variable(uniform, (NUM_CODES, CODE_DIM))

    def loss(x):
        z = encoder(x, training=True)
        vectors = tf.reshape(z, [-1, CODE_DIM])
        products = tf.matmul(vectors, codebook, transpose_b=True)
        distances = tf.reduce_sum(codebook**2, axis=-1) - 2 * products
        codes = tf.one_hot(tf.argmin(distances, axis=-1), NUM_CODES)
        words = tf.reshape(tf.matmul(codes, codebook), tf.shape(z))
        passed = z + tf.stop_gradient(words - z)
        terms = (
            squared_distance(x, decoder(passed, training=True)),
            0.25 * squared_distance(z, tf.stop_gradient(words)),
            squared_distance(tf.stop_gradient(z), words),
        )
        return tf.add_n(terms) / BATCH_SIZE

    networks_variables = encoder.trainable_variables + decoder.trainable_variables
    return bare_loop([codebook, *networks_variables], loss)


def squared_distance(one, other):
    """`|one - other|^2`."""
    return tf.reduce_sum(tf.math.squared_difference(one, other))


def vqvae():
    """kgen's class, with a variance that makes -log p the squared error."""
    encoder, decoder = networks()
    quantizer = kgen.VectorQuantizer(NUM_CODES, CODE_DIM, ema_decay=None)
    return kgen.VQVAE(encoder, quantizer, decoder, Gaussian(math.sqrt(0.5)))


def quality(seconds, likelihood):
    """The recipe `vq-vae` on the digits."""
    x, held_out = digits()
    keras.utils.set_random_seed(0)
    model = kgen.build(
        "vq-vae",
        (8, 8, 1),
        num_codes=NUM_CODES,
        latent_dim=CODE_DIM,
        likelihood=likelihood,
    )
    found = train(model, x, seconds)
    error = squared_error(held_out, model.reconstruct(held_out).numpy())
    use = code_use(model.encode(held_out).numpy(), NUM_CODES)
    return {**found, "squared error": error, **use}


if __name__ == "__main__":
    models = {
        likelihood: partial(quality, likelihood=likelihood)
        for likelihood in ("bernoulli", "gaussian")
    }
    Side({"bare": bare, **fits(vqvae)}, models).serve()
