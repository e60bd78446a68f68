"""Autoregressive models: a network that gives each value from those before it."""

# First of all, as it registers kgen's models: see `kgen._register_models`.
import keras  # noqa: F401

from kgen.autoregressive.attention import CausalSelfAttention
from kgen.autoregressive.causal import CausalLayer, NotPlaceByPlace
from kgen.autoregressive.dependencies import dependencies, receptive_field
from kgen.autoregressive.masked_conv import MaskedConv2D, mask
from kgen.autoregressive.model import Autoregressive
from kgen.autoregressive.pixelcnn import gated_pixelcnn, pixelcnn
from kgen.autoregressive.positions import Positions
from kgen.autoregressive.row_lstm import RowLSTM, pixelrnn
from kgen.autoregressive.sequence import Shift, lstm, transformer

__all__ = [
    "Autoregressive",
    "CausalLayer",
    "CausalSelfAttention",
    "MaskedConv2D",
    "NotPlaceByPlace",
    "Positions",
    "RowLSTM",
    "Shift",
    "dependencies",
    "gated_pixelcnn",
    "lstm",
    "mask",
    "pixelcnn",
    "pixelrnn",
    "receptive_field",
    "transformer",
]
