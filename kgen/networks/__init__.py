"""Functions that build Functional `keras.Model`s; they know no loss."""

# First of all, as it registers kgen's models: see `kgen._register_models`.
import keras  # noqa: F401

from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.grid import grid_decoder, grid_encoder
from kgen.networks.inputs import apply, input_shape, output_activation
from kgen.networks.mlp import mlp_autoencoder, mlp_decoder, mlp_encoder
from kgen.networks.pooled import pooled_decoder, pooled_encoder
from kgen.networks.tied import tied_decoder
from kgen.networks.variance import with_shared_variance

__all__ = [
    "apply",
    "conv_decoder",
    "conv_encoder",
    "grid_decoder",
    "grid_encoder",
    "input_shape",
    "mlp_autoencoder",
    "mlp_decoder",
    "mlp_encoder",
    "output_activation",
    "pooled_decoder",
    "pooled_encoder",
    "tied_decoder",
    "with_shared_variance",
]
