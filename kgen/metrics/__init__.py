"""Numbers that tell how good a model is."""

from kgen.metrics.divergences import kl_divergence
from kgen.metrics.held_out import bits_per_dimension, held_out

__all__ = ["bits_per_dimension", "held_out", "kl_divergence"]
