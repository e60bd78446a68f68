"""Shared by the adversarial families: sizes, rows and ratios."""

from benchmarks.harness.comparison import KGEN, LIMIT

BATCH_SIZE = 64
LATENT_DIM = 64

BY_HAND = "PyTorch by hand"
FUSED = "PyTorch by hand, fused Adam"
VARIANTS = {
    BY_HAND: ("torch", "torch"),
    FUSED: ("torch", "fused"),
    "the same, channels last": ("torch", "channels_last"),
    "torchgan's losses": ("torch", "torchgan"),
    **KGEN,
}
PEERS = ("torch", "torchgan")
REFERENCES = {"/ PyTorch": BY_HAND, "/ fused": FUSED, "/ bare loop": LIMIT}
