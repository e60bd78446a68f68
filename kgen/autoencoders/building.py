"""What recipes with an encoder, a decoder and a likelihood choose by the data."""

from kgen import likelihoods
from kgen.core.recipe import over_levels
from kgen.networks.mirrored import mirrored


def chosen_likelihood(likelihood, levels, stddev, data_shape):
    """The likelihood p(x | z), by default one that suits the data.

    Args:
        likelihood: Instance or name; `None` for `"discretized_logistic"` with more than
            two levels, else `"bernoulli"` for images and `"learned_gaussian"` for
            vectors.
        levels: Number of levels of the data, or `None`.
        stddev: Standard deviation, for `"gaussian"`.
        data_shape: Shape of one example.
    """
    if likelihood is None:
        otherwise = "bernoulli" if len(data_shape) == 3 else "learned_gaussian"
        likelihood, levels = over_levels(levels, "discretized_logistic", otherwise)
    return likelihoods.get(likelihood, levels=levels, stddev=stddev)


def chosen_pair(network, hidden, filters, upsample, data_shape):
    """The functions of mirrored networks, see `mirrored`, with sizes filled in.

    Args:
        network: `"mlp"` or `"conv"`; `None` for `"conv"` for images and `"mlp"` for
            vectors.
        hidden: Units of the encoder's dense hidden layers; `None` for `(512,)` for
            `"mlp"` and none for `"conv"`.
        filters: Filters of the encoder's convolutions.
        upsample: See `conv_decoder`.
        data_shape: Shape of one example.
    """
    network = network or ("conv" if len(data_shape) == 3 else "mlp")
    if hidden is None:
        hidden = (512,) if network == "mlp" else ()
    return mirrored(network, hidden, filters, upsample)
