"""The StyleGAN in kgen, and the same step by hand as a bare `tf.function`."""

import itertools
from functools import partial

import keras
import tensorflow as tf

import kgen
from benchmarks.adversarial.stylegan import (
    BATCH_SIZE,
    BETAS,
    EMA,
    FILTERS,
    LATENT_DIM,
    LEARNING_RATE,
    MAPPING_RATE,
    MIXING,
    NUM_LAYERS,
    PENALTY,
    PENALTY_EVERY,
    SHAPE,
    W_DIM,
    W_MOMENTUM,
)
from benchmarks.harness.data import colours
from benchmarks.harness.kgen_side import fits, num_parameters
from benchmarks.harness.worker import Side

ADAM = partial(keras.optimizers.Adam, LEARNING_RATE, *BETAS)


def networks():
    """Mapping, synthesis and discriminator."""
    return (
        kgen.networks.style_mapping(LATENT_DIM, W_DIM, NUM_LAYERS, MAPPING_RATE),
        kgen.networks.style_synthesis(SHAPE, FILTERS, W_DIM),
        kgen.networks.style_discriminator(SHAPE, FILTERS[::-1]),
    )


def bare():
    """The step by hand."""
    mapping, synthesis, discriminator = networks()
    mine = mapping.trainable_variables + synthesis.trainable_variables
    theirs = discriminator.trainable_variables
    generators, discriminators = ADAM(use_ema=True, ema_momentum=EMA), ADAM()
    generators.build(mine)
    discriminators.build(theirs)
    w_average = tf.Variable(tf.zeros([W_DIM]))
    shapes = {tensor.name: tuple(tensor.shape[1:]) for tensor in synthesis.inputs}
    num_styles, noise_shape = shapes["w"][0], shapes["noise"]

    def logits(x):
        return discriminator(x, training=True)[:, 0]

    def generate():
        z = tf.random.normal([2, BATCH_SIZE, LATENT_DIM])
        w, other = mapping(z[0], training=True), mapping(z[1], training=True)
        mean = tf.stop_gradient(tf.reduce_mean(w, axis=0))
        w_average.assign(w_average + (1 - W_MOMENTUM) * (mean - w_average))
        level = tf.random.uniform([BATCH_SIZE], 1, num_styles, tf.int32)
        mixed = tf.random.uniform([BATCH_SIZE]) < MIXING
        level = tf.where(mixed, level, num_styles)
        coarse = (tf.range(num_styles) < level[:, None])[..., None]
        w = tf.where(coarse, w[:, None], other[:, None])
        noise = tf.random.normal([BATCH_SIZE, *noise_shape])
        return synthesis([w, noise], training=True)

    def penalize(x):
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = logits(x)
            slope = inner.gradient(score, x)
            square = tf.reduce_sum(tf.square(slope), [1, 2, 3])
            loss = PENALTY_EVERY * PENALTY / 2 * tf.reduce_mean(square)
        zero = tf.UnconnectedGradients.ZERO
        values = [variable.value for variable in theirs]
        gradients = tape.gradient(loss, values, unconnected_gradients=zero)
        discriminators.apply(gradients, theirs)

    @tf.function(autograph=False)
    def step(x, index):
        fake = generate()
        with tf.GradientTape() as tape:
            loss = tf.nn.softplus(-logits(x)) + tf.nn.softplus(logits(fake))
            loss = tf.reduce_mean(loss)
        discriminators.apply(tape.gradient(loss, theirs), theirs)

        def lazy():
            penalize(x)
            return 0

        tf.cond(tf.equal(index % PENALTY_EVERY, 0), lazy, lambda: 0)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(-logits(generate())))
        generators.apply(tape.gradient(loss, mine), mine)
        return loss

    batches = tf.split(tf.constant(colours(8, BATCH_SIZE)), 8)

    def run(steps):
        for index, x in enumerate(itertools.islice(itertools.cycle(batches), steps)):
            value = step(x, tf.constant(index))
        value.numpy()  # Waits for the last step.

    return num_parameters(mine + theirs), run


def stylegan():
    """kgen's class, compiled."""
    mapping, synthesis, discriminator = networks()
    model = kgen.StyleGAN(
        kgen.networks.style_generator(mapping, synthesis),
        discriminator,
        style_mixing=MIXING,
        w_momentum=W_MOMENTUM,
        penalty=kgen.adversarial.penalties.R1(PENALTY),
        penalty_every=PENALTY_EVERY,
    )
    model.compile(ADAM(use_ema=True, ema_momentum=EMA), ADAM())
    return model


if __name__ == "__main__":
    Side({"bare": bare, **fits(stylegan, None, BATCH_SIZE, colours)}).serve()
