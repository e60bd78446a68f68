"""Causal networks, whose outputs depend on earlier inputs alone, and their layers."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.networks.causal.attention import CausalSelfAttention
from kgen.networks.causal.layer import CausalLayer, NotIncremental
from kgen.networks.causal.masked_conv import MaskedConv2D, mask
from kgen.networks.causal.masked_mlp import masked_mlp
from kgen.networks.causal.pixelcnn import gated_pixelcnn, pixelcnn
from kgen.networks.causal.positions import Positions
from kgen.networks.causal.row_lstm import RowLSTM, pixelrnn
from kgen.networks.causal.sequence import Shift, lstm, transformer

__all__ = [
    "CausalLayer",
    "CausalSelfAttention",
    "MaskedConv2D",
    "NotIncremental",
    "Positions",
    "RowLSTM",
    "Shift",
    "gated_pixelcnn",
    "lstm",
    "mask",
    "masked_mlp",
    "pixelcnn",
    "pixelrnn",
    "transformer",
]
