"""The CycleGAN in kgen, and the same step by hand as a bare `tf.function`."""

import itertools
from functools import partial

import keras
import tensorflow as tf

import kgen
from benchmarks.adversarial.cyclegan import (
    BATCH_SIZE,
    BETAS,
    CYCLE_WEIGHT,
    DATA,
    FILTERS,
    IDENTITY_WEIGHT,
    LEARNING_RATE,
    NUM_BLOCKS,
    POOL_SIZE,
    SHAPE,
)
from benchmarks.harness.kgen_side import fits, num_parameters
from benchmarks.harness.worker import Side

ADAM = partial(keras.optimizers.Adam, LEARNING_RATE, *BETAS)


def networks():
    """Both translators and both discriminators."""
    translators = [
        kgen.networks.resnet_translator(
            SHAPE, filters=FILTERS, num_blocks=NUM_BLOCKS, residual=True, name=name
        )
        for name in ("forward", "backward")
    ]
    discriminators = [
        kgen.networks.patch_discriminator(SHAPE, FILTERS, name=name)
        for name in ("discriminator_x", "discriminator_y")
    ]
    return (*translators, *discriminators)


def bare():
    """The step by hand."""
    there, back, of_x, of_y = networks()
    generators = there.trainable_variables + back.trainable_variables
    discriminators = of_x.trainable_variables + of_y.trainable_variables
    of_generators, of_discriminators = ADAM(), ADAM()
    of_generators.build(generators)
    of_discriminators.build(discriminators)
    pools = [tf.Variable(tf.zeros((POOL_SIZE, *SHAPE))) for _ in "xy"]

    def mean_absolute(one, other):
        return tf.reduce_mean(tf.abs(one - other))

    def exchange(pool, new):
        place = tf.random.shuffle(tf.range(POOL_SIZE))[:BATCH_SIZE, None]
        enters = tf.random.uniform([BATCH_SIZE, 1, 1, 1]) < 0.5
        old = tf.gather_nd(pool, place)
        pool.scatter_nd_update(place, tf.where(enters, new, old))
        return tf.where(enters, old, new)

    def distinction(network, real, fake):
        on_real, on_fake = (network(each, training=True) for each in (real, fake))
        return tf.reduce_mean(tf.square(on_real - 1)) + tf.reduce_mean(
            tf.square(on_fake)
        )

    @tf.function(autograph=False)
    def step(x, y):
        with tf.GradientTape() as tape:
            fake_y, fake_x = there(x, training=True), back(y, training=True)
            loss = tf.reduce_mean(tf.square(of_x(fake_x, training=True) - 1))
            loss += tf.reduce_mean(tf.square(of_y(fake_y, training=True) - 1))
            cycle = mean_absolute(back(fake_y, training=True), x)
            cycle += mean_absolute(there(fake_x, training=True), y)
            identity = mean_absolute(back(x, training=True), x)
            identity += mean_absolute(there(y, training=True), y)
            loss += CYCLE_WEIGHT * cycle + IDENTITY_WEIGHT * identity
        of_generators.apply(tape.gradient(loss, generators), generators)
        fake_x, fake_y = exchange(pools[0], fake_x), exchange(pools[1], fake_y)
        with tf.GradientTape() as tape:
            loss = distinction(of_x, x, fake_x) + distinction(of_y, y, fake_y)
        of_discriminators.apply(tape.gradient(loss, discriminators), discriminators)
        return loss

    domains = [tf.split(tf.constant(each), 8) for each in DATA(8, BATCH_SIZE)]
    batches = list(zip(*domains, strict=True))

    def run(steps):
        for batch in itertools.islice(itertools.cycle(batches), steps):
            value = step(*batch)
        value.numpy()  # Waits for the last step.

    return num_parameters(generators + discriminators), run


def cyclegan():
    """kgen's class, compiled."""
    model = kgen.CycleGAN(
        *networks(),
        cycle_weight=CYCLE_WEIGHT,
        identity_weight=IDENTITY_WEIGHT,
        pool_size=POOL_SIZE,
    )
    model.compile(optimizers={"generator": ADAM(), "discriminator": ADAM()})
    return model


if __name__ == "__main__":
    Side({"bare": bare, **fits(cyclegan, None, BATCH_SIZE, DATA)}).serve()
