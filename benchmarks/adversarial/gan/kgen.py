"""The DCGAN in kgen, and the same step by hand as a bare `tf.function`."""

from functools import partial

import keras
import tensorflow as tf

import kgen
from benchmarks.adversarial import BATCH_SIZE
from benchmarks.adversarial.gan import BETAS, LEARNING_RATE
from benchmarks.adversarial.kgen import bare_game, networks
from benchmarks.harness.kgen_side import fits
from benchmarks.harness.worker import Side

ADAM = partial(keras.optimizers.Adam, LEARNING_RATE, *BETAS)


def discriminator_loss(logits, x, fake):
    """`-log D(x) - log(1 - D(G(z)))`."""
    losses = tf.nn.softplus(-logits(x)) + tf.nn.softplus(logits(fake))
    return tf.reduce_mean(losses)


def generator_loss(logits):
    """`-log D(G(z))`."""
    return tf.reduce_mean(tf.nn.softplus(-logits))


def bare():
    """The step by hand."""
    return bare_game(*networks("batch"), discriminator_loss, generator_loss, ADAM)


def gan():
    """kgen's class."""
    return kgen.GAN(*networks("batch"))


if __name__ == "__main__":
    Side({"bare": bare, **fits(gan, ADAM, BATCH_SIZE)}).serve()
