"""The family `wgan_gp`: its comparison."""

from benchmarks.adversarial import (
    BATCH_SIZE,
    LATENT_DIM,
    PEERS,
    REFERENCES,
    VARIANTS,
)
from benchmarks.harness.comparison import Comparison

LEARNING_RATE = 2e-4
BETAS = (0.0, 0.9)
CRITIC_STEPS = 5
PENALTY = 10.0

COMPARISON = Comparison(
    name="adversarial.wgan_gp",
    work="The WGAN-GP of kgen's recipe for 28x28x1 images: kernels of 4x4, 64 and 128 "
    f"channels, batch normalisation only in the generator, {LATENT_DIM} latents, a "
    f"gradient penalty of {PENALTY:g}. One step is {CRITIC_STEPS} of the critic, on "
    f"one batch with fresh noise, and one of the generator; batch {BATCH_SIZE}, Adam. "
    "torchgan has one penalty for the whole batch, not one for each example, and a "
    "separate step of Adam for it. Only kgen logs scores, accuracies and the norms of "
    "the gradients.",
    variants=VARIANTS,
    references=REFERENCES,
    steps=8,
    fit_lengths=(4, 8),
    peers=PEERS,
)
