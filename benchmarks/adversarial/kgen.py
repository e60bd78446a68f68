"""Shared by the adversarial families in Keras: networks, the game as a bare loop."""

import itertools

import tensorflow as tf

import kgen
from benchmarks.adversarial import BATCH_SIZE, LATENT_DIM
from benchmarks.harness.data import images
from benchmarks.harness.kgen_side import num_parameters


def networks(normalization):
    """Generator and discriminator.

    Args:
        normalization: Normalisation of the discriminator.
    """
    generator = kgen.networks.dcgan_generator(LATENT_DIM, (28, 28, 1))
    discriminator = kgen.networks.dcgan_discriminator(
        (28, 28, 1), normalization=normalization
    )
    return generator, discriminator


def bare_game(
    generator,
    discriminator,
    discriminator_loss,
    generator_loss,
    make_optimizer,
    discriminator_steps=1,
):
    """A variant: the step with TensorFlow operations, the limit for `fit`.

    Args:
        generator: Network `z -> x`.
        discriminator: Network `x -> (batch, 1)`.
        discriminator_loss: Function from the discriminator, data and generated data to
            the loss.
        generator_loss: Function from logits to the loss.
        make_optimizer: Function without arguments that makes the optimizer of each.
        discriminator_steps: Steps of the discriminator for one of the generator.
    """
    theirs, mine = discriminator.trainable_variables, generator.trainable_variables
    discriminators, generators = make_optimizer(), make_optimizer()
    discriminators.build(theirs)
    generators.build(mine)

    def logits(x):
        return discriminator(x, training=True)

    def generate():
        return generator(tf.random.normal([BATCH_SIZE, LATENT_DIM]), training=True)

    @tf.function(autograph=False)
    def step(x):
        for _ in range(discriminator_steps):
            fake = generate()
            with tf.GradientTape() as tape:
                loss = discriminator_loss(logits, x, fake)
            discriminators.apply(tape.gradient(loss, theirs), theirs)
        with tf.GradientTape() as tape:
            loss = generator_loss(logits(generate()))
        generators.apply(tape.gradient(loss, mine), mine)
        return loss

    batches = tf.split(tf.constant(images(8, BATCH_SIZE)), 8)

    def run(steps):
        for x in itertools.islice(itertools.cycle(batches), steps):
            value = step(x)
        value.numpy()  # Waits for the last step.

    return num_parameters(theirs + mine), run
