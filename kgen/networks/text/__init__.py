"""Networks over sentences of two languages, their layers, and greedy decoding."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.text.decoding import greedy
from kgen.networks.text.discriminator import text_discriminator
from kgen.networks.text.layers import (
    LanguageDense,
    LanguageEmbedding,
    MaskedAttention,
    MaskedMean,
)
from kgen.networks.text.transformer import text_decoder, text_encoder

__all__ = [
    "LanguageDense",
    "LanguageEmbedding",
    "MaskedAttention",
    "MaskedMean",
    "greedy",
    "text_decoder",
    "text_discriminator",
    "text_encoder",
]
