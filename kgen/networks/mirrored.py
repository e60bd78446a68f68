"""An encoder and a decoder that mirror one another, by the name of their kind."""

from functools import partial

from kgen.core.config import lookup
from kgen.networks.conv import conv_decoder, conv_encoder
from kgen.networks.mlp import mlp_decoder, mlp_encoder


def mirrored(network, hidden, filters, upsample):
    """The encoder and decoder functions of a kind, with mirrored sizes filled in."""
    hidden, filters = tuple(hidden), tuple(filters)

    def mlp():
        return (
            partial(mlp_encoder, hidden=hidden),
            partial(mlp_decoder, hidden=hidden[::-1]),
        )

    def conv():
        return (
            partial(conv_encoder, hidden=hidden, filters=filters),
            partial(
                conv_decoder,
                hidden=hidden[::-1],
                filters=filters[::-1],
                upsample=upsample,
            ),
        )

    return lookup("network", network, {"conv": conv, "mlp": mlp})()
