"""The VAE in kgen, and the same step by hand as a bare `tf.function`."""

import keras
import tensorflow as tf
from keras import layers

import kgen
from benchmarks.harness.data import BATCH_SIZE, binary_digits
from benchmarks.harness.kgen_side import (
    bare_loop,
    convolutions,
    deconvolutions_of_vector,
    fits,
    network,
    train,
)
from benchmarks.harness.worker import Side
from benchmarks.vae import LATENT_DIM, NUM_SAMPLES


def networks():
    """Image -> the posterior's parameters, and latent -> logits."""
    encoder = network(
        (28, 28, 1),
        *convolutions(),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(2 * LATENT_DIM),
    )
    return encoder, network((LATENT_DIM,), *deconvolutions_of_vector())


def bare():
    """The step by hand."""
    encoder, decoder = networks()

    def loss(x):
        mean, log_var = tf.split(encoder(x, training=True), 2, axis=-1)
        z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
        logits = decoder(z, training=True)
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)
        kl = -0.5 * tf.reduce_sum(1 + log_var - mean**2 - tf.exp(log_var))
        return (tf.reduce_sum(cross_entropy) + kl) / BATCH_SIZE

    return bare_loop(encoder.trainable_variables + decoder.trainable_variables, loss)


def quality(seconds):
    """The recipe `vae` on the digits."""
    x, held_out = binary_digits()
    keras.utils.set_random_seed(0)
    model = kgen.build("vae", (8, 8, 1))
    found = train(model, x, seconds)
    bound = model.iwae_bound(held_out, num_samples=NUM_SAMPLES, seed=0)
    return {**found, "nats": -float(tf.reduce_mean(bound))}


if __name__ == "__main__":
    variants = {"bare": bare, **fits(lambda: kgen.VAE(*networks()))}
    Side(variants, {"vae": quality}).serve()
