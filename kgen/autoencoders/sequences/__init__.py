"""VAEs of sequences of ints, such as melodies."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.autoencoders.sequences.sequence_vae import SequenceVAE

__all__ = ["SequenceVAE"]
