"""The family `stylegan`: its comparison."""

from benchmarks.adversarial import OF_HAND, REFERENCES
from benchmarks.harness.comparison import Comparison

BATCH_SIZE = 32
LEARNING_RATE = 2e-3
BETAS = (0.0, 0.99)
SHAPE = (32, 32, 3)
# From the smallest map up: 4, 8, 16 and 32 pixels.
FILTERS = (64, 64, 32, 16)
SIZES = (4, 8, 16, 32)
LATENT_DIM, W_DIM, NUM_LAYERS, MAPPING_RATE = 64, 64, 8, 0.01
PENALTY, PENALTY_EVERY = 1.0, 16
MIXING, W_MOMENTUM, EMA = 0.9, 0.995, 0.999

COMPARISON = Comparison(
    name="adversarial.stylegan",
    work="The StyleGAN of kgen's recipe for 32x32x3 images: a mapping network of "
    f"{NUM_LAYERS} layers of {W_DIM}, maps of {FILTERS} channels, noise, style mixing, "
    f"R1 each {PENALTY_EVERY} steps, averages of the generator's weights and of the "
    "styles. One step is one of the discriminator and one of the generator; batch "
    f"{BATCH_SIZE}, Adam. Only kgen logs scores, accuracies and the norms of the "
    "gradients.",
    variants=OF_HAND,
    references=REFERENCES,
    steps=16,
    fit_lengths=(16, 32),
    peers=("torch",),
)
