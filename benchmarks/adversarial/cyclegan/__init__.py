"""The family `cyclegan`: its comparison."""

from functools import partial

from benchmarks.adversarial import OF_HAND, REFERENCES
from benchmarks.harness.comparison import Comparison
from benchmarks.harness.data import colours

BATCH_SIZE = 8
LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)
SHAPE = (32, 32, 3)
FILTERS = (32, 64, 128)
NUM_BLOCKS = 4
CYCLE_WEIGHT, IDENTITY_WEIGHT = 10.0, 5.0
POOL_SIZE = 50

# Two domains: arrays of x and y.
DATA = partial(colours, count=2)

COMPARISON = Comparison(
    name="adversarial.cyclegan",
    work="The CycleGAN of kgen's recipe for 32x32x3 images: translators of "
    f"{FILTERS} channels with {NUM_BLOCKS} residual blocks, discriminators of patches "
    f"of the same channels, cycle and identity terms, a pool of {POOL_SIZE} for each. "
    "One step is one of both translators and one of both discriminators, on the same "
    f"translations; batch {BATCH_SIZE}, Adam. Only kgen logs scores, accuracies and "
    "the norms of the gradients.",
    variants=OF_HAND,
    references=REFERENCES,
    steps=12,
    fit_lengths=(6, 12),
    peers=("torch",),
)
