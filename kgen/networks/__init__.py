"""Functions that build Functional `keras.Model`s; they know no loss."""

# First of all, as it registers kgen's models: see `kgen._register_models`.
import keras  # noqa: F401

from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.inputs import apply, input_shape, output_activation
from kgen.networks.mlp import mlp_decoder, mlp_encoder

__all__ = [
    "apply",
    "conv_decoder",
    "conv_encoder",
    "input_shape",
    "mlp_decoder",
    "mlp_encoder",
    "output_activation",
]
