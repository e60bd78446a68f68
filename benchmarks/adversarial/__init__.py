"""Shared by the adversarial families: sizes, rows and ratios."""

from benchmarks.harness.comparison import KGEN, LIMIT

BATCH_SIZE = 64
LATENT_DIM = 64

BY_HAND = "PyTorch by hand"
FUSED = "PyTorch by hand, fused Adam"
IN_PYTORCH = {
    BY_HAND: ("torch", "torch"),
    FUSED: ("torch", "fused"),
    "the same, channels last": ("torch", "channels_last"),
}
OF_HAND = {**IN_PYTORCH, **KGEN}
VARIANTS = {**IN_PYTORCH, "torchgan's losses": ("torch", "torchgan"), **KGEN}
PEERS = ("torch", "torchgan")
REFERENCES = {"/ PyTorch": BY_HAND, "/ fused": FUSED, "/ bare loop": LIMIT}
