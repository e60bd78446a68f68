"""The WGAN-GP in kgen, and the same step by hand as a bare `tf.function`."""

from functools import partial

import keras
import tensorflow as tf

import kgen
from benchmarks.adversarial import BATCH_SIZE
from benchmarks.adversarial.kgen import bare_game, networks
from benchmarks.adversarial.wgan_gp import BETAS, CRITIC_STEPS, LEARNING_RATE, PENALTY
from benchmarks.harness.kgen_side import fits
from benchmarks.harness.worker import Side

ADAM = partial(keras.optimizers.Adam, LEARNING_RATE, *BETAS)


def critic_loss(logits, x, fake):
    """`D(G(z)) - D(x)` and the penalty."""
    alpha = tf.random.uniform([BATCH_SIZE, 1, 1, 1])
    between = alpha * x + (1.0 - alpha) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        values = logits(between)
    slope = tf.reshape(tape.gradient(values, between), [BATCH_SIZE, -1])
    penalty = tf.square(tf.norm(slope, axis=1) - 1.0)
    distance = tf.reduce_mean(logits(fake)) - tf.reduce_mean(logits(x))
    return distance + PENALTY * tf.reduce_mean(penalty)


def generator_loss(logits):
    """`-D(G(z))`."""
    return -tf.reduce_mean(logits)


def bare():
    """The step by hand."""
    players = networks(normalization=None)
    return bare_game(*players, critic_loss, generator_loss, ADAM, CRITIC_STEPS)


def wgan_gp():
    """kgen's class."""
    return kgen.GAN(
        *networks(normalization=None),
        adversarial_loss="wasserstein",
        penalty=kgen.adversarial.penalties.GradientPenalty(PENALTY),
        discriminator_steps=CRITIC_STEPS,
    )


if __name__ == "__main__":
    Side({"bare": bare, **fits(wgan_gp, ADAM, BATCH_SIZE)}).serve()
