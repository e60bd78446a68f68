"""Diffusion in kgen, its step as a bare `tf.function`, and its network alone."""

import functools
import itertools
from functools import partial

import keras
import numpy as np
import tensorflow as tf

import kgen
from benchmarks.diffusion import (
    BATCH_SIZE,
    FILTERS,
    NUM_GROUPS,
    NUM_IMAGES,
    NUM_STEPS,
    NUM_TIMESTEPS,
    SIZE,
)
from benchmarks.harness.kgen_side import bare_loop, fits, num_parameters
from benchmarks.harness.worker import Side
from kgen.diffusion import DDIM, Ancestral

BFLOAT16 = "mixed_bfloat16"


def denoiser():
    """`x_t, t -> noise`, t in 0..1."""
    return kgen.networks.unet_denoiser((SIZE, SIZE, 1), FILTERS, num_groups=NUM_GROUPS)


def under(policy, make):
    """The result of `make`, with this dtype policy for its layers."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return make()
    finally:
        keras.config.set_dtype_policy(before)


def model():
    """kgen's class."""
    return kgen.DDPM(denoiser(), NUM_TIMESTEPS)


def bare(policy="float32"):
    """The step by hand.

    Args:
        policy: The dtype policy of the network.
    """
    network = under(policy, denoiser)
    signal = np.cumprod(1.0 - np.linspace(1e-4, 0.02, NUM_TIMESTEPS))
    alphas, sigmas = (
        tf.constant(np.sqrt(share), tf.float32) for share in (signal, 1.0 - signal)
    )

    def loss(x):
        t = tf.random.uniform([BATCH_SIZE], maxval=NUM_TIMESTEPS, dtype=tf.int32)
        noise = tf.random.normal(tf.shape(x))
        alpha, sigma = (
            tf.gather(table, t)[:, None, None, None] for table in (alphas, sigmas)
        )
        x_t = alpha * (2.0 * x - 1.0) + sigma * noise
        time = tf.cast(t + 1, tf.float32) / NUM_TIMESTEPS
        predicted = tf.cast(network([x_t, time], training=True), tf.float32)
        return tf.reduce_mean((noise - predicted) ** 2)

    return bare_loop(network.trainable_variables, loss, BATCH_SIZE)


# One for all samplers.
drawn_from = functools.cache(model)


def sample(sampler):
    """Draws with kgen's verb.

    Args:
        sampler: A `kgen.diffusion.Sampler`.
    """

    def run(count):
        for seed in range(count):
            drawn_from().sample(NUM_IMAGES, seed=seed, sampler=sampler).numpy()

    return num_parameters(drawn_from().trainable_variables), run


def passes(num_steps):
    """Calls of the network alone, as a sampler makes them.

    Args:
        num_steps: Number of calls.
    """
    network = drawn_from().denoiser
    evaluate = tf.function(partial(network, training=False), autograph=False)
    noise = np.random.default_rng(0).standard_normal((NUM_IMAGES, SIZE, SIZE, 1))
    x_t, time = tf.constant(noise, tf.float32), tf.fill([NUM_IMAGES], 0.5)

    def run(count):
        for _ in itertools.repeat(None, count * num_steps):
            predicted = evaluate([x_t, time])
        predicted.numpy()  # Waits for the last one.

    return num_parameters(network.trainable_variables), run


if __name__ == "__main__":
    steps = fits(model, batch_size=BATCH_SIZE)
    half = fits(partial(under, BFLOAT16, model), batch_size=BATCH_SIZE)
    Side(
        {
            "bare": bare,
            **steps,
            "bfloat16 bare": partial(bare, BFLOAT16),
            **{f"bfloat16 {name}": fit for name, fit in half.items()},
            "ddim": partial(sample, DDIM(NUM_STEPS)),
            "ancestral": partial(sample, Ancestral()),
            f"ancestral {NUM_STEPS}": partial(sample, Ancestral(NUM_STEPS)),
            f"passes {NUM_STEPS}": partial(passes, NUM_STEPS),
            f"passes {NUM_TIMESTEPS}": partial(passes, NUM_TIMESTEPS),
        }
    ).serve()
