"""The family `gan`: its comparison."""

from benchmarks.adversarial import (
    BATCH_SIZE,
    LATENT_DIM,
    PEERS,
    REFERENCES,
    VARIANTS,
)
from benchmarks.harness.comparison import Comparison

LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)

COMPARISON = Comparison(
    name="adversarial.gan",
    work="The DCGAN of kgen's recipe for 28x28x1 images: kernels of 4x4, 64 and 128 "
    f"channels, batch normalisation in both networks, {LATENT_DIM} latents, "
    "non-saturating loss. One step is one of the discriminator and one of the "
    f"generator; batch {BATCH_SIZE}, Adam. Only kgen logs scores, accuracies and the "
    "norms of the gradients.",
    variants=VARIANTS,
    references=REFERENCES,
    steps=20,
    fit_lengths=(10, 20),
    peers=PEERS,
)
