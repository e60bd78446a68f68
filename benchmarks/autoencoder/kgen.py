"""The autoencoder in kgen, and the same step by hand as a bare `tf.function`."""

from functools import partial

import keras
import tensorflow as tf
from keras import layers

import kgen
from benchmarks.autoencoder import LATENT_DIM
from benchmarks.harness.data import digits
from benchmarks.harness.figures import squared_error
from benchmarks.harness.kgen_side import (
    bare_loop,
    convolutions,
    deconvolutions_of_vector,
    fits,
    network,
    train,
)
from benchmarks.harness.worker import Side

MODELS = {
    "mlp": partial(kgen.build, "autoencoder", hidden=(512,)),
    "mlp, decay": partial(kgen.build, "autoencoder", hidden=(512,), weight_decay=0.3),
    "autoencoder": partial(kgen.build, "autoencoder"),
    "deep-autoencoder": partial(kgen.build, "deep-autoencoder"),
    "conv-autoencoder": partial(kgen.build, "conv-autoencoder"),
}


def networks():
    """Image -> code, and code -> image."""
    encoder = network(
        (28, 28, 1), *convolutions(), layers.Flatten(), layers.Dense(LATENT_DIM)
    )
    return encoder, network((LATENT_DIM,), *deconvolutions_of_vector("sigmoid"))


def bare():
    """The step by hand."""
    encoder, decoder = networks()

    def loss(x):
        reconstruction = decoder(encoder(x, training=True), training=True)
        return tf.reduce_mean(tf.math.squared_difference(x, reconstruction))

    return bare_loop(encoder.trainable_variables + decoder.trainable_variables, loss)


def autoencoder():
    """kgen's class; its default loss would be the cross-entropy."""
    return kgen.Autoencoder(*networks(), reconstruction_loss="mse")


def quality(build, seconds):
    """A recipe on the digits."""
    x, held_out = digits()
    keras.utils.set_random_seed(0)
    model = build(data_shape=(8, 8, 1), latent_dim=LATENT_DIM)
    found = train(model, x, seconds)
    error = squared_error(held_out, model.reconstruct(held_out).numpy())
    return {**found, "squared error": error}


if __name__ == "__main__":
    models = {name: partial(quality, build) for name, build in MODELS.items()}
    Side({"bare": bare, **fits(autoencoder)}, models).serve()
